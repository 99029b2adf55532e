"""Executables that are kept, dropped, shared by sizes of batches, and found again by later processes."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gluax import autograd, nd
from gluax.compile import cached_op
from gluax.compile.cached_op import CachedOp, CacheLimits
from gluax.errors import ArgumentError
from gluax.gluon import nn
from tests.operator_runs import FAST_COMPILE


def resident_bytes() -> int:
    """Memory of this process. Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


TWO = np.float32(2)


def cached(**limits: int | None) -> CachedOp:
    return CachedOp(lambda parameters, inputs, key: [inputs[0] + parameters[0]], ["data"], limits=CacheLimits(**limits))


def call(op: CachedOp, rows: int) -> None:
    data = jax.device_put(np.ones(rows, "float32"))  # jnp.ones would compile something too
    np.testing.assert_array_equal(op((TWO,), [data])[0], np.full(rows, 3, "float32"))


def test_the_least_recently_used_executable_goes_first() -> None:
    op = cached(entries=2)
    for rows in (1, 2, 1, 3, 1, 2):
        call(op, rows)
    done = op.statistics
    assert (done.hits, done.misses, done.evictions) == (2, 4, 2)
    assert done.recompiles == [f"data: float32[{a}] -> float32[{b}]" for a, b in ((1, 2), (1, 3), (1, 2))]


@pytest.mark.parametrize("static_shape", [False, True])
def test_weak_types_are_no_other_types(static_shape: bool) -> None:
    op = CachedOp(lambda parameters, inputs, key: [inputs[0] + parameters[0]], ["data"], static_shape=static_shape)
    weak, strong = jnp.full(2, 1.0), jnp.full(2, 1.0, "float32")
    assert (weak.weak_type, strong.weak_type) == (True, False)
    for data in (weak, strong, weak):
        (found,) = op((TWO,), [data])
        assert not found.weak_type
        np.testing.assert_array_equal(found, [3, 3])
    assert (op.statistics.hits, op.statistics.misses, op.statistics.recompiles) == (2, 1, [])


def test_bytes_are_limited() -> None:
    unlimited = cached(entries=10)
    call(unlimited, 1)
    assert unlimited.statistics.bytes == 0  # sizes are not asked for without a limit
    op = cached(entries=10, bytes=10**9)
    call(op, 1)
    one = op.statistics.bytes
    assert one > 0
    for rows in (2, 3):
        call(op, rows)
    assert op.statistics.evictions == 0
    small = cached(entries=10, bytes=int(2.5 * one))
    for rows in (1, 2, 3, 4):
        call(small, rows)
    assert small.statistics.evictions == 2
    assert one < small.statistics.bytes <= 2.5 * one
    tiny = cached(entries=10, bytes=1)  # the one in use stays
    call(tiny, 1)
    call(tiny, 1)
    assert (tiny.statistics.hits, tiny.statistics.evictions) == (1, 0)


def test_clearing_forgets_sizes() -> None:
    op = cached(bytes=10**9)
    call(op, 1)
    op.clear()
    assert op.statistics.bytes == 0
    call(op, 1)
    assert op.statistics.misses == 2


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
def test_eviction_frees_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached_op, "options_for", lambda platform: FAST_COMPILE)
    op = cached(entries=4)
    for rows in range(1, 201):
        call(op, rows)
    gc.collect()
    before = resident_bytes()
    for rows in range(201, 1001):
        call(op, rows)
    gc.collect()
    assert op.statistics.evictions == 996
    # An executable of this size takes 100 kB and more, so that 800 kept ones would take 80 MB.
    assert resident_bytes() - before < 30e6


def small_block(**flags: object) -> nn.HybridSequential:
    block = nn.HybridSequential()
    block.add(nn.Dense(3, in_units=4), nn.BatchNorm(in_channels=3))
    block.initialize()
    block.hybridize(**flags)
    return block


@pytest.mark.parametrize("flags", [{}, {"static_alloc": True}, {"static_alloc": True, "static_shape": True}], ids=str)
def test_batches_run_in_buckets(flags: dict[str, object]) -> None:
    block = small_block(**flags, buckets=(8, 4))
    data = np.random.RandomState(0).randn(9, 4).astype("float32")
    expected = block(nd.array(data)).asnumpy()  # larger than any bucket: as it is
    for rows in (1, 3, 4, 5, 8):
        np.testing.assert_allclose(block(nd.array(data[:rows])).asnumpy(), expected[:rows], rtol=1e-6, atol=1e-6)
    assert block.cache_statistics is not None
    assert block.cache_statistics.misses == 3
    np.testing.assert_allclose(jax.jit(lambda x: block(x))(jnp.asarray(data[:3])), expected[:3], rtol=1e-6, atol=1e-6)


