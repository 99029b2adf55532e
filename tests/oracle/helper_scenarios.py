"""Scenarios of `mx.test_utils`' arrays, data, statistics and measurements, and of `mx.util`."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import struct
import tempfile
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("helpers")
scenario = SCENARIOS.add


@scenario
def arrays_of_functions(mx):
    t, a, b = mx.test_utils, np.arange(6).reshape(2, 3), np.full((2, 3), 0.5)
    found = [t.assign_each(a, lambda x: x + 0.25), t.assign_each2(a, b, lambda x, y: x * y)]
    found += [t.assign_each(a, None), t.assign_each2(b, a, None), t.assign_each(np.float32(3), np.sqrt)]
    found = [[value.dtype.name, value.tolist()] for value in found]
    return [*found, raised(lambda: t.assign_each2(a, a.T, max))]


@scenario
def large_arrays(mx):
    t = mx.test_utils
    found = [t.create_2d_tensor(3, 2), t.create_vector(4), t.create_2d_tensor(2, 2, "float32")]
    found += [t.create_vector(3, dtype="int32"), t.get_identity_mat(3), t.get_identity_mat_batch(2)]
    return [[array.dtype.__name__, array.asnumpy().tolist()] for array in found]


@scenario
def random_matrices(mx):
    t = mx.test_utils
    np.random.seed(5)
    found = [t.new_matrix_with_real_eigvals_2d(3), t.new_orthonormal_matrix_2d(3)]
    found += [t.new_sym_matrix_with_real_eigvals_2d(3), t.new_matrix_with_real_eigvals_nd((2, 1, 2, 2))]
    found += [t.new_sym_matrix_with_real_eigvals_nd((2, 2)), t.new_sym_matrix_with_real_eigvals_nd((3, 2, 2))]
    return [[list(matrix.shape), matrix.round(8).tolist()] for matrix in found]


@scenario
def moments(mx):
    t = mx.test_utils

    def checks(mean, deviation):
        samples = np.random.RandomState(3).normal(mean, deviation, 1000)
        return [
            bool(t.mean_check(lambda n: samples[:n], 0, 1, 1000)),
            bool(t.var_check(lambda n: samples[:n], 1, 1000)),
        ]

    found = [checks(*moments) for moments in ((0, 1), (0.2, 1), (0, 1.2), (-0.2, 0.8))]
    buckets = t.gen_buckets_probs_with_ppf(lambda p: 2 * p, 4)
    return [*found, buckets, raised(lambda: t.gen_buckets_probs_with_ppf(abs, 0))]


@scenario
def places_of_errors(mx):
    t, a, b = mx.test_utils, np.arange(3.0), np.ones(3)
    texts = [t.locationError(a, b, (2,), ("x", "y")), t.locationError(a, b, (0,), ("x", "y"), maxError=True)]
    found = [texts, raised(lambda: t.checkShapes(a, b)), raised(lambda: t.checkShapes(a, b[:2]))]
    return [*found, [t.effective_dtype(array).name for array in (a, mx.nd.ones(2), mx.nd.ones(2, dtype="float16"))]]


@scenario
def builds(mx):
    t = mx.test_utils
    found = [t.has_tvm_ops(), t.is_op_runnable(), t.is_cd_run()]
    with t.environment("CD_JOB", "1"):
        return [*found, t.is_cd_run()]


@scenario
def optimizers_compared(mx):
    sgd, adam = mx.optimizer.SGD, mx.optimizer.Adam

    def compared(first, second, shape=(3, 2), **settings):
        return raised(lambda: mx.test_utils.compare_optimizer(first, second, shape, "float32", **settings))

    several = {"shape": [(3, 2), (4,)], "ntensors": 2}
    one, loose = sgd(momentum=0.5), {"rtol": 9, "atol": 9}
    with contextlib.redirect_stdout(io.StringIO()):
        found = []
        for other in (one, sgd(momentum=0.5), sgd(momentum=0.5, learning_rate=0.5)):
            found += [compared(one, other), compared(one, other, **several)]
        found += [compared(one, sgd()), compared(one, one, ntensors=2), compared(adam(), adam(beta2=0.9), **loose)]
        return [*found, compared(adam(), adam(beta2=0.9), compare_states=False, **loose)]


@scenario
def speed(mx):
    t, x = mx.test_utils, mx.sym.Variable("x")
    y = mx.sym.FullyConnected(x, num_hidden=2, name="fc")
    given = {"x": np.ones((2, 3)), "fc_weight": np.ones((2, 3)), "fc_bias": np.ones(2)}
    calls = [lambda: t.check_speed(y, N=2, x=(2, 3)), lambda: t.check_speed(y, given, mx.cpu(), 2, "add")]
    calls += [
        lambda: t.check_speed(y, given, N=1, typ="forward"),
        lambda: t.check_speed(y, N=1, x=(2, 3), grad_req="null", typ="forward"),
    ]
    found = [0 < call() < 60 for call in calls]
    return [*found, raised(lambda: t.check_speed(y, x=(2, 3), typ="x")), raised(lambda: t.check_speed(y, [1]))]


@scenario
def one_batch_for_ever(mx):
    real = mx.io.NDArrayIter(np.arange(6.0).reshape(6, 1), np.arange(6.0), 2)
    dummy = mx.test_utils.DummyIter(real)
    batches = [next(dummy).data[0].asnumpy().tolist() for _ in range(5)]
    first = next(iter(dummy))
    return [batches, first is dummy.next(), dummy.batch_size, dummy.provide_data[0].name, dummy.provide_label[0].name,
            next(real).data[0].asnumpy().tolist(), dummy.real_iter is real]  # fmt: skip


def write_mnist(count: int) -> None:
    """MNIST's eight files, compressed here and not compressed in ``data``, with a few random images."""
    os.mkdir("data")
    random = np.random.RandomState(0)
    for number, name in enumerate(("train", "t10k")):
        size = count + number
        images = struct.pack(">4I", 2051, size, 28, 28) + random.randint(0, 256, size * 784).astype("uint8").tobytes()
        labels = struct.pack(">2I", 2049, size) + random.randint(0, 10, size).astype("uint8").tobytes()
        for kind, content in (("images-idx3", images), ("labels-idx1", labels)):
            with gzip.open(f"{name}-{kind}-ubyte.gz", "wb") as stream:
                stream.write(content)
            with open(f"data/{name}-{kind}-ubyte", "wb") as stream:
                stream.write(content)


