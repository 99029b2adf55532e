"""Operators whose output shape depends on data: they run at once, and say so where they cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax as mx
from gluax.errors import DynamicShapeError
from gluax.ir.json_reader import read_symbol
from gluax.lowering.program import Program
from gluax.ops import registry

DATA = np.arange(6, dtype="float32").reshape(3, 2)
ROWS = np.array([0, 1, 1], "float32")
PLACES = np.array([2, 0, 2], "int64")

# Operator, inputs, attributes, and what numpy makes of them.
CASES: list[tuple[str, tuple[np.ndarray, ...], dict[str, Any], np.ndarray]] = [
    ("_contrib_boolean_mask", (DATA, ROWS), {}, DATA[1:]),
    ("_npx_nonzero", (DATA,), {}, np.argwhere(DATA)),
    ("_npi_unique", (ROWS,), {}, np.array([0, 1], "float32")),
    ("_npi_delete", (DATA, PLACES), {"axis": 0}, DATA[1:2]),
]
OPERATORS = pytest.mark.parametrize(("op", "inputs", "attrs", "expected"), CASES, ids=[case[0] for case in CASES])


def function(op: str, attrs: dict[str, Any]) -> Callable[..., jax.Array]:
    """The operator as a function of JAX arrays."""
    entry = registry.get(op)
    return lambda *arrays: entry.function(*arrays, **attrs)


def symbol(op: str, inputs: tuple[np.ndarray, ...], attrs: dict[str, Any]) -> mx.sym.Symbol:
    return getattr(
        mx.sym._internal if not op.startswith("_contrib_") else mx.sym.contrib, op.removeprefix("_contrib_")
    )(*[mx.sym.var(f"x{i}") for i in range(len(inputs))], **attrs)


def block_of(op: str, inputs: tuple[np.ndarray, ...], attrs: dict[str, Any]) -> mx.gluon.SymbolBlock:
    return mx.gluon.SymbolBlock(symbol(op, inputs, attrs), [mx.sym.var(f"x{i}") for i in range(len(inputs))])


def arrays(inputs: tuple[np.ndarray, ...]) -> list[mx.nd.NDArray]:
    return [mx.nd.array(array, dtype=array.dtype) for array in inputs]


@OPERATORS
def test_at_once(op: str, inputs: tuple[np.ndarray, ...], attrs: dict[str, Any], expected: np.ndarray) -> None:
    space = mx.nd._internal if not op.startswith("_contrib_") else mx.nd.contrib
    result = getattr(space, op.removeprefix("_contrib_"))(*arrays(inputs), **attrs)
    np.testing.assert_array_equal(result.asnumpy(), expected)


@OPERATORS
def test_program(op: str, inputs: tuple[np.ndarray, ...], attrs: dict[str, Any], expected: np.ndarray) -> None:
    program = Program(read_symbol(symbol(op, inputs, attrs).tojson()))
    with jax.enable_x64(True):
        (result,), _ = program({f"x{i}": jnp.asarray(array) for i, array in enumerate(inputs)})
    np.testing.assert_array_equal(result, expected)


@OPERATORS
def test_symbol_block(op: str, inputs: tuple[np.ndarray, ...], attrs: dict[str, Any], expected: np.ndarray) -> None:
    block = block_of(op, inputs, attrs)
    np.testing.assert_array_equal(block(*arrays(inputs)).asnumpy(), expected)


@OPERATORS
def test_hybridized(op: str, inputs: tuple[np.ndarray, ...], attrs: dict[str, Any], expected: np.ndarray) -> None:
    block = block_of(op, inputs, attrs)
    block.hybridize()
    with pytest.raises(DynamicShapeError, match=r"depends on its data.*hybridize.*outside of that, or use"):
        block(*arrays(inputs))


@OPERATORS
@pytest.mark.parametrize("transform", [jax.jit, jax.vmap], ids=["jit", "vmap"])
def test_traced(
    op: str, inputs: tuple[np.ndarray, ...], attrs: dict[str, Any], expected: np.ndarray, transform: Callable[..., Any]
) -> None:
    given = [jnp.asarray(array) for array in inputs]
    if transform is jax.vmap:
        given = [array[None] for array in given]
    with pytest.raises(DynamicShapeError, match=r"depends on its data.*outside of that, or use"):
        transform(function(op, attrs))(*given)


def test_shape_is_not_inferred() -> None:
    masked = mx.sym.contrib.boolean_mask(mx.sym.var("x"), mx.sym.var("m"))
    with pytest.warns(UserWarning, match="Cannot decide shape"):
        assert masked.infer_shape(x=(3, 2), m=(3,)) == (None, None, None)


def test_gradient_of_boolean_mask() -> None:
    mask = jnp.asarray(ROWS)
    result, pull = jax.vjp(lambda x: function("_contrib_boolean_mask", {})(x, mask), jnp.asarray(DATA))
    (gradient,) = pull(jnp.full_like(result, 2))
    np.testing.assert_array_equal(gradient, [[0, 0], [2, 2], [2, 2]])


@pytest.mark.parametrize(
    ("op", "inputs", "attrs"),
    [
        ("_npi_boolean_mask_assign_tensor", (DATA, ROWS, DATA[:2] + 10), {"start_axis": 0}),
        ("_npi_insert_tensor", (DATA, DATA[:1] + 10, PLACES), {"axis": 0}),
    ],
)
def test_fixed_shapes_are_traced(op: str, inputs: tuple[np.ndarray, ...], attrs: dict[str, Any]) -> None:
    run, given = function(op, attrs), [jnp.asarray(array) for array in inputs]
    np.testing.assert_array_equal(jax.jit(run)(*given), run(*given))
    np.testing.assert_array_equal(jax.vmap(run)(*[array[None] for array in given])[0], run(*given))
