"""`mx.test_utils`' arrays, data, statistics and measurements, and `mx.util`, against MXNet 1.9.1; and what is gluax's
own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gluax as mx
from gluax.context import Context
from gluax.errors import ArgumentError, DeviceError, DownloadError
from tests.oracle.helper_scenarios import SCENARIOS, write_mnist

T = mx.test_utils


@pytest.mark.parametrize("name", SCENARIOS)
def test_as_mxnet(name: str) -> None:
    SCENARIOS.check(name, mx)


def halves(count: int) -> np.ndarray:
    return np.arange(count) % 2


def test_distributions() -> None:
    """The figures are MXNet's, in an environment that has scipy."""
    value, observed, expected = T.chi_square_check(lambda n: halves(n) * 0.5, [(0, 0.25), (0.5, 1)], [0.5, 0.5], 100)
    assert (value, observed.tolist(), expected.tolist()) == (1, [50, 50], [50, 50])
    value, observed, expected = T.chi_square_check(halves, [0, 1], [0.4, 0.6], 100)
    assert (pytest.approx(0.0412268), observed.tolist(), expected.tolist()) == (value, [50, 50], [40, 60])
    uniform = (np.arange(1000) + 0.5) / 1000
    _, observed, _ = T.chi_square_check(lambda n: uniform, [(0.1, 0.2), (0.2, 0.5), (0.6, 1)], [0.2, 0.3, 0.5], 1000)
    assert observed.tolist() == [200, 300, 500]
    assert T.verify_generator(halves, [0, 1], [0.5, 0.5], 100, nrepeat=2) == [1, 1]
    with pytest.raises(AssertionError, match=r"p=\[0"):
        T.verify_generator(halves, [0, 1], [0.9, 0.1], 1000, nrepeat=2)
    for buckets in ((0, 1), [0], [(0.5, 1), (0, 0.5)]):
        with pytest.raises(ArgumentError):
            T.chi_square_check(halves, buckets, [0.5, 0.5], 10)


def test_generators_of_gluax() -> None:
    from scipy.stats import norm

    mx.random.seed(1)
    buckets, probs = T.gen_buckets_probs_with_ppf(norm.ppf, 5)
    T.verify_generator(lambda n: mx.nd.random.normal(shape=(n,)).asnumpy(), buckets, probs, 20000)
    assert T.mean_check(lambda n: mx.nd.random.normal(shape=(n,)).asnumpy(), 0, 1, 20000)
    assert T.var_check(lambda n: mx.nd.random.normal(shape=(n,)).asnumpy(), 1, 20000)


def test_in_the_order_of_the_elements() -> None:
    """MXNet goes through memory, which is another order for a transposed array."""
    turned = np.arange(6.0).reshape(2, 3).T
    assert T.assign_each(turned, lambda x: x).tolist() == turned.tolist()
    assert T.assign_each2(turned, turned, lambda x, y: y).tolist() == turned.tolist()


def test_mnist_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = tmp_path / "gluon" / "dataset" / "mnist"
    served.mkdir(parents=True)
    monkeypatch.chdir(served)
    write_mnist(2)
    monkeypatch.setenv("MXNET_GLUON_REPO", tmp_path.as_uri())
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "one")
    assert T.get_mnist()["test_data"].shape == (3, 1, 28, 28)
    monkeypatch.chdir(tmp_path / "other")
    assert [len(list(part)) for part in T.get_mnist_iterator(1, (784,))] == [2, 3]
    assert (tmp_path / "other/data/t10k-labels-idx1-ubyte").read_bytes() == (
        served / "data/t10k-labels-idx1-ubyte"
    ).read_bytes()
    monkeypatch.setenv("MXNET_GLUON_REPO", (tmp_path / "none").as_uri())
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(DownloadError):
        T.get_mnist()


def test_dense_only() -> None:
    with pytest.raises(NotImplementedError, match="row_sparse"):
        T.compare_optimizer(mx.optimizer.SGD(), mx.optimizer.SGD(), (2,), "float32", w_stype="row_sparse")


def on_a_gpu(monkeypatch: pytest.MonkeyPatch, **facts: Any) -> None:
    monkeypatch.setattr(Context, "device", property(lambda self: SimpleNamespace(**facts)))


def test_memory_and_generation_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"bytes_limit": 100, "bytes_in_use": 30}
    on_a_gpu(monkeypatch, memory_stats=lambda: counts, compute_capability="8.6")
    assert mx.context.gpu_memory_info() == mx.util.get_gpu_memory(0) == (70, 100)
    assert mx.util.get_cuda_compute_capability(mx.gpu()) == 86
    single = SimpleNamespace(dtype=np.float32, ctx=mx.gpu())
    assert T.effective_dtype(single) == np.float16
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "0")
    assert T.effective_dtype(single) == np.float32
    counts.clear()
    with pytest.raises(DeviceError, match="no count"):
        mx.context.gpu_memory_info()


def test_static_methods_stay_static() -> None:
    """MXNet's decorator makes plain methods of them."""

    @mx.use_np_shape
    class Kind:
        @staticmethod
        def static() -> bool:
            return mx.is_np_shape()

        @classmethod
        def of_class(cls) -> tuple[type, bool]:
            return cls, mx.is_np_shape()

    assert (Kind().static(), Kind().of_class()) == (True, (Kind, True))


def test_arguments_of_symbolic_distributions() -> None:
    for wrong in (lambda: mx.sym.random.uniform(0, 1, (2,), "float32", 5), lambda: mx.sym.random.normal(0, loc=1)):
        with pytest.raises(TypeError):
            wrong()
