"""SymbolBlock: imports, the modes of hybridize, sharing, composition, and an error for every mistake."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax
from gluax import errors
from gluax.gluon import SymbolBlock
from gluax.ir.params_reader import read_params
from gluax.ir.params_writer import write_params
from tests.networks import DIGITS_FILES, digits_block, digits_model, pictures

FLAGS = [
    {"active": False},
    {"active": True},
    {"active": True, "static_alloc": True},
    {"active": True, "static_alloc": True, "static_shape": True},
]


def mlp(label: bool = False) -> gluax.sym.Symbol:
    data = gluax.sym.var("data")
    hidden = gluax.sym.Activation(gluax.sym.FullyConnected(data, num_hidden=3, name="fc1"), act_type="tanh", name="act")
    out = gluax.sym.FullyConnected(hidden, num_hidden=2, name="fc2")
    return gluax.sym.SoftmaxOutput(out, name="softmax") if label else out


def write_mlp(folder: Path, label: bool = False, **changes: np.ndarray | None) -> tuple[Path, Path]:
    """Files of the small network; `changes` replaces, adds or (None) removes parameters."""
    random = np.random.RandomState(0)
    shapes = {"fc1_weight": (3, 5), "fc1_bias": (3,), "fc2_weight": (2, 3), "fc2_bias": (2,)}
    arrays = {f"arg:{name}": random.randn(*shape).astype("float32") for name, shape in shapes.items()}
    for name, value in changes.items():
        if value is None:
            del arrays[f"arg:{name}"]
        else:
            arrays[f"arg:{name}"] = value
    mlp(label).save(str(folder / "net-symbol.json"))
    write_params(folder / "net-0000.params", arrays)
    return folder / "net-symbol.json", folder / "net-0000.params"


@pytest.mark.parametrize("flags", FLAGS)
def test_modes_agree(flags: dict[str, bool]) -> None:
    expected = digits_model().apply(digits_model().variables, pictures())
    block = digits_block()
    block.hybridize(**flags)
    for _ in range(3):
        found = block(pictures())
    assert isinstance(found, jax.Array)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("flags", FLAGS)
def test_new_parameter_values_take_effect(flags: dict[str, bool]) -> None:
    block = digits_block()
    block.hybridize(**flags)
    before = np.asarray(block(pictures()))
    bias = block.collect_params()["digits_dense0_bias"]
    bias.set_data(np.asarray(bias.data()) + 1)
    np.testing.assert_allclose(block(pictures()), before + 1, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("flags", FLAGS[1:])
def test_cache_counts_and_reasons(flags: dict[str, bool]) -> None:
    block = digits_block()
    block.hybridize(**flags, cache_size=2)
    assert block.cache_statistics is None
    for count in (4, 4, 2, 4, 3, 2):
        assert block(pictures(count)).shape == (count, 10)
    done = block.cache_statistics
    assert done is not None
    assert done.hits + done.misses == 6
    assert done.misses in (3, 4)  # the first signature of static_shape is kept aside, so it is never evicted
    assert done.evictions >= 1
    assert done.recompiles[0] == "data: float32[4, 1, 8, 8] -> float32[2, 1, 8, 8]"
    assert done.compile_seconds > 0
    assert done.trace_seconds > 0


@pytest.mark.parametrize("flags", FLAGS)
def test_works_inside_jax_transformations(flags: dict[str, bool]) -> None:
    block = digits_block()
    block.hybridize(**flags)
    x = jnp.asarray(pictures())
    expected = block(x)
    np.testing.assert_allclose(jax.jit(block)(x), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(jax.vmap(block)(x[:, None])[:, 0], expected, rtol=1e-5, atol=1e-5)
    gradient = jax.grad(lambda x: block(x)[:, 3].sum())(x)
    assert gradient.shape == x.shape
    assert float(jnp.abs(gradient).max()) > 0


def test_label_is_not_demanded(tmp_path: Path) -> None:
    block = SymbolBlock.imports(*_with_inputs(write_mlp(tmp_path, label=True)))
    assert "softmax_label" not in block.collect_params()
    found = block(np.ones((2, 5), "float32"))
    np.testing.assert_allclose(np.asarray(found).sum(axis=1), 1, rtol=1e-6)


def _with_inputs(paths: tuple[Path, Path]) -> tuple[Path, list[str], Path]:
    return paths[0], ["data"], paths[1]


def test_feature_extractor_shares_parameters() -> None:
    block = digits_block()
    internals = gluax.sym.load(str(DIGITS_FILES[0])).get_internals()
    names = [name for name in internals.list_outputs() if "_relu" in name]
    assert len(names) >= 2, internals.list_outputs()
    features = SymbolBlock([internals[name] for name in names], gluax.sym.var("data"), block.collect_params())
    found = features(pictures())
    assert isinstance(found, list)
    assert [feature.shape for feature in found] == [(4, 16, 8, 8), (4, 32, 4, 4)]
    name = next(iter(features.collect_params()))
    assert features.collect_params()[name] is block.collect_params()[name]
    block.collect_params()[name].set_data(np.zeros(block.collect_params()[name].shape))
    assert float(jnp.abs(features(pictures())[0] - found[0]).max()) > 0


def test_call_with_symbol_composes() -> None:
    block = digits_block()
    composed = block(gluax.sym.var("picture") * 2)
    assert isinstance(composed, gluax.sym.Symbol)
    assert composed.list_arguments()[0] == "picture"
    doubled = SymbolBlock(composed, gluax.sym.var("picture"), block.collect_params())
    np.testing.assert_allclose(doubled(pictures() / 2), block(pictures()), rtol=1e-5, atol=1e-5)


def test_collect_params_selects_by_pattern() -> None:
    params = digits_block().collect_params(".*batchnorm0.*")
    assert [name.rsplit("_", 2)[-2:] for name in params] == [
        [*pair] for pair in (("batchnorm0", "gamma"), ("batchnorm0", "beta"))
    ] + [["running", "mean"], ["running", "var"]]
    assert [parameter.grad_req for parameter in params.values()] == ["write", "write", "null", "null"]


def test_weights_are_arguments_not_constants() -> None:
    """Neither door bakes an array over 1 kB into the program, and no host callback is in it."""
    model = digits_model()
    jaxpr = jax.make_jaxpr(model.apply)(model.variables, pictures())
    assert all(np.asarray(constant).nbytes <= 1024 for constant in jaxpr.consts)
    assert "callback" not in str(jaxpr)
    block = digits_block()
    block.hybridize(static_alloc=True)
    text = jax.jit(block).lower(pictures()).as_text()
    assert "callback" not in text


def test_user_configuration_is_left_alone() -> None:
    block = digits_block()
    block.hybridize()
    before = dict(jax.config.values)
    block(pictures())
    assert dict(jax.config.values) == before
    assert jnp.arange(3).dtype == jnp.int32


def test_double_precision_is_real_in_the_gluon_door(tmp_path: Path) -> None:
    block = SymbolBlock.imports(*_with_inputs(write_mlp(tmp_path)))
    block.cast("float64")
    for flags in FLAGS:
        block.hybridize(**flags)
        x = np.random.RandomState(1).rand(2, 5)
        found = block(x)
        assert found.dtype == np.float64
        p = {name: np.asarray(parameter.data()) for name, parameter in block.collect_params().items()}
        expected = np.tanh(x @ p["fc1_weight"].T + p["fc1_bias"]) @ p["fc2_weight"].T + p["fc2_bias"]
        np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_context_maps_to_a_device() -> None:
    block = SymbolBlock.imports(DIGITS_FILES[0], ["data"], DIGITS_FILES[1], ctx=gluax.cpu(0))
    assert block.collect_params()["digits_dense0_bias"].data().ctx == gluax.cpu(0)
    assert repr(gluax.gpu(1)) == "gpu(1)"


def static_shape_alone(symbol: Path, params: Path) -> None:
    block = SymbolBlock.imports(symbol, ["data"], params)
    block.hybridize(static_shape=True)
    block(np.ones((2, 5), "f4"))


MISTAKES = {
    "wrong input name": (lambda f, p: SymbolBlock.imports(f, ["image"], p), errors.NameLookupError, "no input"),
    "missing symbol": (
        lambda f, p: SymbolBlock.imports("nowhere.json", ["data"], p), errors.ModelFileNotFoundError, "nowhere.json"
    ),
    "missing params": (
        lambda f, p: SymbolBlock.imports(f, ["data"], "nowhere.params"), errors.ModelFileNotFoundError, "nowhere"
    ),
    "symbol and params swapped": (lambda f, p: SymbolBlock.imports(p, ["data"], f), errors.ModelFormatError, "net-0000"),
    "no such cpu": (
        lambda f, p: SymbolBlock.imports(f, ["data"], p, ctx=gluax.cpu(-1)), errors.DeviceError, "cpu\\(-1\\)"
    ),
    "too many inputs": (
        lambda f, p: SymbolBlock.imports(f, ["data"], p)(np.ones((2, 5), "f4"), np.ones(2)), errors.ArgumentError, "2 inputs"
    ),
    "input of a foreign kind": (
        lambda f, p: SymbolBlock.imports(f, ["data"], p)([[1.0]]), errors.ArgumentError, "one array"
    ),
    "input of strings": (
        lambda f, p: SymbolBlock.imports(f, ["data"], p)(np.array(["a"])), errors.DTypeError, "numbers"
    ),
    "wrong shape": (
        lambda f, p: SymbolBlock.imports(f, ["data"], p)(np.ones((2, 4), "f4")), errors.GluaxError, "fc1"
    ),
    "wrong dtype": (
        lambda f, p: SymbolBlock.imports(f, ["data"], p)(np.ones((2, 5), "f8")), errors.GluaxError, "float64"
    ),
    "static_shape alone": (
        lambda f, p: static_shape_alone(f, p), errors.ArgumentError, "static_alloc"
    ),
    "no parameter values": (
        lambda f, p: SymbolBlock.imports(f, ["data"])(np.ones((2, 5), "f4")), errors.ParameterError, "has not been initialized"
    ),
    "input is an operator": (
        lambda f, p: SymbolBlock(mlp(), mlp()), errors.ArgumentError, "must be variable"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_get_clear_errors(name: str, tmp_path: Path) -> None:
    make, kind, match = MISTAKES[name]
    symbol, params = write_mlp(tmp_path)
    with pytest.raises(kind, match=match):
        make(symbol, params)


@pytest.mark.parametrize("flags", FLAGS[1:])
@pytest.mark.parametrize("bad", [np.ones((2, 4), "f4"), np.ones((2, 5), "f8")], ids=["shape", "dtype"])
def test_compiled_modes_name_the_node(flags: dict[str, bool], bad: np.ndarray, tmp_path: Path) -> None:
    block = SymbolBlock.imports(*_with_inputs(write_mlp(tmp_path)))
    block.hybridize(**flags)
    with pytest.raises(errors.GluaxError, match="fc1"):
        block(bad)
    assert block(np.ones((2, 5), "f4")).shape == (2, 2)


def test_missing_and_extra_parameters(tmp_path: Path) -> None:
    symbol, params = write_mlp(tmp_path, fc2_bias=None)
    with pytest.raises(errors.ParameterError, match="fc2_bias"):
        SymbolBlock.imports(symbol, ["data"], params)
    block = SymbolBlock.imports(symbol, ["data"], params, allow_missing=True)
    block.collect_params()["fc2_bias"].initialize("zeros")
    assert block(np.ones((1, 5), "float32")).shape == (1, 2)
    symbol, params = write_mlp(tmp_path, other=np.zeros(1, "float32"))
    with pytest.raises(errors.ParameterError, match="other"):
        SymbolBlock.imports(symbol, ["data"], params)
    assert len(SymbolBlock.imports(symbol, ["data"], params, ignore_extra=True).collect_params().keys()) == 4


def test_parameter_that_contradicts_the_graph(tmp_path: Path) -> None:
    """At import where the graph alone tells, else before the first call runs."""
    symbol, params = write_mlp(tmp_path, fc2_weight=np.zeros((2, 4), "float32"))
    block = SymbolBlock.imports(symbol, ["data"], params)
    with pytest.raises(errors.GluaxError, match=r"fc2.*\(2, 4\), expected \(2, 3\)"):
        block(np.ones((1, 5), "float32"))
    gluax.sym.Convolution(gluax.sym.var("data"), kernel=(1, 1), num_filter=3, name="c").save(str(symbol))
    write_params(params, {"arg:c_weight": np.zeros((3, 2, 1, 1), "f4"), "arg:c_bias": np.zeros(4, "f4")})
    with pytest.raises(errors.ShapeError, match="c_bias"):
        SymbolBlock.imports(symbol, ["data"], params)


def test_params_save_and_load_again(tmp_path: Path) -> None:
    block = digits_block()
    block.collect_params().save(tmp_path / "again.params")
    other = SymbolBlock.imports(DIGITS_FILES[0], ["data"], tmp_path / "again.params")
    np.testing.assert_array_equal(other(pictures()), block(pictures()))
    assert isinstance(read_params(tmp_path / "again.params").arrays, dict)
    write_params(tmp_path / "part.params", {"digits_dense0_bias": np.zeros(10, "f4")})
    with pytest.raises(errors.ParameterError, match="missing"):
        block.collect_params().load(tmp_path / "part.params")


def test_broken_files_give_clear_errors(tmp_path: Path) -> None:
    symbol, params = write_mlp(tmp_path)
    foreign = {
        "truncated": params.read_bytes()[:60],
        "zip": b"PK\x03\x04" + b"\0" * 100,
        "lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 10\n",
        "empty": b"",
    }
    for name, content in foreign.items():
        broken = tmp_path / f"{name}.params"
        broken.write_bytes(content)
        with pytest.raises(errors.ModelFormatError, match=name):
            SymbolBlock.imports(symbol, ["data"], broken)
        with pytest.raises(errors.ModelFormatError, match=name):
            SymbolBlock.imports(broken, ["data"], params)


def test_unsupported_operators_come_in_one_error(tmp_path: Path) -> None:
    text = mlp().tojson().replace('"op": "Activation"', '"op": "QActivation"')
    text = text.replace('"op": "FullyConnected"', '"op": "QFullyConnected"')
    (tmp_path / "net-symbol.json").write_text(text)
    with pytest.raises(errors.UnsupportedOperatorError) as caught:
        SymbolBlock.imports(tmp_path / "net-symbol.json", ["data"])
    assert "QFullyConnected: 2 (fc1, fc2)" in str(caught.value)
    assert "QActivation: 1 (act)" in str(caught.value)


def test_export_before_the_first_call(tmp_path: Path) -> None:
    """MXNet writes an empty parameter file here."""
    block = digits_block()
    block.export(str(tmp_path / "net"), epoch=3)
    again = SymbolBlock.imports(tmp_path / "net-symbol.json", ["data"], tmp_path / "net-0003.params")
    np.testing.assert_array_equal(again(pictures()), block(pictures()))
