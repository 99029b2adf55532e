"""Quantization after training: accuracy, the graph's structure, files, calibration, errors, and the command."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gluax as mx
from gluax.contrib.quantization import Quantized, quantize_symbol
from gluax.errors import ArgumentError, NameLookupError, UnsupportedOperatorError
from gluax.ir.params_reader import read_params
from gluax.lowering.parameters import read_named
from gluax.passes import calibrate
from gluax.passes.calibrate import Histogram, best_range, best_threshold
from tests.goldens import named, read_npz
from tests.networks import DIGITS, DIGITS_FILES, digits_block
from tests.test_cli import gluax  # noqa: F401  the command as a fixture
from tests.thresholds import BINS, SAMPLES

GOLDEN = Path(__file__).parent / "golden"

# Rounding to 8 bits is off by at most 1/254 of each value's range, 0.4%, and there are up to 17 roundings one after
# the other here. Found: at most 3% of the outputs. A scale that counts 127 quanta for 255 would give 50%.
BOUND = 0.05
# Entropy cuts off what is rare, and in fewer bins than it has by default it does so coarsely.
ENTROPY_BOUND = 0.1


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Pictures (100, 1, 8, 8) and their labels."""
    with np.load(DIGITS / "digits-test.npz") as file:
        return file["images"][:, None].astype("float32") / 16, file["labels"]


def block_of(found: Quantized, folder: Path, **flags: bool) -> mx.gluon.SymbolBlock:
    """The quantized model, from files."""
    found.symbol.save(folder / "q-symbol.json")
    mx.nd.save(folder / "q-0000.params", {f"arg:{name}": array for name, array in found.arg_params.items()})
    block = mx.gluon.SymbolBlock.imports(folder / "q-symbol.json", ["data"], folder / "q-0000.params")
    block.hybridize(**flags)
    return block


def operators(symbol: mx.sym.Symbol) -> Counter[str | None]:
    return Counter(node.op for node in symbol.graph.nodes if node.op is not None)


def relative(found: Any, expected: np.ndarray) -> float:
    """The root of the mean square of the difference, to that of what is expected."""
    return float(np.sqrt(np.mean((np.asarray(found) - expected) ** 2) / np.mean(expected**2)))


def network(*layers: Any, shape: tuple[int, ...] = (2, 3, 6, 6)) -> tuple[mx.sym.Symbol, dict[str, np.ndarray], Any]:
    """A chain of operators from `data`, random weights, and data of a shape."""
    out = mx.sym.var("data")
    for layer in layers:
        out = layer(out)
    random = np.random.default_rng(0)
    shapes = dict(zip(out.list_arguments(), out.infer_shape(data=shape)[0]))
    arrays = {name: random.normal(size=shape).astype("float32") for name, shape in shapes.items()}
    return out, {name: array for name, array in arrays.items() if name != "data"}, arrays["data"]


def convolution(name: str, **attrs: Any) -> Any:
    return lambda x: mx.sym.Convolution(x, name=name, **{"kernel": (3, 3), "num_filter": 4, "pad": (1, 1), **attrs})


def relu(x: mx.sym.Symbol) -> mx.sym.Symbol:
    return mx.sym.Activation(x, act_type="relu", name="relu")


@pytest.mark.parametrize(("mode", "dtype"), [("naive", "auto"), ("entropy", "int8"), ("none", "auto")])
def test_digits_keep_their_accuracy(mode: Any, dtype: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "_BINS", BINS)
    net, (pictures, labels) = digits_block(), digits()
    expected = np.asarray(net(pictures))
    arrays = {name: parameter.data() for name, parameter in net.params.items()}
    batches = [[pictures[:50], labels[:50]], [mx.nd.array(pictures[50:])]]
    found = quantize_symbol(net.symbol, arrays, {}, calib_mode=mode, calib_data=batches, quantized_dtype=dtype)
    assert not found.left
    outputs = np.asarray(block_of(found, tmp_path)(pictures))
    assert abs(np.mean(outputs.argmax(1) == labels) - np.mean(expected.argmax(1) == labels)) <= 0.01
    assert relative(outputs, expected) < (ENTROPY_BOUND if mode == "entropy" else BOUND)
    if mode == "naive":
        np.testing.assert_allclose(
            block_of(found, tmp_path, static_alloc=True)(pictures), outputs, rtol=1e-5, atol=1e-5
        )


