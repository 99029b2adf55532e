"""Two runs of a model compared: a damaged weight is found at its node, and the passes change no named value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import gluax as mx
from gluax import errors
from gluax.compare import Recording, compare, record
from gluax.forms import doubled, rewritten
from gluax.ir.graph import Entry, Graph, Node
from gluax.jax_model import Model
from tests.networks import slashed_model
from tests.test_cli import run

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
LAYER = "stage1/unit.0(s/2)"


def damaged(model: Model, weight: str, index: tuple[int, ...], by: float) -> Model:
    params = dict(model.variables["params"])
    params[weight] = params[weight].at[index].add(by)
    return Model(model.graph, {**model.variables, "params": params}, model.input_names)


def one_operator(op: str, name: str) -> Model:
    return Model(Graph([Entry(Node(op, name, [Entry(Node(None, "data"))]))]), {"params": {}, "aux": {}}, ["data"])


@pytest.fixture(scope="module")
def good() -> Recording:
    return record(slashed_model(), {"data": X})


@pytest.fixture(scope="module")
def bad() -> Recording:
    return record(damaged(slashed_model(), f"{LAYER}_weight", (2, 1), 0.5), {"data": X})


def test_a_damaged_weight_is_found_at_its_node(good: Recording, bad: Recording) -> None:
    result = compare(good, bad)
    found, name = result.divergence, f"{LAYER}_output"
    assert found is not None
    assert (found.name, found.operator) == (name, "FullyConnected")
    differs = np.abs(good.values[name] - bad.values[name])
    assert found.index is not None
    assert found.index == np.unravel_index(differs.argmax(), differs.shape)
    assert found.index[1] == 2
    assert found.first == good.values[name][found.index]
    assert found.second == bad.values[name][found.index]
    assert 0 < found.beyond <= found.size // 4
    assert result.worst(1)[0].error == max(difference.error for difference in result.differences)


def test_values_before_the_damage_agree(good: Recording) -> None:
    result = compare(good, record(damaged(slashed_model(), "out_bias", (0,), 1.0), {"data": X}))
    assert result.divergence is not None
    assert result.divergence.name == "out_output"
    assert [difference.error for difference in result.differences[:-1]] == [0, 0, 0]


def test_the_same_twice(good: Recording) -> None:
    result = compare(good, good, 0.0)
    assert result.divergence is None
    assert [difference.name for difference in result.differences] == list(good.values)
    assert result.only_first == result.only_second == ()


def branching_model() -> tuple[Model, dict[str, np.ndarray]]:
    """BatchNorm after a layer, a sum and a concatenation of layers, dense layers of one input, and an RNN."""
    sym, random = mx.sym, np.random.default_rng(2)

    def convolution(data: Any, name: str) -> Any:
        return sym.Convolution(data, num_filter=2, kernel=(3, 3), pad=(1, 1), name=name)

    def normal(data: Any, name: str) -> Any:
        return sym.BatchNorm(data, fix_gamma=False, name=name)

    data = sym.var("data")
    one = sym.relu(normal(convolution(data, "conv0"), "bn0"), name="relu0")
    two = normal(convolution(one, "conv1") + convolution(data, "conv2"), "bn1")
    three = normal(sym.Concat(convolution(two, "conv3"), convolution(one, "conv4"), name="cat"), "bn2")
    pooled = sym.Pooling(three, kernel=(2, 2), stride=(2, 2), pool_type="max", name="pool")
    heads = [sym.FullyConnected(pooled, num_hidden=2, name=f"dense{i}") for i in range(2)]
    steps = sym.expand_dims(heads[0] * heads[1], axis=0, name="steps")
    zeros = sym.zeros((1, 2, 2), name="start")
    end = sym.RNN(steps, sym.var("rnn"), zeros, mode="gru", state_size=2, num_layers=1, state_outputs=True, name="gru")
    shapes, _, states = end.infer_shape(data=(2, 2, 4, 4))
    draw = lambda shape: jax.numpy.asarray(random.uniform(0.5, 1.5, shape), "float32")  # noqa: E731
    inputs = {"data": random.normal(size=(2, 2, 4, 4)).astype("float32")}
    params = {name: draw(shape) for name, shape in zip(end.list_arguments(), shapes) if name != "data"}
    aux = {name: draw(shape) for name, shape in zip(end.list_auxiliary_states(), states)}
    return Model(end.graph, {"params": params, "aux": aux}, ["data"]), inputs


def test_passes_keep_what_names_mean() -> None:
    model, inputs = branching_model()
    result = compare(record(model, inputs), record(rewritten(model, inputs), inputs))
    assert result.divergence is None
    names = {difference.name for difference in result.differences}
    assert {"bn0_output", "relu0_output", "bn1_output", "bn2_output", "dense1_output", "gru_state_output"} <= names
    assert not names & {"conv0_output", "conv1_output", "cat_output"}


def test_other_types(good: Recording) -> None:
    model, inputs = slashed_model(), {"data": X}
    with pytest.raises(errors.ArgumentError, match="enable_x64"):
        doubled(model, inputs)
    with jax.enable_x64(True):
        double = record(*doubled(model, inputs))
    exact = compare(good, double, 1e-5)
    assert exact.divergence is None
    assert {difference.dtypes for difference in exact.differences} == {("float32", "float64")}
    assert exact.worst(1)[0].error > 0
    low = record(rewritten(model, inputs, precision="bfloat16"), inputs)
    assert compare(good, low).divergence is None
    rough = compare(good, low, 1e-5).divergence
    assert rough is not None
    assert rough.name == "bn_output"


def recording(values: Mapping[str, Any], outputs: Mapping[str, Any] | None = None) -> Recording:
    arrays = {name: np.asarray(value) for name, value in values.items()}
    return Recording(arrays, tuple((name, np.asarray(value)) for name, value in (outputs or {}).items()))


@pytest.mark.parametrize(
    ("a", "b", "error", "index"),
    [
        ([1.0, 2.0, 4.0], [1.0, 2.0, 3.0], 0.25, (2,)),
        ([1e-9, 0.0], [0.0, 0.0], 1e-7, (0,)),
        ([np.nan, np.inf, 1.0], [np.nan, np.inf, 1.0], 0.0, (0,)),
        ([1.0, np.nan], [1.0, 1.0], np.inf, (1,)),
        ([1.0, np.inf], [1.0, -np.inf], np.inf, (1,)),
        ([[True, False]], [[True, True]], 1.0, (0, 1)),
        ([1.0, 2.0], [[1.0, 2.0]], np.inf, None),
        ([], [], 0.0, None),
    ],
    ids=["largest", "near zero", "same", "nan", "infinities", "bool", "shapes", "empty"],
)
def test_measure(a: Any, b: Any, error: float, index: tuple[int, ...] | None) -> None:
    (found,) = compare(recording({"x": a}), recording({"x": b})).differences
    assert found.error == pytest.approx(error)
    assert found.index == index


def test_outputs_are_matched_by_order_when_names_differ() -> None:
    x = {"data": np.linspace(-1, 1, 5, dtype="float32")}
    result = compare(record(one_operator("tanh", "a"), x), record(one_operator("sigmoid", "b"), x))
    assert result.divergence is not None
    assert result.divergence.name == "a_output / b_output"
    assert (result.only_first, result.only_second) == (("a_output",), ("b_output",))
    with pytest.raises(errors.ArgumentError, match="1 and 2 outputs"):
        compare(recording({}, {"a": 1}), recording({}, {"a": 1, "b": 2}))
    with pytest.raises(errors.ArgumentError, match="did you mean 'fc1_output'"):
        compare(recording({"fc1_output": 1}), recording({"fc_output": 1}))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    prefix = tmp_path_factory.mktemp("model") / "model"
    slashed_model().save(prefix)
    return [f"{prefix}-symbol.json", f"{prefix}-0000.params"]


@pytest.fixture
def gluax(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *args: run(capsys, monkeypatch, "compare", *args)


def test_command_finds_the_damage(gluax, files: list[str], tmp_path: Path) -> None:
    damaged(slashed_model(), "out_bias", (1,), np.nan).save(tmp_path / "bad")
    others = [str(tmp_path / "bad-symbol.json"), str(tmp_path / "bad-0000.params")]
    code, out, _ = gluax(*files, *others, "-i", "data=2,3", "--worst", "1")
    assert code == 1
    assert "the runs part at out_output (FullyConnected): 2 of 4 elements differ; worst at (0, 1): " in out
    code, out, _ = gluax(*files, *others, "-i", "data=2,3", "--json")
    assert code == 1
    report = json.loads(out)
    assert not report["ok"]
    assert (report["divergence"]["name"], report["divergence"]["error"]) == ("out_output", "Infinity")


def test_command_compares_with_recorded_values(gluax, files: list[str], tmp_path: Path, good: Recording) -> None:
    golden = tmp_path / "golden.npz"
    np.savez(golden, data=X, out_output=good.values["out_output"])
    code, out, _ = gluax(*files, "--golden", str(golden), "--json")
    assert code == 0
    assert [difference["name"] for difference in json.loads(out)["differences"]] == ["out_output"]
    code, _, err = gluax(*files, "--golden", files[1])
    assert code == 2
    assert "['data'] are not among the recorded values" in err


@pytest.mark.parametrize("options", [["--dtype", "float64"], ["--static", "--dtype", "bfloat16"]], ids=" ".join)
def test_command_compares_forms(gluax, files: list[str], options: list[str]) -> None:
    code, out, _ = gluax(*files, "-i", "data=2,3", *options)
    assert code == 0
    assert "the runs agree" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "nothing to compare with"),
        (["--golden", "x.npz", "--static"], "--golden"),
        (["--other-device", "abacus"], "abacus"),
    ],
)
def test_command_mistakes(gluax, files: list[str], options: list[str], message: str) -> None:
    code, _, err = gluax(*files, "-i", "data=2,3", *options)
    assert code == 2
    assert message in err
