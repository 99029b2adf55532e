"""Every operator under JAX's transformations: vmap, export with a symbolic batch size, gradients of jitted functions.

One case of the table stands for each operator: one with gradients and with several dimensions, where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import jax
import numpy as np
import pytest

from gluax.ops import registry
from tests.compare import assert_close
from tests.operator_runs import FAST_COMPILE, Arrays, CaseRun, arrays_of, heads_of
from tests.oracle.case import Case
from tests.oracle.cases import FAMILIES, cases_of

# Which axis of which inputs is the batch. By default the first of each input that has the first input's size there.
BATCH: dict[str, dict[int, int]] = {
    # The first axis is time, rows to stack, a depth of indices, an axis to cut or to broadcast.
    "_contrib_interleaved_matmul_encdec_valatt": {0: 1, 1: 0},
    "_contrib_interleaved_matmul_selfatt_valatt": {0: 1, 1: 0},
    "_sg_mkldnn_selfatt_valatt": {0: 1, 1: 0},
    "_npi_insert_scalar": {0: 1, 1: 0},
    "_npi_insert_slice": {0: 1},
    "_npi_vstack": {0: 0, 1: 1},
    "_np_squeeze": {0: 1},
    "squeeze": {0: 1},
    "_ravel_multi_index": {0: 1},
    "_slice_assign": {0: 1, 1: 1},
    "_slice_assign_scalar": {0: 1},
    "broadcast_axis": {0: 1},
    "broadcast_equal": {1: 0},
    "broadcast_lesser_equal": {1: 0},
    "broadcast_maximum": {1: 0},
    "gather_nd": {1: 1},
    "scatter_nd": {0: 0, 1: 1},
    "slice": {0: 1},
    "slice_axis": {0: 1},
    # The first axes are those of a matrix.
    "_np_diagonal": {0: 2},
    "_np_trace": {0: 1},
    "diag": {0: 2},
    # JAX permutes no axis of unknown size.
    "_shuffle": {0: 1},
    # Inputs without a batch that have its size by chance: weights, ranges, rates.
    "Deconvolution": {0: 0},
    "_contrib_dequantize": {0: 0},
    "_contrib_quantized_concat": {0: 0, 1: 0},
    "_contrib_quantized_elemwise_add": {0: 0, 1: 0},
    "_contrib_quantized_fully_connected": {0: 0},
    "_npi_polyval": {1: 0},
    "preloaded_multi_mp_sgd_mom_update": {0: 0, 1: 0, 2: 0, 3: 0},
    "preloaded_multi_mp_sgd_update": {0: 0, 1: 0, 2: 0},
    "preloaded_multi_sgd_mom_update": {0: 0, 1: 0, 2: 0},
    "preloaded_multi_sgd_update": {0: 0, 1: 0},
    # The first input is a number.
    "_np_atleast_1d": {1: 0},
    "_np_atleast_2d": {1: 0},
    "_np_atleast_3d": {1: 0},
    "_while_loop": {1: 0},
    # Sizes that differ by a factor.
    "reshape_like": {0: 0, 1: 0},
    "slice_like": {0: 0, 1: 0},
}

_DYNAMIC: dict[str, str] = dict.fromkeys(
    ("_contrib_boolean_mask", "_npi_bincount", "_npi_unique", "_npx_nonzero"), "the shape of its output depends on data"
)
_GIVEN = "an attribute gives the shape of its output"

# Operators that cannot be mapped, exported with a symbolic batch, or jitted. Those without inputs have no batch anyway.
EXCEPTIONS: dict[str, dict[str, str]] = {
    "vmap": _DYNAMIC,
    "export": {
        **_DYNAMIC,
        "_contrib_Proposal": "it takes a batch of one",
        "_np_diag": "a matrix has no batch",
        "_npi_bernoulli": _GIVEN,
        "_npi_broadcast_to": _GIVEN,
        "_npi_diag_indices_from": "all its axes have one size",
        "_npi_exponential": _GIVEN,
        "_npi_pareto": _GIVEN,
        "_npi_powerd": _GIVEN,
        "_npi_rayleigh": _GIVEN,
        "_npi_tensorinv": "the sizes of some axes have the product of the others",
        "_npi_tensorsolve": "the sizes of some axes have the product of the others",
        "_npi_weibull": _GIVEN,
        "_scatter_set_nd": _GIVEN,
    },
    "gradient": _DYNAMIC,
}


def _rank(case: Case) -> tuple[Any, ...]:
    """Larger for a case that stands better for its operator."""
    shapes = [spec.shape if spec.values is None else np.shape(spec.values) for spec in case.specs]
    first = shapes[0] if shapes else ()
    size = sum(int(np.prod(shape)) for shape in shapes)
    graded, batch = bool(case.gradient_inputs()), first[:1] > (1,)
    return graded, not case.numpy, batch, size < 500, min(len(first), 4), -len(shapes)


def representatives() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for family in FAMILIES:
        for case in cases_of(family):
            op = registry.get(registry.registered_name(case.op, case.attrs)).name
            if op not in found or _rank(case) > _rank(found[op]):
                found[op] = case
    return found


CASES = representatives()


def _jit(function: Any) -> Any:
    return jax.jit(function, compiler_options=FAST_COMPILE)


@dataclass(frozen=True)
class Alone:
    """A case as it runs without the transformation."""

    case: Case

    @cached_property
    def run(self) -> CaseRun:
        return CaseRun(self.case)

    @cached_property
    def jitted(self) -> Callable[..., Arrays]:
        return _jit(self.run.results)

    def arguments(self, seed: int = 0) -> tuple[Arrays, list[np.ndarray]]:
        """The inputs and the gradients of the outputs."""
        case = self.case.with_seed(seed)
        values = arrays_of(case)
        outputs, _ = jax.eval_shape(self.run.forward, values)
        return values, heads_of(case, {f"out{i}": output for i, output in enumerate(outputs)})

    @cached_property
    def results(self) -> Arrays:
        return self.jitted(*self.arguments())

    def compare(self, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
        for name in expected:
            wanted = np.asarray(expected[name])
            assert_close(found[name], wanted, name=name, rtol=self.case.rtol, atol=self.case.atol)


@lru_cache(maxsize=8)  # the tests of an operator follow one another
def alone(op: str) -> Alone:
    return Alone(CASES[op])


def _vmap(op: str) -> None:
    """Two draws of data at once give what each gives alone, gradients included."""
    single = alone(op)
    calls = single.arguments(0), single.arguments(1)
    together = _jit(jax.vmap(single.run.results))(*jax.tree.map(lambda *arrays: np.stack(arrays), *calls))
    together = {name: np.asarray(array) for name, array in together.items()}
    for index, expected in enumerate((single.results, single.jitted(*calls[1]))):
        single.compare({name: array[index] for name, array in together.items()}, expected)


def _batch_axes(op: str, values: Arrays) -> dict[str, int]:
    if op in BATCH:
        return {f"in{i}": axis for i, axis in BATCH[op].items()}
    size = values["in0"].shape[:1]
    return {name: 0 for name, array in values.items() if size and array.shape[:1] == size}


def _symbolic(values: Arrays, axes: dict[str, int]) -> dict[str, jax.ShapeDtypeStruct]:
    """The inputs with b in the place of the batch; a batch larger than the smallest is a multiple of b."""
    unit = min(values[name].shape[axis] for name, axis in axes.items())
    (b,) = jax.export.symbolic_shape("b")

    def shape(name: str, array: jax.Array) -> tuple[Any, ...]:
        return tuple(size // unit * b if i == axes.get(name) else size for i, size in enumerate(array.shape))

    return {name: jax.ShapeDtypeStruct(shape(name, array), array.dtype) for name, array in values.items()}


def _outputs(function: Callable[..., Any], values: Arrays) -> Arrays:
    outputs, aux = _jit(function)(values)
    return {f"out{i}": output for i, output in enumerate(outputs)} | aux


def _export(op: str) -> None:
    """Exported for a batch of any size, the operator runs on its own and on a larger one."""
    single = alone(op)
    values, _ = single.arguments()
    axes = _batch_axes(op, values)
    assert axes, "no input has a batch"
    exported = jax.export.export(jax.jit(single.run.forward))(_symbolic(values, axes))
    found = _outputs(exported.call, values)
    single.compare(found, {name: found for name, found in single.results.items() if name.startswith("out")})
    larger = {n: np.concatenate([a, a], axes[n]) if n in axes else a for n, a in values.items()}
    single.compare(_outputs(exported.call, larger), _outputs(single.run.forward, larger))


class _JittedRun(CaseRun):
    """Differentiates from outside what is jitted."""

    def forward(self, values: Mapping[str, Any]) -> tuple[list[Any], Arrays]:
        return jax.jit(super().forward)(values)


def _gradient(op: str) -> None:
    """Gradients of a jitted operator and jitted gradients agree: its own rules lean on no surrounding trace."""
    single = alone(op)
    single.compare(_JittedRun(single.case).results(*single.arguments()), single.results)


TRANSFORMATIONS = {"vmap": _vmap, "export": _export, "gradient": _gradient}


def _parameters() -> list[Any]:
    """Each operator with each transformation that means something for it; exceptions must fail."""
    found = []
    for op, case in CASES.items():
        for name in TRANSFORMATIONS:
            if case.gradient_inputs() if name == "gradient" else case.inputs:
                reason = EXCEPTIONS[name].get(op)
                marks = [] if reason is None else [pytest.mark.xfail(reason=reason, strict=True)]
                found.append(pytest.param(op, name, marks=marks))
    return found


@pytest.mark.parametrize(("op", "transformation"), _parameters())
def test_transformation(op: str, transformation: str) -> None:
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        TRANSFORMATIONS[transformation](op)