@pytest.mark.parametrize(("name", "layers"), [("residual_v1", 14), ("inception", 34), ("mobile_v2", 22)])
def test_networks_stay_close_and_in_8_bits(name: str, layers: int, tmp_path: Path) -> None:
    folder = GOLDEN / "networks" / name
    gold, symbol = read_npz(folder / "golden.npz"), mx.sym.load(folder / "model-symbol.json")
    params, inputs = read_named(folder / "model-0000.params"), named(gold, "in")
    found = quantize_symbol(symbol, params, {}, calib_mode="naive", calib_data=inputs, quantized_dtype="auto")
    assert (len(found.layers), found.left) == (layers, [])
    assert relative(block_of(found, tmp_path)(inputs["data"]), gold["out:00"]) < BOUND
    counts = operators(found.symbol)
    # Into 8 bits once, out of them once, and nothing else in between.
    assert counts.pop("_contrib_quantize_v2") == counts.pop("_contrib_dequantize") == 1
    assert all(str(op).startswith(("_contrib_quantized_", "_contrib_requantize")) for op in counts), counts
    wide = ("conv", "fully_connected", "elemwise_add")
    assert counts["_contrib_requantize"] == sum(counts[f"_contrib_quantized_{op}"] for op in wide)
    # Activations are the ends of ranges of what they read, but for int8, which they cannot be the lower end of.
    assert counts["_contrib_quantized_act"] == 0


def test_parameters_have_mxnets_names() -> None:
    symbol, params, data = network(convolution("conv"), relu, convolution("plain", no_bias=True))
    found = quantize_symbol(symbol, params, {}, calib_mode="naive", calib_data=data)
    arrays = {name: array.asnumpy() for name, array in found.arg_params.items()}
    assert {name: (array.dtype.name, array.shape) for name, array in arrays.items()} == {
        f"{name}_quantize{end}": kind
        for name, whole in {
            "conv_weight": ("int8", (4, 3, 3, 3)), "conv_bias": ("int32", (4,)), "plain_weight": ("int8", (4, 4, 3, 3))
        }.items()
        for end, kind in {"": whole, "_min": ("float32", (1,)), "_max": ("float32", (1,))}.items()
    }  # fmt: skip
    weight = params["plain_weight"]
    # As MXNet quantizes parameters: 127 quanta for the largest.
    np.testing.assert_array_equal(arrays["plain_weight_quantize"], np.rint(weight * (127 / np.abs(weight).max())))
    np.testing.assert_allclose(arrays["plain_weight_quantize_max"], np.abs(weight).max(), rtol=1e-6)
    assert [node.name for node in found.symbol.graph.nodes if node.op is not None] == [
        "data_quantize", "quantized_conv", "requantize_conv", "quantized_relu", "quantized_plain", "requantize_plain",
        "plain_dequantize",
    ]  # fmt: skip


def test_what_is_excluded_stays_in_float(tmp_path: Path) -> None:
    net, (pictures, _) = digits_block(), digits()
    arrays = {name: parameter.data() for name, parameter in net.params.items()}
    given = {"calib_mode": "naive", "calib_data": pictures}
    found = quantize_symbol(net.symbol, arrays, {}, excluded_sym_names=["digits_conv1_fwd"], **given)
    reasons = {name: why for name, _, why in found.left}
    assert reasons == {
        "digits_conv1_fwd": "excluded",
        "digits_relu1_fwd": "its input is not in 8 bits",
        "digits_pool1_fwd": "its input is not in 8 bits",
        "digits_flatten0_flatten0": "its input is not in 8 bits",
    }
    assert operators(found.symbol)["_contrib_quantize_v2"] == operators(found.symbol)["_contrib_dequantize"] == 2
    assert relative(block_of(found, tmp_path)(pictures), np.asarray(net(pictures))) < BOUND
    found = quantize_symbol(net.symbol, arrays, {}, excluded_op_names=["Convolution", "FullyConnected"], **given)
    assert not found.layers


