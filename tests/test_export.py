"""`gluax.export`: programs that run without gluax, for several platforms and any batch; files of variables."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax
from gluax import errors
from gluax.exporting import PLATFORMS
from tests.networks import digits_model, pictures, slashed_model

ROOT = Path(__file__).resolve().parents[1]
HERE = {"gpu": "cuda"}.get(jax.default_backend(), jax.default_backend())  # as exports name it
X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


@pytest.fixture(scope="module")
def rows() -> gluax.Artifact:
    """Any number of rows of three through dense layers and BatchNorm."""
    return gluax.export(slashed_model(), {"data": ("batch", 3)})


def test_one_program_serves_any_batch(rows: gluax.Artifact, tmp_path: Path) -> None:
    model = slashed_model()
    rows.save(tmp_path / "rows.gluax", vjp_order=1)
    again = gluax.load_compiled(tmp_path / "rows.gluax")
    assert again.input_names == ("data",)
    assert again.signatures == (((("batch", 3), "float32"),),)
    assert again.programs[0].platforms == PLATFORMS
    assert jax.tree.structure(again.variables) == jax.tree.structure(model.variables)
    for count in (2, 5):
        expected = model.apply(model.variables, X[:count])
        np.testing.assert_allclose(rows(X[:count]), expected, rtol=1e-6)
        np.testing.assert_allclose(again(X[:count]), expected, rtol=1e-6)
    with pytest.raises(errors.ArgumentError, match=r"float32\[2, 4\]; it has float32\[batch, 3\]"):
        again(np.zeros((2, 4), "float32"))

    def loss(apply: Any) -> Any:
        return jax.grad(lambda variables: (apply(variables, X) ** 2).sum())(model.variables)

    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4), loss(again.apply), loss(model.apply))


def test_artifacts_work_under_transformations(rows: gluax.Artifact) -> None:
    doubled = jax.tree.map(lambda array: 2 * array, rows.variables)
    expected = slashed_model().apply(doubled, X)
    np.testing.assert_allclose(jax.jit(rows.apply)(doubled, X), expected, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(rows)(X), rows(X), rtol=1e-6)


def test_stablehlo_holds_no_weights(rows: gluax.Artifact) -> None:
    assert "func.func public @main" in rows.stablehlo
    assert "tensor<?x3xf32>" in rows.stablehlo
    assert 'stablehlo.constant dense<"0x' not in rows.stablehlo


def test_constraints_on_sizes() -> None:
    model = slashed_model()
    exported = gluax.export(model, {"data": ("batch", 3)}, platforms=[HERE], constraints=["batch <= 4"])
    assert exported(X[:4]).shape == (4, 2)
    with pytest.raises(errors.ArgumentError, match="batch"):
        exported(X)
    added = gluax.sym.var("a") + gluax.sym.var("b")
    two = gluax.Model(added.graph, {"params": {}, "aux": {}}, ["a", "b"])
    exported = gluax.export(two, {"a": ("n",), "b": ("n",)}, dtypes={"a": "int32", "b": "int32"}, platforms=[HERE])
    assert exported(np.arange(2, dtype="int32"), np.ones(2, "int32")).tolist() == [1, 2]
    with pytest.raises(errors.ArgumentError, match="cannot run on int32"):
        exported(np.arange(2, dtype="int32"), np.ones(3, "int32"))


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        ({}, {}, "inputs"),
        ({"data": (1, 3), "other": (1,)}, {}, "other"),
        ({"data": (1, 3)}, {"dtypes": {"other": "int32"}}, "other"),
        ({"data": ("batch+", 3)}, {}, "cannot be understood"),
        ({"data": ("batch", 3)}, {"constraints": ["batch"]}, "cannot be understood"),
        ({"data": ("batch", 3)}, {"platforms": ["abacus"]}, "abacus"),
    ],
)
def test_mistakes(shapes: Any, options: Any, message: str) -> None:
    with pytest.raises(errors.ArgumentError, match=message):
        gluax.export(slashed_model(), shapes, **options)


def test_begin_states_follow_a_symbolic_batch() -> None:
    folder = ROOT / "tests" / "golden" / "networks" / "lstm_cells"
    model = gluax.load(folder / "model-symbol.json", folder / "model-0000.params")
    exported = gluax.export(model, {"data": ("batch", 5)}, dtypes={"data": "int32"})
    assert all(
        output.shape[0] == exported.programs[0].in_avals[-1].shape[0] for output in exported.programs[0].out_avals
    )


def test_a_size_that_the_graph_fixes_is_an_error_with_the_node() -> None:
    fixed = gluax.sym.reshape(gluax.sym.var("data"), shape=(2, -1), name="halves")
    model = gluax.Model(fixed.graph, {"params": {}, "aux": {}}, ["data"])
    with pytest.raises(errors.ShapeError, match=r"halves.*batch"):
        gluax.export(model, {"data": ("batch", 3)})


@pytest.mark.parametrize("data", [gluax.sym.var("data"), gluax.sym.var("data") + gluax.sym.zeros(shape=(0, 3))])
def test_what_a_symbolic_size_must_tell_is_an_error_with_the_node(data: gluax.sym.Symbol) -> None:
    # The second is inferred before it runs, since its zeros take their shape from the rest of the graph.
    cut = gluax.sym.slice_axis(data, axis=0, begin=4, end=None, name="cut")
    model = gluax.Model(cut.graph, {"params": {}, "aux": {}}, ["data"])
    with pytest.raises(ValueError, match=r"node 'cut'.*'batch' > '4' is inconclusive: .*constraint") as caught:
        gluax.export(model, {"data": ("batch", 3)})
    assert isinstance(caught.value, errors.GluaxError)
    exported = gluax.export(model, {"data": ("batch", 3)}, platforms=[HERE], constraints=["batch >= 5"])
    assert exported(np.ones((7, 3), "float32")).shape == (3, 3)


def test_slices_of_symbolic_sizes_in_graphs_that_are_inferred() -> None:
    data = gluax.sym.var("data") + gluax.sym.zeros(shape=(0, 3))
    model = gluax.Model(gluax.sym.slice(data, begin=(0, 1), end=(None, 3)).graph, {"params": {}, "aux": {}}, ["data"])
    exported = gluax.export(model, {"data": ("batch", 3)}, platforms=[HERE])
    assert exported(np.ones((7, 3), "float32")).shape == (7, 2)


def test_programs_for_other_platforms_are_read_and_not_run(tmp_path: Path) -> None:
    gluax.export(slashed_model(), {"data": (1, 3)}, platforms=["tpu"]).save(tmp_path / "tpu.gluax")
    artifact = gluax.load_compiled(tmp_path / "tpu.gluax")
    assert artifact.programs[0].platforms == ("tpu",)
    with pytest.raises(errors.DeviceError, match=f"for tpu, not for {jax.default_backend()}"):
        artifact(X[:1])


def test_models_that_draw_take_a_key(tmp_path: Path) -> None:
    noise = gluax.sym.var("data") + gluax.sym.random_normal(shape=(1, 3))
    model = gluax.Model(noise.graph, {"params": {}, "aux": {}}, ["data"])
    gluax.export(model, {"data": (1, 3)}, platforms=[HERE]).save(tmp_path / "noise.gluax")
    artifact, key = gluax.load_compiled(tmp_path / "noise.gluax"), jax.random.key(3)
    np.testing.assert_allclose(artifact(X[:1], rng=key), model.apply(model.variables, X[:1], rng=key), rtol=1e-6)
    with pytest.raises(errors.ArgumentError, match="rng="):
        artifact(X[:1])


def test_the_documents_lines_need_no_gluax(tmp_path: Path) -> None:
    making, running = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "artifacts.md").read_text(), re.DOTALL)
    making = making.replace('"digits.gluax"', repr(str(tmp_path / "digits.gluax")))
    namespace = {"gluax": gluax, "model": digits_model()}
    exec(making, namespace)
    x = pictures()
    np.save(tmp_path / "x.npy", x)
    lines = [
        "import sys; sys.modules['gluax'] = None",  # importing it fails
        "import numpy; x = numpy.load('x.npy')",
        running,
        "numpy.save('y.npy', y)",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, cwd=tmp_path)
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), namespace["again"](x), rtol=1e-5, atol=1e-6)


# --- variables


@pytest.mark.parametrize("name", ["v.safetensors", "v.npz", "v.params", "v"])
def test_variables_alone(name: str, tmp_path: Path) -> None:
    model = slashed_model()
    half = {**model.variables, "params": jax.tree.map(lambda a: a.astype(jnp.bfloat16), model.variables["params"])}
    model.symbol.save(tmp_path / "s-symbol.json")
    gluax.save_variables(tmp_path / name, half)
    found = gluax.load(tmp_path / "s-symbol.json", tmp_path / name).variables
    assert jax.tree.structure(found) == jax.tree.structure(half)
    jax.tree.map(np.testing.assert_array_equal, found, half)
    assert found["params"]["out_bias"].dtype == jnp.bfloat16


def test_a_training_checkpoint_gives_its_variables(tmp_path: Path) -> None:
    import orbax.checkpoint as ocp

    model = slashed_model()
    model.symbol.save(tmp_path / "s-symbol.json")
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(
            tmp_path / "run", {"variables": model.variables, "state": [jnp.zeros(2), {"n": jnp.int32(3)}]}
        )
        checkpointer.save(tmp_path / "other", {"weights": jnp.zeros(2)})
    found = gluax.load(tmp_path / "s-symbol.json", tmp_path / "run").variables
    jax.tree.map(np.testing.assert_array_equal, found, model.variables)
    with pytest.raises(errors.ModelFormatError, match="other"):
        gluax.load(tmp_path / "s-symbol.json", tmp_path / "other")
    (tmp_path / "empty").mkdir()
    with pytest.raises(errors.ModelFormatError, match="empty"):
        gluax.load(tmp_path / "s-symbol.json", tmp_path / "empty")
    with pytest.raises(errors.ArgumentError, match="there already"):
        gluax.save_variables(tmp_path / "run", model.variables)
    with pytest.raises(errors.ArgumentError, match="unknown format"):
        gluax.save_variables(tmp_path / "v.h5", model.variables)


def test_checkpoints_need_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "orbax.checkpoint", None)
    with pytest.raises(errors.MissingExtraError, match=r"gluax\[train\]"):
        gluax.save_variables(tmp_path / "v", slashed_model().variables)
