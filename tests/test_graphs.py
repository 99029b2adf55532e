"""Whole graphs exported by real MXNet (tests/oracle/make_graphs.py): outputs and gradients, eager and jitted."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gluax.ir.json_reader import read_symbol_file
from gluax.ir.params_reader import read_params, split_prefixes
from gluax.lowering.infer import infer
from gluax.lowering.program import Program
from tests.compare import assert_close

FOLDERS = sorted(path.parent for path in (Path(__file__).parent / "golden" / "graphs").glob("*/golden.npz"))

Arrays = dict[str, np.ndarray]


def values_of(folder: Path, gold: Arrays) -> Arrays:
    """Inputs and parameters of a graph."""
    arrays = read_params(folder / "model-0000.params").arrays
    stored = split_prefixes(arrays) if isinstance(arrays, dict) else split_prefixes({})
    return {**stored.arg, **stored.aux, **{name[3:]: gold[name] for name in gold if name.startswith("in:")}}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_against_gold(folder: Path) -> None:
    with np.load(folder / "golden.npz") as file:
        gold = dict(file)
    program = Program(read_symbol_file(folder / "model-symbol.json"))
    training = str(gold["mode"]) == "training"
    heads = [jnp.asarray(gold[name]) for name in sorted(gold) if name.startswith("head:")]
    wanted = [name[5:] for name in gold if name.startswith("grad:")]
    expected = {name: value for name, value in gold.items() if name.startswith(("out:", "grad:"))}

    def run(values: dict[str, jax.Array]) -> dict[str, jax.Array]:
        def forward(chosen: dict[str, jax.Array]) -> list[jax.Array]:
            return program({**values, **chosen}, training=training)[0]

        outputs, pull = jax.vjp(forward, {name: values[name] for name in wanted})
        found = {f"out:{index:02}": output for index, output in enumerate(outputs)}
        return found | ({f"grad:{name}": value for name, value in pull(heads)[0].items()} if heads else {})

    with jax.numpy_dtype_promotion("strict"):
        values = {name: jnp.asarray(value) for name, value in values_of(folder, gold).items()}
        for mode, function in {"eager": run, "jitted": jax.jit(run)}.items():
            found = function(values)
            assert set(found) == set(expected)
            for name, value in found.items():
                assert_close(value, expected[name], name=f"{folder.name} {mode} {name}")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_shapes_of_parameters_follow_from_the_inputs(folder: Path) -> None:
    with np.load(folder / "golden.npz") as file:
        gold = dict(file)
    values = values_of(folder, gold)
    graph = read_symbol_file(folder / "model-symbol.json")
    given = {name[3:]: array.shape for name, array in gold.items() if name.startswith("in:")}
    found = infer(graph, given)
    for node in graph.variables:
        shape = found.shapes[id(node), 0]
        assert shape is None or shape == values[node.name].shape, node.name