def test_smart_and_full() -> None:
    layers = (lambda x: mx.sym.Pooling(x, kernel=(2, 2), pool_type="max", name="pool"), convolution("conv"))
    symbol, params, data = network(*layers)
    given = {"calib_mode": "naive", "calib_data": data}
    assert quantize_symbol(symbol, params, {}, **given).left == [("pool", "Pooling", "its input is not in 8 bits")]
    full = quantize_symbol(symbol, params, {}, quantize_mode="full", **given)
    assert full.left == []
    assert [name for name, _ in full.layers] == ["pool", "conv"]


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (lambda x: mx.sym.Activation(x, act_type="tanh"), "tanh has no 8-bit form"),
        (lambda x: mx.sym.Pooling(x, kernel=(2, 2), pool_type="sum"), "sum pooling has no 8-bit form"),
        (lambda x: mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="avg", pooling_convention="full"), "8-bit means count what lies past the padding"),
        (lambda x: mx.sym.clip(x, a_min=-1, a_max=1), "clip has an 8-bit form only from 0 and as part of a calibrated layer"),
        (mx.sym.exp, "has no 8-bit form"),
    ],
)  # fmt: skip
def test_what_has_no_8_bit_form_stays_in_float(layer: Any, why: str) -> None:
    symbol, params, data = network(convolution("conv"), layer, shape=(2, 3, 5, 5))
    found = quantize_symbol(symbol, params, {}, calib_mode="naive", calib_data=data)
    assert why in {reason for _, _, reason in found.left}
    assert [name for name, _ in found.layers] == ["conv"]


def test_only_layers_whose_weight_is_known_are_quantized() -> None:
    weight = mx.sym.var("w")
    symbol, params, data = network(
        convolution("computed", weight=mx.sym.exp(weight)), convolution("fed", weight=mx.sym.var("v"))
    )
    batch = {"data": data, "v": params.pop("v")}
    found = quantize_symbol(symbol, params, {}, ["data", "v"], calib_mode="naive", calib_data=batch)
    assert [name for name, _ in found.layers] == ["computed"]
    assert found.left == [("fed", "Convolution", "its weight is not a float32 parameter")]


def test_layers_that_share_a_weight_and_layers_of_zeros(tmp_path: Path) -> None:
    shared = mx.sym.var("w")
    layers = [convolution(name, weight=shared, num_filter=3) for name in ("first", "second")]
    symbol, params, data = network(*layers)
    expected = mx.gluon.SymbolBlock(symbol, [mx.sym.var("data")])
    for zeros in (set(), {"w"}):
        arrays = {name: np.zeros_like(array) if name in zeros else array for name, array in params.items()}
        for name, array in arrays.items():
            expected.params[name]._load_init(array, None, cast_dtype=True, dtype_source="saved")
        found = quantize_symbol(symbol, arrays, {}, calib_mode="naive", calib_data=data)
        assert {"w_quantize", "w_quantize_max", "w_quantize_max_1"} <= set(found.arg_params)
        assert "w_quantize_1" not in found.arg_params
        assert relative(block_of(found, tmp_path)(data), np.asarray(expected(data))) < BOUND


def test_calibration_stops_after_some_examples() -> None:
    symbol, params, data = network(convolution("conv"))
    ranges = [
        next(
            node.attrs["max_calib_range"]
            for node in quantize_symbol(
                symbol, params, {}, calib_mode="naive", calib_data=[data, 5 * data], num_calib_examples=limit
            ).symbol.graph.nodes
            if node.name == "data_quantize"
        )
        for limit in (None, 3, 2)
    ]
    assert ranges == [repr(float(5 * data.max())), ranges[0], repr(float(data.max()))]


def test_thresholds_are_mxnets() -> None:
    gold = json.loads((GOLDEN / "thresholds.json").read_text())
    assert gold.keys() == SAMPLES.keys()
    for name, arrays in SAMPLES.items():
        histogram = Histogram.of(arrays[0], BINS)
        for array in arrays[1:]:
            histogram = histogram.add(array)
        assert len(histogram.counts) == gold[name]["bins"]
        assert histogram.end == pytest.approx(gold[name]["end"], rel=1e-6)
        assert histogram.counts.sum() == sum(array.size for array in arrays)
        for dtype in ("int8", "auto") if histogram.low >= 0 else ("int8",):
            threshold, divergence = best_threshold(histogram.counts, histogram.end, 255 if dtype == "int8" else 511)
            assert threshold == pytest.approx(gold[name][dtype]["threshold"], rel=1e-6), (name, dtype)
            assert divergence == pytest.approx(gold[name][dtype]["divergence"], rel=1e-4, abs=1e-6), (name, dtype)


