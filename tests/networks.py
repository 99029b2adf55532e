"""Small graphs and files for the tests, built without MXNet."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

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
