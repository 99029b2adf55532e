"""Running a `Case` in gluax: outputs, gradients and auxiliary states, named as in the gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np

from gluax.compile.eager import EagerExecutor
from gluax.compile.options import known_options
from gluax.ir.json_reader import read_symbol
from gluax.lowering.program import Program
from tests.oracle.case import Case

Arrays = dict[str, Any]

# The compiler's effort does not change what is computed; a case runs once, so compiling is nearly all of its time.
_LESS_EFFORT = {
    "cpu": {
        "xla_backend_optimization_level": 0,
        "xla_llvm_disable_expensive_passes": True,
        "xla_cpu_use_fusion_emitters": False,
        "xla_cpu_parallel_codegen_split_count": 1,
    },
    "gpu": {"xla_gpu_autotune_level": 0},
}
FAST_COMPILE = known_options(_LESS_EFFORT.get(jax.default_backend(), {}), jax.default_backend())


class CaseRun:
    """A case as a function of arrays; one serves all cases that differ in their data only.

    Everything runs with double precision and 64-bit integers, which are real in MXNet, and with strict promotion.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.program = Program(read_symbol(case.symbol_json()))
        self.training = case.training or bool(case.gradient_inputs())
        calls = [step.call for step in self.program.steps]
        self.looks = any(c.operator.looks is not None and c.operator.looks(c.attrs) for c in calls)

    def forward(self, values: Mapping[str, Any]) -> tuple[list[Any], Arrays]:
        """The outputs and the new auxiliary states."""
        return self.program(values, training=self.training, key=jax.random.key(self.case.seed))

    def eager(self, values: Mapping[str, Any]) -> list[Any]:
        """The outputs, as of a block that is not hybridized."""
        key = jax.random.key(self.case.seed)
        return EagerExecutor(self.program)(values, training=self.training, key=key)

    def results(self, values: Mapping[str, Any], heads: Sequence[Any]) -> Arrays:
        """Everything gold holds of the case; traceable."""
        wanted = {f"in{i}": values[f"in{i}"] for i in self.case.gradient_inputs()}
        rest = {name: value for name, value in values.items() if name not in wanted}
        gradients: Arrays = {}
        if wanted:
            (outputs, aux), pull = jax.vjp(lambda w: self.forward({**rest, **w}), wanted)
            found = [_head(output, head) for output, head in zip(outputs, heads, strict=True)]
            (gradients,) = pull((found, jax.tree.map(jax.numpy.zeros_like, aux)))
        else:
            outputs, aux = self.forward(values)
        return {
            **{f"out{i}": output for i, output in enumerate(outputs)},
            **{f"grad{name[2:]}": value for name, value in gradients.items()},
            **{f"aux{name[2:]}": value for name, value in aux.items() if self.case.training or self.case.inplace},
        }


def arrays_of(case: Case) -> Arrays:
    """The inputs by variable."""
    return {f"in{i}": jax.numpy.asarray(array) for i, array in enumerate(case.arrays())}


def heads_of(case: Case, expected: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The gradients of the outputs that MXNet was given, whose shapes and dtypes are those of its outputs."""
    if not case.gradient_inputs():
        return []
    outputs = [expected[f"out{i}"] for i in range(sum(name.startswith("out") for name in expected))]
    return [case.head_gradient(i, output.shape, output.dtype.name) for i, output in enumerate(outputs)]


def _head(output: Any, head: Any) -> Any:
    assert (output.shape, output.dtype) == (head.shape, head.dtype), (
        f"an output is {output.dtype}{list(output.shape)}, expected {head.dtype}{list(head.shape)}"
    )
    if jax.dtypes.issubdtype(output.dtype, np.inexact):
        return head
    return np.zeros(output.shape, jax.dtypes.float0)