def test_ranges_of_values_without_a_sign() -> None:
    gold = json.loads((GOLDEN / "thresholds.json").read_text())["relu"]
    histogram = Histogram.of(SAMPLES["relu"][0], BINS)
    low, high = best_range(histogram, signed=True)
    assert (-low, high) == (high, pytest.approx(gold["int8"]["threshold"], rel=1e-6))
    assert best_range(histogram, signed=False) == (0, pytest.approx(gold["auto"]["threshold"], rel=1e-6))


def test_histograms_that_begin_with_zeros() -> None:
    histogram = Histogram.of(np.zeros(4, "float32"), BINS).add(np.ones(2, "float32"))
    assert (histogram.counts.sum(), histogram.end) == (6, 1.0)
    assert histogram.counts[BINS // 2] == 4


GOOD: dict[str, Any] = {"calib_mode": "naive", "calib_data": np.ones((1, 3, 6, 6), "float32")}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"calib_data": None}, ArgumentError, "calib_mode='naive' needs calib_data"),
        ({"calib_mode": "best"}, ArgumentError, "unknown calib_mode 'best'; expected 'none' or 'naive' or 'entropy'"),
        ({"quantized_dtype": "int4"}, ArgumentError, "unknown quantized_dtype 'int4'"),
        ({"quantize_mode": "some"}, ArgumentError, "unknown quantize_mode 'some'"),
        ({"excluded_sym_names": ["conv", "nowhere"]}, NameLookupError, r"no nodes \['nowhere'\]"),
        ({"excluded_sym_names": "conv"}, ArgumentError, "expected a list of names"),
        ({"excluded_op_names": ["Convolutoin"]}, UnsupportedOperatorError, "did you mean 'Convolution'"),
        ({"data_names": ["picture"]}, NameLookupError, r"no variables \['picture'\]"),
        ({"calib_data": [{"picture": 0}]}, ArgumentError, r"lacks \['data'\]"),
        ({"calib_data": []}, ArgumentError, "holds no batch"),
        ({"calib_data": np.full((1, 3, 6, 6), np.nan, "float32")}, ArgumentError, "not finite"),
        ({"quantized_dtype": "uint8"}, ArgumentError, "cut off the negative values of 'conv'"),
    ],
)  # fmt: skip
def test_errors(change: dict[str, Any], error: type[Exception], message: str) -> None:
    symbol, params, _ = network(convolution("conv"))
    with pytest.raises(error, match=message):
        mx.contrib.quantization.quantize_model(symbol, params, {}, **{**GOOD, **change})


def test_command(gluax, tmp_path: Path) -> None:  # noqa: F811
    pictures = digits()[0][:40]
    np.savez(tmp_path / "calib.npz", data=pictures)
    prefix = str(tmp_path / "small")
    options = ["--data", str(tmp_path / "calib.npz"), "--mode", "naive", "--exclude", "digits_dense0_fwd", "-o", prefix]
    code, out, _ = gluax("quantize", *map(str, DIGITS_FILES), *options, "--json")
    report = json.loads(out)
    assert code == 0
    assert report["float"] == [{"name": "digits_dense0_fwd", "operator": "FullyConnected", "why": "excluded"}]
    assert len(report["quantized"]) == 7
    (row,) = report["differences"]
    assert 0 < row["difference"] < row["magnitude"] / 20
    stored = read_params(f"{prefix}-0000.params").arrays
    assert isinstance(stored, dict)
    assert stored["arg:digits_batchnorm0_fwd_weight_quantize"].dtype == np.int8
    code, out, _ = gluax("quantize", *map(str, DIGITS_FILES), "--mode", "none", "-o", prefix)
    assert code == 0
    assert "8 of 8 nodes in 8 bits" in out
    code, _, err = gluax("quantize", *map(str, DIGITS_FILES), "-o", prefix)
    assert (code, "needs calib_data" in err) == (2, True)
    np.savez(tmp_path / "calib.npz", picture=pictures)
    code, _, err = gluax("quantize", *map(str, DIGITS_FILES), *options)
    assert (code, "lacks the inputs ['data']" in err) == (2, True)
