"""`mx.viz` against MXNet 1.9.1: every scenario of `tests.oracle.visualization_scenarios` gives MXNet's facts."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

import gluax.symbol as sym
from gluax import visualization
from gluax.errors import MissingExtraError
from gluax.symbol import naming
from tests.oracle.visualization_scenarios import NETWORKS, SCENARIOS, without_graphviz

GLUAX = SimpleNamespace(sym=sym, name=naming, AttrScope=naming.AttrScope, viz=visualization)


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    SCENARIOS.check(name, GLUAX)


@pytest.mark.parametrize("name", NETWORKS)
def test_graphviz_writes_the_same_source(name: str) -> None:
    """What graphviz makes of our picture is what it makes of MXNet's."""
    graphviz = pytest.importorskip("graphviz")
    gold: Any = json.loads(SCENARIOS.path.read_text())["pictures_with_shapes"][name]
    expected = graphviz.Digraph(**gold[0])
    for kind, attrs in gold[1:]:
        getattr(expected, kind)(**attrs)
    build, shapes = NETWORKS[name]
    with naming.NameManager(), naming.AttrScope():
        found = visualization.plot_network(build(sym), shape=shapes)
    assert isinstance(found, graphviz.Digraph)
    assert found.format == "pdf"
    assert found.source == expected.source
    assert "->" in found.source or name == "variable"


def test_the_missing_extra_is_named() -> None:
    with pytest.raises(MissingExtraError, match=r"requires graphviz.*pip install 'gluax\[viz\]'"):
        without_graphviz(GLUAX, sym.var("data"))
