"""Binding by numpy: the same values as the operators' own, and a program for what numpy does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from gluax import sym
from gluax.errors import OperatorError
from gluax.gluon.binding import Prelude
from gluax.ir.graph import Entry, Graph, Node
from gluax.ndarray import NDArray
from gluax.ops import registry
from gluax.ops.host import _FORMS, has_host_form, run_on_host

CASES: list[tuple[str, dict[str, str], list[tuple[int, ...]]]] = [
    ("transpose", {"axes": "(2, 3, 1, 0)"}, [(4, 3, 2, 5)]),
    ("transpose", {}, [(4, 3)]),
    ("Concat", {"num_args": "2", "dim": "0"}, [(4, 3), (2, 3)]),
    ("Concat", {"num_args": "2", "dim": "-1"}, [(4, 3), (4, 1)]),
    ("slice_axis", {"axis": "1", "begin": "1", "end": "None"}, [(2, 5, 3)]),
    ("slice_axis", {"axis": "-2", "begin": "-4", "end": "-1"}, [(2, 5, 3)]),
    ("zeros_like", {}, [(2, 3)]),
    ("_gluax_batchnorm_affine", {"eps": "0.001", "fix_gamma": "False"}, [(5,)] * 4),
    ("_gluax_batchnorm_affine", {"eps": "0.001", "fix_gamma": "True"}, [(5,)] * 4),
    ("_gluax_scale_rows", {}, [(5, 3, 2), (5,)]),
    ("_gluax_fold_bias", {}, [(5, 3), (5,), (5,), (5,)]),
    ("_gluax_fold_bias", {}, [(5, 3), (5,), (5,)]),
    ("_gluax_winograd_weight", {"tile": "4"}, [(3, 3, 4, 5)]),
    ("_gluax_winograd_weight", {"tile": "2"}, [(3, 3, 4, 5)]),
]


def test_every_form_has_a_case() -> None:
    assert {op for op, _, _ in CASES} == set(_FORMS)


def _kinds() -> Iterator[Any]:
    for op, attrs, shapes in CASES:
        for dtype in ["float32"] if "winograd" in op else ["float32", "float16", "bfloat16"]:
            yield pytest.param(op, attrs, shapes, dtype, id=f"{op}-{attrs}-{dtype}")


@pytest.mark.parametrize(("op", "attrs", "shapes", "dtype"), list(_kinds()))
def test_numpy_computes_the_same(op: str, attrs: dict[str, str], shapes: list[tuple[int, ...]], dtype: str) -> None:
    call = registry.resolve(Node(op, "node", attrs=attrs))
    random = np.random.RandomState(0)
    arrays = [random.uniform(0.5, 2, shape).astype(dtype) for shape in shapes]
    assert has_host_form(call)
    found = run_on_host(call, arrays)
    expected = call([jnp.asarray(array) for array in arrays])
    assert len(found) == len(expected)
    for got, wanted in zip(found, expected):
        assert isinstance(got, np.ndarray)
        assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
        tolerance = 4 * float(ml_dtypes.finfo(dtype).eps)  # a few roundings, in another order
        np.testing.assert_allclose(got.astype("float32"), wanted.astype("float32"), rtol=tolerance, atol=tolerance)


def _graph() -> Graph:
    """A variable, a value of numpy's, one of a program's, and one of a program's that is made of one of numpy's."""
    weight, scale, other = sym.var("weight"), sym.var("scale"), sym.var("other")
    return Graph(
        symbol.graph.heads[0] for symbol in (weight, sym.transpose(weight), scale * 2, sym.transpose(other) + 1)
    )


def _handles(**values: Any) -> dict[str, NDArray]:
    return {name: NDArray(value) for name, value in values.items()}


@pytest.mark.parametrize("target", ["cpu", "gpu"])
def test_each_head_comes_from_where_it_can(target: str) -> None:
    data = np.arange(6, dtype="float32").reshape(2, 3)
    given = _handles(weight=jnp.asarray(data), scale=jnp.ones(3, "float16"), other=jnp.asarray(-data))
    prelude = Prelude(_graph(), target)
    weight, turned, doubled, moved = prelude(given)
    assert weight is given["weight"]._data
    np.testing.assert_array_equal(turned, data.T)
    np.testing.assert_array_equal(doubled, np.full(3, 2))
    np.testing.assert_array_equal(moved, 1 - data.T)
    assert doubled.dtype == "float16"
    assert [heads for heads, _ in prelude._hosted] == ([[1]] if target == "cpu" else [])
    assert prelude._compute.statistics.misses == 1
    prelude(given)
    assert prelude._compute.statistics.misses == 1


def test_64_bits_stay() -> None:
    with jax.enable_x64(True):
        weight = jnp.arange(6, dtype="float64").reshape(2, 3)
    (turned,) = Prelude(sym.transpose(sym.var("weight")).graph, "cpu")(_handles(weight=weight))
    assert turned.dtype == "float64"


@pytest.mark.parametrize("committed", [False, True])
def test_values_stay_on_their_device(committed: bool) -> None:
    weight = jax.device_put(np.ones((2, 3), "float32"), jax.devices("cpu")[0] if committed else None)
    (turned,) = Prelude(sym.transpose(sym.var("weight")).graph, "cpu")(_handles(weight=weight))
    assert turned.committed is committed
    assert turned.devices() == weight.devices()


def test_parameters_may_be_traced() -> None:
    prelude = Prelude(_graph(), "cpu")
    ones = jnp.ones((2, 3), "float32")

    def loss(array: jax.Array) -> jax.Array:
        _, turned, _, moved = prelude(_handles(weight=array, scale=ones, other=array))
        return jnp.sum(turned**2) + jnp.sum(moved)

    np.testing.assert_array_equal(jax.grad(loss)(ones), np.full((2, 3), 3))


def test_what_does_not_fit_names_the_node() -> None:
    joined = Node("Concat", "joined", [Entry(Node(None, "a")), Entry(Node(None, "b"))], {"num_args": "2", "dim": "0"})
    with pytest.raises(OperatorError, match="joined"):
        Prelude(Graph([Entry(joined)]), "cpu")(_handles(a=jnp.ones((2, 3)), b=jnp.ones((2, 4))))
