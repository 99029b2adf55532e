"""Every operator of MXNet 1.9.1 is registered and tested, or left out with advice; the page on them is current."""

from __future__ import annotations

import json

import pytest
from tools.make_operator_table import TARGET, faults, names_in_mxnet, render, rows

import gluax as mx
from gluax.errors import UnsupportedOperatorError
from gluax.ops import registry
from gluax.ops._excluded import EXCLUDED

NAMES = names_in_mxnet()


def test_every_operator_is_tested() -> None:
    assert not faults(rows())


def test_page_is_current() -> None:
    assert TARGET.read_text() == render(rows()), "run `python -m tools.make_operator_table`"


def test_every_name_is_registered_or_left_out() -> None:
    custom = {"Custom", "_npi_Custom"}  # an operator of its own for each op_type
    missing = [name for name in NAMES if name not in EXCLUDED and name not in custom and registry.find(name) is None]
    assert not missing
    assert not [name for name in EXCLUDED if registry.find(name) is not None or name not in NAMES]


def test_aliases_are_those_of_mxnet() -> None:
    wrong = [name for name, own in NAMES.items() if (found := registry.find(name)) and found.name != own]
    assert wrong == ["_npi_det", "_npi_slogdet"]  # of one matrix they give a scalar, _linalg_det a vector


@pytest.mark.parametrize("name", sorted(EXCLUDED))
def test_left_out_operators_say_what_to_use(name: str) -> None:
    nodes = [{"op": "null", "name": "data", "inputs": []}, {"op": name, "name": "node", "inputs": [[0, 0, 0]]}]
    text = json.dumps({"nodes": nodes, "arg_nodes": [0], "heads": [[1, 0, 0]]})
    with pytest.raises(UnsupportedOperatorError) as caught:
        mx.gluon.SymbolBlock(mx.sym.load_json(text), [mx.sym.var("data")])
    assert EXCLUDED[name] in str(caught.value)
    assert f"{name}: 1 (node)" in str(caught.value)


def test_left_out_functions_say_what_to_use() -> None:
    for module in (mx.nd, mx.sym):
        with pytest.raises(AttributeError, match="dense arrays"):
            _ = module.contrib.dgl_subgraph
