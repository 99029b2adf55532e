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
from gluax.compile.prelude import Prelude
from gluax.errors import OperatorError
from gluax.ir.graph import Entry, Graph, Node
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
    """A variable, a value of numpy's, one of a program's, and one of a program's after one of numpy's."""
    weight, scale = sym.var("weight"), sym.var("scale")
    turned = sym.transpose(weight)
    return Graph([*weight.graph.heads, *turned.graph.heads, *(scale * 2).graph.heads, *(turned + 1).graph.heads])


@pytest.mark.parametrize("target", ["cpu", "gpu"])
def test_each_head_comes_from_where_it_can(target: str) -> None:
    values = {"weight": jnp.arange(6, dtype="float32").reshape(2, 3), "scale": jnp.ones(3, "float16")}
    prelude = Prelude(_graph(), target)
    weight, turned, doubled, moved = prelude(values)
    np.testing.assert_array_equal(weight, values["weight"])
    np.testing.assert_array_equal(turned, np.arange(6).reshape(2, 3).T)
    np.testing.assert_array_equal(doubled, np.full(3, 2))
    np.testing.assert_array_equal(moved, np.arange(6).reshape(2, 3).T + 1)
    assert doubled.dtype == "float16"
    assert prelude._on_host == [False, target == "cpu", False, False]


def test_64_bits_stay() -> None:
    with jax.enable_x64(True):
        weight = jnp.arange(6, dtype="float64").reshape(2, 3)
    (turned,) = Prelude(sym.transpose(sym.var("weight")).graph, "cpu")({"weight": weight})
    assert turned.dtype == "float64"


def test_values_stay_on_their_device() -> None:
    device = jax.devices("cpu")[0]
    (turned,) = Prelude(sym.transpose(sym.var("weight")).graph, "cpu")(
        {"weight": jax.device_put(np.ones((2, 3)), device)}
    )
    assert turned.committed
    assert turned.devices() == {device}


def test_parameters_may_be_traced() -> None:
    prelude = Prelude(_graph(), "cpu")
    scale = jnp.ones(3, "float32")
    gradient = jax.grad(lambda weight: jnp.sum(prelude({"weight": weight, "scale": scale})[3] ** 2))
    weight = jnp.ones((2, 3), "float32")
    np.testing.assert_array_equal(gradient(weight), np.full((2, 3), 4))


def test_what_does_not_fit_names_the_node() -> None:
    joined = Node("Concat", "joined", [Entry(Node(None, "a")), Entry(Node(None, "b"))], {"num_args": "2", "dim": "0"})
    with pytest.raises(OperatorError, match="joined"):
        Prelude(Graph([Entry(joined)]), "cpu")({"a": jnp.ones((2, 3)), "b": jnp.ones((2, 4))})
