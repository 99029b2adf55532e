"""Whole models with outputs recorded from MXNet 1.9.1, and the ways gluax runs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

import gluax
from gluax.symbol import Group
from tests.compare import assert_close

MODES = {
    "eager": {"active": False},
    "hybridized": {"active": True},
    "static": {"active": True, "static_alloc": True, "static_shape": True},
}


@dataclass(frozen=True)
class Golden:
    """A recorded run: files, inputs by name, outputs in head order, and how close to be."""

    symbol: Path
    params: Path
    inputs: dict[str, np.ndarray]
    outputs: list[np.ndarray]
    heads: tuple[str, ...] = ()
    rtol: float = 1e-5
    atol: float = 1e-9


def numbered(arrays: dict[str, np.ndarray], kind: str) -> list[np.ndarray]:
    """The arrays ``kind:00...``, ``kind:01...`` in order."""
    return [arrays[key] for key in sorted(arrays) if key.startswith(f"{kind}:")]


def named(arrays: dict[str, np.ndarray], kind: str) -> dict[str, np.ndarray]:
    """The arrays ``kind:<name>`` by name."""
    return {key[len(kind) + 1 :]: value for key, value in arrays.items() if key.startswith(f"{kind}:")}


def read_npz(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return dict(file)


def import_block(golden: Golden) -> gluax.gluon.SymbolBlock:
    block = gluax.gluon.SymbolBlock.imports(golden.symbol, list(golden.inputs), golden.params)
    if not golden.heads:
        return block
    internals = gluax.sym.load(str(golden.symbol)).get_internals()
    inputs = [gluax.sym.var(name) for name in golden.inputs]
    return gluax.gluon.SymbolBlock(Group([internals[head] for head in golden.heads]), inputs, block.collect_params())


def load_model(golden: Golden) -> gluax.Model:
    return gluax.load(golden.symbol, golden.params, inputs=list(golden.inputs))


def run_block(golden: Golden, mode: str) -> list[Any]:
    """The outputs in the Gluon door."""
    block = import_block(golden)
    block.hybridize(**MODES[mode])
    return as_list(block(*golden.inputs.values()))


def run_model(golden: Golden) -> list[Any]:
    """The outputs in the JAX door, jitted."""
    model = load_model(golden)
    return as_list(jax.jit(model.apply)(model.variables, *golden.inputs.values()))


def as_list(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def compare_outputs(found: Sequence[Any], golden: Golden, name: str) -> None:
    assert len(found) == len(golden.outputs)
    for index, (actual, expected) in enumerate(zip(found, golden.outputs)):
        assert_close(actual, expected, name=f"{name} output {index}", rtol=golden.rtol, atol=golden.atol)