@contextlib.contextmanager
def other_folder():
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        try:
            yield
        finally:
            os.chdir(before)


@scenario
def mnist(mx):
    t, found = mx.test_utils, []
    with other_folder():
        write_mnist(4)
        for name, array in sorted(t.get_mnist().items()):
            found.append([name, array.dtype.name, list(array.shape), array.ravel()[:50].tolist()])
        t.get_mnist_ubyte()
        for shape in ((784,), (1, 28, 28)):
            for number, part in enumerate(t.get_mnist_iterator(2, shape)):
                batches = list(part)
                sums = sorted(round(float(image.sum()), 2) for batch in batches for image in batch.data[0].asnumpy())
                # The order is not MXNet's, so a last image that fills no batch may be another one.
                found.append([list(part.provide_data[0].shape), len(batches), sums if not number else None])
        names = {"image": "data/t10k-images-idx3-ubyte", "label": "data/t10k-labels-idx1-ubyte"}
        plain = mx.io.MNISTIter(**names, batch_size=2, input_shape=(784,), flat=False)
        found.append(list(plain.provide_data[0].shape))
        halves = t.get_mnist_iterator(2, (784,), num_parts=2, part_index=1)
    return [*found, [len(list(half)) for half in halves]]


@scenario
def downloads(mx):
    t, found = mx.test_utils, []
    with other_folder():
        os.mkdir("there")
        for path in ("a.bin", "there/a.bin"):
            with open(path, "wb") as stream:
                stream.write(b"1")
        address = "http://localhost:1/of/a.bin"  # nobody listens there
        found += [t.download(address), t.download(address, "a.bin", "there"), t.download(address, "there/a.bin")]
        found.append(t.download(address, dirname="there"))
        found.append(bool(raised(lambda: t.download(address, "b.bin", retries=1))["raises"]))
        found.append(raised(lambda: t.download(address, retries=-1)))
        found += [os.path.exists("new"), bool(raised(lambda: t.download(address, dirname="new", retries=1))["raises"])]
    return found


@scenario
def variables_of_the_environment(mx):
    u, name = mx.util, "A_NAME_OF_THESE_TESTS"
    found = [u.getenv(name), u.setenv(name, "1"), u.getenv(name), u.setenv(name, None), u.getenv(name)]
    os.environ[name] = "2"
    found.append(u.getenv(name))
    del os.environ[name]
    return [*found, u.getenv(name)]


@scenario
def no_gpu(mx):
    u = mx.util
    calls = [lambda: u.get_gpu_memory(99), lambda: mx.context.gpu_memory_info(99)]
    calls += [lambda: u.get_cuda_compute_capability(mx.cpu())]
    return [isinstance(u.get_gpu_count(), int), *map(raised, calls)]


@scenario
def shapes_in_functions(mx):
    u = mx.util

    @u.use_np_shape
    class Kind:
        def __init__(self, value):
            self.facts = [value, u.is_np_shape()]

        def method(self, value=1):
            return [value, u.is_np_shape()]

        @staticmethod
        def static(value):
            return [value, u.is_np_shape()]

        @classmethod
        def of_class(cls):
            return [cls.__name__, u.is_np_shape()]

        @property
        def shape(self):
            "What it is."
            return [self.facts, u.is_np_shape()]

        @shape.setter
        def shape(self, value):
            self.facts = [value, u.is_np_shape()]

    @mx.use_np_shape
    def scalar():
        "A number."
        return list(mx.nd.ones(()).shape)

    kind = Kind(3)
    found = [kind.method(4), Kind.static(5), Kind.of_class(), kind.shape, Kind.shape.__doc__]
    kind.shape = 6
    found += [kind.facts, scalar(), scalar.__name__, scalar.__doc__, u.is_np_shape()]
    return [*found, raised(lambda: u.use_np_shape(3))]


@scenario
def recording(mx):
    a = mx.autograd
    found = [a.set_recording(is_recording=True), a.is_recording(), a.set_recording(False), a.is_recording()]
    scope: Any = mx.AttrScope(x="1")
    return [*found, scope.get(attr={"y": "2"}), scope.get(None)]
