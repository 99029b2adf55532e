"""The same key gives the same numbers in every way of running a model, and another key others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import gluax
from gluax import keys
from gluax.gluon import SymbolBlock
from gluax.ir.params_writer import write_params
from tests.oracle.case import spell

DATA = np.random.RandomState(0).uniform(0.1, 0.3, (4, 3)).astype("float32")
# Operator, attributes, and inputs: the data, a part of it, or nothing.
DRAWS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("_random_normal_like", {}, ["data"]),
    ("_random_randint", {"low": 0, "high": 1000, "shape": (5,)}, []),
    ("_sample_gamma", {"shape": (2,)}, ["data", "data"]),
    ("_sample_multinomial", {"shape": (20,)}, ["data"]),
    ("_shuffle", {}, ["data"]),
    ("_sample_unique_zipfian", {"range_max": 100, "shape": (2, 3)}, []),
    ("_npi_normal", {"loc": None, "scale": 2.0}, ["data"]),
    ("_npi_bernoulli", {"prob": 0.5, "logit": None, "is_logit": False, "size": (30,)}, []),
    ("_npi_choice", {"a": 1000, "size": (5,), "replace": False}, []),
    ("_npi_multinomial", {"n": 100, "pvals": (0.3, 0.3, 0.4)}, []),
    ("_image_random_color_jitter", {"brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "hue": 0.2}, ["image"]),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model that draws with every operator of the table, after nodes that static execution moves away."""
    names = ["data", "weight", "image", "fixed", "shifted"]
    nodes: list[dict[str, Any]] = [
        {"op": "null", "name": "data", "inputs": []},
        {"op": "null", "name": "weight", "inputs": []},
        {"op": "expand_dims", "name": "image", "attrs": {"axis": "0"}, "inputs": [[0, 0, 0]]},
        {"op": "relu", "name": "fixed", "inputs": [[1, 0, 0]]},
        {"op": "broadcast_add", "name": "shifted", "inputs": [[0, 0, 0], [3, 0, 0]]},
    ]
    heads = [[4, 0, 0]]
    for number, (op, attrs, inputs) in enumerate(DRAWS):
        texts = {name: spell(value) for name, value in attrs.items()}
        sources = [[names.index(name), 0, 0] for name in inputs]
        heads.append([len(nodes), 0, 0])
        nodes.append({"op": op, "name": f"draw{number}", "attrs": texts, "inputs": sources})
    folder = tmp_path_factory.mktemp("random")
    graph = {"nodes": nodes, "arg_nodes": [0, 1], "heads": heads, "attrs": {"mxnet_version": ["int", 10901]}}
    (folder / "net-symbol.json").write_text(json.dumps(graph))
    write_params(folder / "net-0000.params", {"arg:weight": np.ones((1, 3), np.float32)})
    return folder / "net-symbol.json", folder / "net-0000.params"


def drawn(block: SymbolBlock, seed: int, calls: int = 1) -> list[np.ndarray]:
    """The outputs of the last of some calls."""
    gluax.random.seed(seed)
    for _ in range(calls):
        found = block(DATA)
    return [np.asarray(array) for array in found]


def same(first: list[np.ndarray], second: list[np.ndarray]) -> list[bool]:
    return [np.array_equal(a, b) for a, b in zip(first, second, strict=True)]


def test_all_ways_draw_the_same(files: tuple[Path, Path]) -> None:
    found = {}
    for mode, flags in {
        "eager": None,
        "hybridized": {},
        "static": {"static_alloc": True, "static_shape": True},
    }.items():
        block = SymbolBlock.imports(str(files[0]), ["data"], str(files[1]))
        if flags is not None:
            block.hybridize(**flags)
        found[mode] = drawn(block, 7)
        assert all(same(found[mode], drawn(block, 7)))
        # The first output draws nothing.
        assert not any(same(found[mode], drawn(block, 8))[1:]), mode
        assert not any(same(found[mode], drawn(block, 7, calls=2))[1:]), mode
    gluax.random.seed(7)
    model = gluax.load(*files)
    found["model"] = [np.asarray(array) for array in jax.jit(model.apply)(model.variables, DATA, rng=keys.next_key())]
    for mode in ("hybridized", "static", "model"):
        # A fused computation may round its last bit in another way.
        for number, (value, expected) in enumerate(zip(found[mode], found["eager"], strict=True)):
            what = f"{mode} {(['none'] + [op for op, _, _ in DRAWS])[number]}"
            np.testing.assert_allclose(value, expected, rtol=2e-6, err_msg=what)