class Causal(nn.HybridBlock):
    """Running sums of what the mask lets through, turned; a number for each row; and one that is no row's."""

    def hybrid_forward(self, F, x, mask, scale):
        seen = F.broadcast_mul(F.broadcast_mul(x, F.expand_dims(mask, axis=2)), scale)
        return F.transpose(F.cumsum(seen, axis=1), axes=(0, 2, 1)), F.sum(seen, axis=(1, 2)), F.reshape(scale, shape=8)


def test_other_axes_run_in_buckets() -> None:
    block = Causal()
    block.hybridize(buckets={0: (8, 2), 1: (4, 8)})
    random = np.random.RandomState(0)
    for batch, steps in ((2, 3), (2, 4), (2, 2), (5, 7), (3, 3), (5, 5), (8, 6), (9, 7)):
        x, mask, scale = random.randn(batch, steps, 8), random.rand(batch, steps) > 0.5, random.randn(1, 1, 8)
        found = block(*(nd.array(value, dtype="float64") for value in (x, mask, scale)))
        seen = x * mask[:, :, None] * scale
        expected = np.cumsum(seen, axis=1).transpose(0, 2, 1), seen.sum((1, 2)), scale.reshape(8)
        for a, b in zip(found, expected, strict=True):
            assert a.dtype == np.float64
            np.testing.assert_allclose(a.asnumpy(), b, rtol=1e-12, atol=1e-12)
    assert block.cache_statistics is not None
    assert block.cache_statistics.misses == len({(2, 4), (8, 8), (8, 4), (9, 8)})


def test_outputs_that_cannot_be_cut_back() -> None:
    class Merged(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.reshape(x, shape=(-1, 2))

    block = Merged()
    block.hybridize(buckets={1: (4,)})
    assert block(nd.ones((3, 4, 2))).shape == (12, 2)
    with pytest.raises(ArgumentError, match=r"output 0 has the shape \(12, 2\) .* axis 1 .* from 3 to 4, and \(9, 2\)"):
        block(nd.ones((3, 3, 2)))


def test_hooks_see_no_padding() -> None:
    block = small_block(buckets=(8,))
    seen = []
    block.register_op_hook(lambda name, kind, array: seen.append(array.shape[0]))
    block(nd.ones((3, 4)))
    assert set(seen) == {3}


def test_training_takes_no_buckets() -> None:
    plain, block = small_block(), small_block(buckets=(8,))
    for own, other in zip(block.collect_params().values(), plain.collect_params().values(), strict=True):
        own.set_data(other.data())
    data = nd.array(np.random.RandomState(0).randn(3, 4))
    with autograd.train_mode():
        expected, found = plain(data), block(data)
    np.testing.assert_allclose(found.asnumpy(), expected.asnumpy(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("given", [{"buckets": (0, 2)}, {"buckets": {-1: (2,)}}, {"cache_size": 0}], ids=str)
def test_limits_without_room_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(given))):
        small_block(**given)


def test_warmup_compiles() -> None:
    block = small_block(static_alloc=True)
    block.warmup((1, 4), (2, 4))
    assert block.cache_statistics is not None
    assert block.cache_statistics.misses == 2
    block(nd.ones((2, 4)))
    assert block.cache_statistics.hits == 1


def test_warmup_of_several_inputs() -> None:
    class Sum(nn.HybridBlock):
        def hybrid_forward(self, F, x, y):
            return x + y

    block = Sum()
    block.hybridize()
    block.warmup([(2, 3), (2, 3)], dtype="int32")
    assert block(nd.ones((2, 3), dtype="int32"), nd.ones((2, 3), dtype="int32")).asnumpy().tolist() == [[2] * 3] * 2
    assert block.cache_statistics is not None
    assert (block.cache_statistics.hits, block.cache_statistics.misses) == (1, 1)


_PROCESS = """
import sys, jax
from gluax import nd
from gluax.compile.options import set_compilation_cache_dir
from gluax.gluon import nn
set_compilation_cache_dir(sys.argv[1])
seen = []
jax.monitoring.register_event_listener(lambda event, **_: seen.append(event))
block = nn.Dense(3, in_units=4)
block.initialize("ones")
block.hybridize(static_alloc=True)
assert block(nd.ones((2, 4))).asnumpy().tolist() == [[4.0] * 3] * 2
print(seen.count("/jax/compilation_cache/cache_hits"), seen.count("/jax/compilation_cache/cache_misses"))
"""


def test_a_later_process_finds_what_was_compiled(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "cache"
    runs = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", _PROCESS, folder], capture_output=True, text=True, check=True)
        runs.append(tuple(map(int, done.stdout.split())))
    assert runs[0][1] > 0
    assert runs[1] == (sum(runs[0]), 0)
