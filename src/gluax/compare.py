"""Where two runs part: of two models, or of one in two forms, types or places, or against recorded values.

`record` keeps every value inside a model; `compare` walks two such recordings in graph order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from gluax.compile.options import options_for, platform_of
from gluax.errors import ArgumentError
from gluax.jax_model import Model
from gluax.lowering.program import Program
from gluax.passes.channels_last import channels_last_nodes
from gluax.symbol.listing import named_internals, output_name, suggestion

Arrays = Mapping[str, np.ndarray]

# An array below this is mostly what is left of terms that cancel, so its own size is no measure of an error in it.
NEAR_ZERO = 1e-2

# What rounding makes of a whole network's values.
_TOLERANCES = {"float32": 1e-4, "float16": 1e-2, "bfloat16": 5e-2}


@dataclass(frozen=True, eq=False)
class Recording:
    """What a model computed, on the host.

    Attributes:
      values: by name, in graph order: what operators put out, and the outputs.
      outputs: names and values of the outputs, in their order; none for values from a file.
      operators: the operator behind each value, where there is one.
    """

    values: Arrays
    outputs: tuple[tuple[str, np.ndarray], ...] = ()
    operators: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """How one value differs.

    Attributes:
      name: of the value; both names for outputs that are called differently.
      operator: what computed it, "" when that is not known.
      error: largest difference, relative to the largest magnitude in either array, or to `NEAR_ZERO` in smaller ones;
        infinite where only one is finite, or the shapes differ.
      beyond: how many elements differ by more than the tolerance.
      size: how many there are.
      index: of the worst element; None when the shapes differ.
      first: the worst element in the first recording; None when the shapes differ.
      second: and in the second.
      shapes: of both.
      dtypes: of both.
    """

    name: str
    operator: str
    error: float
    beyond: int
    size: int
    index: tuple[int, ...] | None
    first: float | None
    second: float | None
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    dtypes: tuple[str, str]


@dataclass(frozen=True)
class Comparison:
    """How two recordings differ.

    Attributes:
      tolerance: what differences may be, relative as `Difference.error`.
      differences: of every value that both hold, in graph order.
      only_first: names of values that only the first has.
      only_second: and only the second.
    """

    tolerance: float
    differences: tuple[Difference, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def divergence(self) -> Difference | None:
        """The first value in graph order that differs by more than the tolerance."""
        return next((found for found in self.differences if found.error > self.tolerance), None)

    def worst(self, count: int) -> list[Difference]:
        """The values that differ most, the worst first."""
        return sorted(self.differences, key=lambda found: -found.error)[:count]


def record(model: Model, inputs: Mapping[str, Any], device: Any = None) -> Recording:
    """Run a model compiled, at inference, and keep every value inside.

    What the passes made channels-last is turned back, so that it compares with the model as it was.

    Args:
      model: the model.
      inputs: arrays by name.
      device: the `jax.Device` to run on, the default one without. Random operators draw from key 0.
    """
    variables, given, key = jax.device_put((model.variables, dict(inputs), jax.random.key(0)), device)
    names = {name for group in model.variables.values() for name in group}
    entries = named_internals(Program(model.graph, names | set(inputs)))
    run = jax.jit(lambda variables, given, key: model.apply(variables, rng=key, taps=".*", **given))
    lowered = run.lower(variables, given, key)
    found, tapped = jax.device_get(lowered.compile(options_for(platform_of([key])))(variables, given, key))
    last = channels_last_nodes(model.graph)
    outputs = tuple(zip(map(output_name, model.graph.heads), found if isinstance(found, tuple) else (found,)))
    values = {
        name: np.moveaxis(tapped[name], -1, 1) if id(entry.node) in last else tapped[name]
        for name, entry in entries.items()
    }
    values.update((name, value) for name, value in outputs if name not in values)  # variables among the heads
    return Recording(values, outputs, {name: entry.node.op or "" for name, entry in entries.items()})


def compare(first: Recording, second: Recording, tolerance: float | None = None) -> Comparison:
    """Compare what two recordings share: values of one name, and outputs of any name by their order.

    Args:
      first: its order is the order of the comparison.
      second: the other.
      tolerance: what differences may be, relative to the largest magnitude in an array; by default 1e-4, and more where
        there are values of 16 bits: 1e-2 for float16, 5e-2 for bfloat16.

    Raises:
      ArgumentError: when the models have different numbers of outputs, or values from a file no name in common.
    """
    shared = [name for name in first.values if name in second.values]
    pairs = [(name, name, first.values[name], second.values[name]) for name in shared]
    if first.outputs and second.outputs:
        if len(first.outputs) != len(second.outputs):
            raise ArgumentError(f"the models have {len(first.outputs)} and {len(second.outputs)} outputs")
        matched = set(shared)
        for (name, a), (other, b) in zip(first.outputs, second.outputs):
            if name != other or name not in matched:
                pairs.append((name, f"{name} / {other}", a, b))
    if not pairs:
        name = next(iter(second.values), "")
        raise ArgumentError(f"the model has no value {name!r}, as the recording{suggestion(name, first.values)}")
    if tolerance is None:
        types = {array.dtype.name for found in (first, second) for array in found.values.values()}
        tolerance = max(limit for name, limit in _TOLERANCES.items() if name in types or name == "float32")
    return Comparison(
        tolerance,
        tuple(_difference(shown, first.operators.get(name, ""), a, b, tolerance) for name, shown, a, b in pairs),
        tuple(name for name in first.values if name not in second.values),
        tuple(name for name in second.values if name not in first.values),
    )


def _difference(name: str, operator: str, a: np.ndarray, b: np.ndarray, tolerance: float) -> Difference:
    shapes, dtypes = (a.shape, b.shape), (a.dtype.name, b.dtype.name)
    if a.shape != b.shape:
        return Difference(name, operator, float("inf"), a.size, a.size, None, None, None, shapes, dtypes)
    if not a.size:
        return Difference(name, operator, 0.0, 0, 0, None, None, None, shapes, dtypes)
    a, b = a.astype("float64"), b.astype("float64")
    finite = np.isfinite(a) & np.isfinite(b)
    magnitude = max(np.max(np.abs(values), where=np.isfinite(values), initial=NEAR_ZERO) for values in (a, b))
    with np.errstate(invalid="ignore"):
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        errors = np.where(finite, np.abs(a - b) / magnitude, np.where(same, 0.0, np.inf))
    worst = np.unravel_index(np.argmax(errors), errors.shape)
    return Difference(
        name, operator, float(errors[worst]), int(np.sum(errors > tolerance)), a.size,
        tuple(map(int, worst)), float(a[worst]), float(b[worst]), shapes, dtypes,
    )  # fmt: skip
