"""What nodes cost: operations and bytes by XLA's counts, and the command; times are only there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import gluax
from gluax import errors
from gluax.compile.rates import Rates
from gluax.profile import NodeCost, profile
from tests.networks import slashed_model
from tests.test_cli import run

RATES = Rates(1e9, 1e9)


def test_nodes_of_a_network() -> None:
    model = slashed_model()
    found = profile(model, {"data": np.ones((100, 3), "float32")}, runs=1, rates=RATES)
    nodes = {node.name: node for node in found.nodes}
    assert list(nodes) == [node.name for node in model.graph.nodes if not node.is_variable]
    dense = nodes["stage1/unit.0(s/2)"]
    assert dense.operator == "FullyConnected"
    assert dense.flops == pytest.approx(2 * 100 * 3 * 4, rel=0.2)  # and the bias
    assert dense.bytes is not None
    assert dense.bytes >= 4 * (100 * 3 + 4 * 3 + 4 + 100 * 4)
    assert all(node.seconds > 0 for node in found.nodes)
    assert found.seconds > 0
    assert found.idle_seconds > 0


def test_equal_nodes_and_subgraphs() -> None:
    data = gluax.sym.var("data")
    twice = gluax.sym.tanh(gluax.sym.tanh(data, name="first"), name="second")
    out, _ = gluax.sym.contrib.foreach(
        lambda x, total: (x + total, x + total), twice, gluax.sym.zeros((2,)), name="sum"
    )
    model = gluax.Model(out.graph, {"params": {}, "aux": {}}, ["data"])
    found = profile(model, {"data": np.ones((3, 2), "float32")}, runs=1, rates=RATES)
    operators = [node.operator for node in found.nodes]
    assert (operators.count("tanh"), operators.count("_foreach")) == (2, 1)


def test_operators_that_look_at_values_are_refused() -> None:
    out = gluax.sym.contrib.boolean_mask(gluax.sym.var("data"), gluax.sym.var("mask"), name="picked")
    model = gluax.Model(out.graph, {"params": {}, "aux": {}}, ["data", "mask"])
    with pytest.raises(errors.GluaxError, match="boolean_mask"):
        profile(model, {"data": np.ones((3, 2), "float32"), "mask": np.ones(3, "float32")}, runs=1, rates=RATES)


@pytest.mark.parametrize(
    ("flops", "touched", "least"), [(100.0, 10.0, 10.0), (10.0, 100.0, 20.0), (None, 10.0, 2.0), (None, None, 0.0)]
)
def test_least_seconds(flops: float | None, touched: float | None, least: float) -> None:
    assert NodeCost("n", "op", 1.0, flops, touched).least_seconds(Rates(products=10.0, copies=5.0)) == least


def test_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("gluax.profile.measure_rates", lambda dtype: RATES)
    monkeypatch.setenv("COLUMNS", "200")
    slashed_model().save(tmp_path / "m")
    arguments = ("profile", f"{tmp_path}/m-symbol.json", f"{tmp_path}/m-0000.params", "-i", "data=2,3", "--runs", "1")
    code, out, _ = run(capsys, monkeypatch, *arguments, "--json", "--trace", str(tmp_path / "trace"))
    assert code == 0
    report = json.loads(out)
    assert sum(row["share"] for row in report["nodes"]) == pytest.approx(1)
    assert report["nodes_seconds"] == pytest.approx(sum(row["seconds"] for row in report["nodes"]))
    for ending in (".xplane.pb", "perfetto_trace.json.gz"):
        assert list((tmp_path / "trace").rglob(f"*{ending}"))
    code, out, _ = run(capsys, monkeypatch, *arguments, "--static", "--top", "2")
    assert code == 0
    assert "the slowest 2 of 2 nodes" in out  # the layers: BatchNorm is folded, dropout gone
    code, _, err = run(capsys, monkeypatch, *arguments[:3])
    assert code == 2
    assert "inputs ['data'] need --input" in err
