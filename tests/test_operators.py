"""Every operator against MXNet's gold: eager, jitted, its gradient, and its auxiliary states; of random ones the form."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jax
import numpy as np
import pytest

from tests.compare import assert_close
from tests.operator_runs import FAST_COMPILE, CaseRun, arrays_of, heads_of
from tests.oracle.case import Case
from tests.oracle.cases import FAMILIES, cases_of

GOLDEN = Path(__file__).parent / "golden"
TABLE = [(family, case) for family in FAMILIES for case in cases_of(family)]


# XLA's division on GPU may be off in the last bit, and a weight of 127.5 quanta then becomes the integer on the other side.
SLACK = {"_sg_mkldnn_conv": 2.0} if jax.default_backend() == "gpu" else {}


def _first_of_each_kind() -> set[str]:
    """A case for every operator and input types. Eager runs compile each operator alone: that the same function, in a
    program of its own, still computes the same has to be seen once for each kind of input, and takes long."""
    first = {(case.op, tuple(spec.dtype for spec in case.specs)): case.id for _, case in reversed(TABLE)}
    return set(first.values())


EAGER = _first_of_each_kind()


@cache
def gold_of(family: str) -> dict[str, np.ndarray]:
    with np.load(GOLDEN / f"{family}.npz") as file:
        return dict(file)


@pytest.mark.parametrize(("family", "case"), [pytest.param(f, c, id=f"{f}-{c.id}") for f, c in TABLE])
def test_against_gold(family: str, case: Case) -> None:
    gold = gold_of(family)
    # Double precision and 64-bit integers are real in MXNet; promotion must be explicit.
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        check(case, {name: gold[f"{case.id}/{name}"] for name in names_of(case, gold)})


def names_of(case: Case, gold: dict[str, np.ndarray]) -> list[str]:
    prefix = f"{case.id}/"
    found = [name[len(prefix) :] for name in gold if name.startswith(prefix)]
    assert found, f"no gold for {case.id}: run `nox -s oracle`"
    return found


def check(case: Case, expected: dict[str, np.ndarray]) -> None:
    run, values, heads = CaseRun(case), arrays_of(case), heads_of(case, expected)

    atol = case.atol and case.atol * SLACK.get(case.op, 1.0)

    def compare(found: dict[str, object], mode: str) -> None:
        for name, value in found.items():
            assert_close(value, expected[name], name=f"{case.id} {mode} {name}", rtol=case.rtol, atol=atol)

    if case.stochastic:  # tests/test_random_operators.py looks at the numbers
        form = {name: (value.shape, value.dtype) for name, value in jax.eval_shape(run.results, values, heads).items()}
        assert form == {name: (value.shape, value.dtype) for name, value in expected.items()}
        return
    if run.looks:  # the shapes of its outputs depend on data
        found = run.results(values, heads)
    else:
        found = jax.jit(run.results, compiler_options=FAST_COMPILE)(values, heads)  # eager runs compile with all effort
    assert set(found) == set(expected)
    compare(found, "jitted")
    if case.id in EAGER:
        compare({f"out{i}": output for i, output in enumerate(run.eager(values))}, "eager")
