"""Batches that run in slices: which graphs may, how large a slice is, and that nothing else changes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gluax import nd, sym
from gluax.compile.slices import in_slices
from gluax.gluon import nn
from gluax.passes import slices
from gluax.passes.slices import is_rowwise, rows_per_slice
from gluax.symbol import Symbol

DATA, OTHER, WEIGHT = (sym.var(name) for name in ("data", "other", "weight"))

ROWWISE: dict[str, Symbol] = {
    "convolution": sym.Activation(sym.Convolution(DATA, WEIGHT, kernel=(3, 3), num_filter=4, no_bias=True), "relu"),
    "pooling": sym.Flatten(sym.Pooling(DATA, kernel=(2, 2), global_pool=True)),
    "dense": sym.softmax(sym.FullyConnected(DATA, WEIGHT, num_hidden=3, no_bias=True)),
    "sum": DATA * 2 + OTHER,
    "concat of channels": sym.Concat(DATA, OTHER, dim=1),
    "transpose of channels": sym.transpose(DATA, axes=(0, 2, 1)),
}
MIXED: dict[str, Symbol] = {
    "concat of rows": sym.Concat(DATA, OTHER, dim=0),
    "transpose of rows": sym.transpose(DATA, axes=(1, 0)),
    "all axes reversed": sym.transpose(DATA),
    "softmax over rows": sym.softmax(DATA, axis=0),
    "a parameter for each row": DATA + WEIGHT,
    "weights that are fed": sym.FullyConnected(DATA, OTHER, num_hidden=3, no_bias=True),
    "a sum over everything": sym.sum(DATA),
    "an output without data": sym.Group([DATA * 2, WEIGHT * 2]),
    "a row's index": sym.Group([sym.SequenceLast(DATA)]),
}


@pytest.mark.parametrize("symbol", ROWWISE.values(), ids=ROWWISE)
def test_rows_that_never_meet(symbol: Symbol) -> None:
    assert is_rowwise(symbol.graph, {"data", "other"})


@pytest.mark.parametrize("symbol", MIXED.values(), ids=MIXED)
def test_rows_that_may_meet(symbol: Symbol) -> None:
    assert not is_rowwise(symbol.graph, {"data", "other"})


@pytest.mark.parametrize(
    ("batch", "bytes_per_row", "cores", "expected"),
    [
        (8, 1 << 20, 2, None),  # small enough
        (8, 4 << 20, 2, 4),
        (12, 4 << 20, 2, 6),
        (13, 4 << 20, 2, None),  # prime
        (8, 4 << 20, 4, None),  # fewer than two rows for each core
        (8, 16 << 20, 2, None),
        (64, 1 << 20, 2, 16),
    ],
)
def test_the_size_of_a_slice(batch: int, bytes_per_row: int, cores: int, expected: int | None) -> None:
    shapes = {"data": (batch, bytes_per_row // 4)}
    assert rows_per_slice((DATA * 2).graph, {"data"}, shapes, cores) == expected


def test_large_parameters_are_read_once() -> None:
    dense = sym.FullyConnected(DATA * 2, WEIGHT, num_hidden=64, no_bias=True).graph
    shapes = {"data": (8, 1 << 20), "weight": (64, 1 << 20)}
    assert rows_per_slice(dense, {"data"}, shapes, cores=1) is None
    assert rows_per_slice(dense, {"data"}, shapes | {"weight": (1, 1 << 20)}, cores=1) == 4


def test_a_function_in_slices() -> None:
    seen: list[int] = []

    def function(parameters: jax.Array, inputs: list[jax.Array], key: None) -> list[jax.Array]:
        seen.append(inputs[0].shape[0])
        return [inputs[0] * parameters, jnp.sum(inputs[0], 1) + inputs[1]]

    sliced = in_slices(function, 4)  # type: ignore[arg-type]
    for rows, traced in ((3, 3), (4, 4), (8, 4), (10, 10), (12, 4)):
        data, other = np.arange(rows * 2, dtype="float32").reshape(rows, 2), np.arange(rows, dtype="float32")
        product, total = sliced(np.float32(3), [jnp.asarray(data), jnp.asarray(other)], None)
        np.testing.assert_array_equal(product, data * 3)
        np.testing.assert_array_equal(total, data.sum(1) + other)
        assert set(seen) == {traced}
        seen.clear()


def test_a_network_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "_SLICE_BYTES", 4 * 4 * 6 * 6 * 4)  # four rows of the convolution's output
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    block = nn.HybridSequential()
    block.add(nn.Conv2D(4, 3, in_channels=3), nn.BatchNorm(in_channels=4), nn.Activation("relu"), nn.Dense(2))
    block.initialize()
    data = np.random.RandomState(0).randn(16, 3, 8, 8).astype("float32")
    expected = block(nd.array(data)).asnumpy()
    block.hybridize(static_alloc=True, static_shape=True)
    for rows in (16, 8, 6, 1):  # the first decides; those that four does not divide run whole
        np.testing.assert_allclose(block(nd.array(data[:rows])).asnumpy(), expected[:rows], rtol=1e-5, atol=1e-6)
    run = block._runner._runs[False, None]
    for rows, loop in ((16, True), (8, True), (6, False)):
        program = jax.make_jaxpr(run.function)(run.source.current(None), [data[:rows]], None)
        here = jax.default_backend() == "cpu"  # the only platform with slices
        assert ("scan" in {eqn.primitive.name for eqn in program.eqns}) is (loop and here)
