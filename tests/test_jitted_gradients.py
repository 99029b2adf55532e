"""Gradients taken of a jitted operator: those with gradient rules of their own must not lean on the surrounding trace."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from gluax.ir.json_reader import read_symbol
from gluax.lowering.program import Program
from tests.oracle.case import Case
from tests.oracle.cases import cases_of

# The families in which operators have gradients of their own.
FAMILIES = ("activation", "bounding_box", "ctc", "elemwise_unary", "factorization", "linalg", "loss", "pooling", "roi")


def first_of_each_operator() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for family in FAMILIES:
        for case in cases_of(family, 0):
            if case.gradient_inputs():
                found.setdefault(f"{family}-{case.op}-{len(case.inputs)}", case)
    return found


CASES = first_of_each_operator()


@pytest.mark.parametrize("name", CASES)
def test_outside_and_inside(name: str) -> None:
    case = CASES[name]
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        program = Program(read_symbol(case.symbol_json()))
        values = {f"in{i}": jax.numpy.asarray(array) for i, array in enumerate(case.arrays())}
        wanted = {f"in{i}": values.pop(f"in{i}") for i in case.gradient_inputs()}

        def total(wanted: dict[str, jax.Array], rest: dict[str, jax.Array]) -> jax.Array:
            outputs, _ = program({**rest, **wanted}, training=True, key=jax.random.key(0))
            floats = [o for o in outputs if jax.dtypes.issubdtype(o.dtype, np.inexact)]
            return sum((o.astype("float64").sum() for o in floats), start=jax.numpy.zeros((), "float64"))

        outside = jax.grad(jax.jit(total))(wanted, values)
        inside = jax.jit(jax.grad(total))(wanted, values)
    for key, expected in inside.items():
        np.testing.assert_allclose(outside[key], expected, rtol=1e-5, atol=1e-6, err_msg=key)
