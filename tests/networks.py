"""Small graphs and files for the tests, built without MXNet."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import gluax
from gluax.gluon import SymbolBlock

DIGITS = Path(str(files("gluax") / "demo"))
DIGITS_FILES = (DIGITS / "digits-symbol.json", DIGITS / "digits-0000.params")


def digits_block() -> SymbolBlock:
    """The classifier that the package ships: convolutions, BatchNorm, pooling, dropout, dense."""
    return SymbolBlock.imports(DIGITS_FILES[0], ["data"], DIGITS_FILES[1])


def digits_model() -> gluax.Model:
    return gluax.load(*DIGITS_FILES)


def pictures(count: int = 4) -> np.ndarray:
    """Test images (count, 1, 8, 8) in [0, 1]."""
    with np.load(DIGITS / "digits-test.npz") as file:
        return file["images"][:count, None].astype("float32") / 16


def slashed_model() -> gluax.Model:
    """Three inputs a row through dense layers, BatchNorm and dropout; names with dots, slashes and brackets."""
    hidden = gluax.sym.FullyConnected(gluax.sym.var("data"), num_hidden=4, name="stage1/unit.0(s/2)")
    dropped = gluax.sym.Dropout(gluax.sym.BatchNorm(hidden, fix_gamma=False, name="bn"), p=0.5, name="drop")
    out = gluax.sym.FullyConnected(dropped, num_hidden=2, name="out")
    random = np.random.default_rng(1)
    shapes, _, states = out.infer_shape(data=(1, 3))

    def draw(names: list[str], sizes: Any) -> dict[str, jax.Array]:
        drawn = {name: random.uniform(0.5, 1.5, size) for name, size in zip(names, sizes) if name != "data"}
        return {name: jnp.asarray(array, "float32") for name, array in drawn.items()}

    variables = {
        "params": draw(out.list_arguments(), shapes),
        "aux": draw(out.list_auxiliary_states(), states),
    }
    return gluax.Model(out.graph, variables, ["data"])
