"""Real models and exported networks with outputs recorded from MXNet 1.9.1, in every way gluax runs them."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import numpy as np
import pytest

import gluax
from gluax.errors import UnsupportedOperatorError
from tests.goldens import MODES, Golden, compare_outputs, named, numbered, read_npz, run_block, run_model
from tests.shared_data import SHARED, requires_shared

pytestmark = requires_shared


def folders(kind: str) -> list[str]:
    return sorted(path.name for path in (SHARED / kind).iterdir()) if SHARED.is_dir() else []


def golden_names() -> list[str]:
    skipped = {"models/bmxnet_mnist_32", "generated/results.json"}
    names = [f"{kind}/{name}" for kind in ("models", "zoo", "generated") for name in folders(kind)]
    return [name for name in names if name not in skipped]


def load_golden(name: str) -> Golden:
    kind, _, folder = name.partition("/")
    return {"models": model_golden, "zoo": zoo_golden, "generated": generated_golden}[kind](SHARED / kind / folder)


def model_golden(folder: Path) -> Golden:
    meta = json.loads((folder / "meta.json").read_text())
    symbol = meta.get("golden_uses_symbol") or "model-symbol.json"
    arrays = read_npz(folder / "golden.npz")
    heads = next(golden.get("heads") for golden in meta["goldens"] if golden["golden"] == "golden.npz")
    # Labels were fed to MXNet as zeros; here inference does without them.
    inputs = {key: value for key, value in named(arrays, "in").items() if not key.endswith("label")}
    # MXNet's own two CPU backends differ by up to 2.8e-6 of the largest output.
    return Golden(folder / symbol, folder / "model-0000.params", inputs, numbered(arrays, "out"), tuple(heads or ()))


def zoo_golden(folder: Path) -> Golden:
    meta = json.loads((folder / "meta.json").read_text())
    arrays, outputs = read_npz(folder / "inputs.npz"), read_npz(folder / "outputs.npz")
    inputs = {spec["name"]: arrays[spec["name"]] for spec in meta["inputs"]}
    # noise_floor: how far MXNet's own output moves when the inputs are jittered by 1e-6.
    rtol = max(1e-4, 20 * meta["noise_floor"])
    ordered = [outputs[key] for key in sorted(outputs)]
    return Golden(folder / "model-symbol.json", folder / "model-0000.params", inputs, ordered, rtol=rtol)


def generated_golden(folder: Path) -> Golden:
    arrays = read_npz(folder / "golden.npz")
    inputs, outputs = named(arrays, "in"), numbered(arrays, "out")
    # fp16 keeps 11 bits; an int8 network may be off by one quantum of its output (1/127 of the range).
    rtol = {"amp_cast": 2e-3, "quant_mkldnn_naive": 1 / 127}.get(folder.name, 1e-5)
    return Golden(folder / "model-symbol.json", folder / "model-0000.params", inputs, outputs, rtol=rtol)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", golden_names())
def test_matches_mxnet(name: str, mode: str) -> None:
    golden = load_golden(name)
    found = run_block(golden, mode)
    if name == "generated/quant_plain_naive":  # MXNet's own result is far from the float network: it need only run
        assert all(np.isfinite(np.asarray(output)).all() for output in found)
        return
    compare_outputs(found, golden, name)


@pytest.mark.parametrize("name", golden_names())
def test_jax_door(name: str) -> None:
    golden = load_golden(name)
    if golden.heads or name == "generated/quant_plain_naive":
        return
    compare_outputs(run_model(golden), golden, name)


def test_foreign_operators_are_listed() -> None:
    folder = SHARED / "models" / "bmxnet_mnist_32"
    with pytest.raises(UnsupportedOperatorError) as caught:
        gluax.gluon.SymbolBlock.imports(folder / "model-symbol.json", ["data"], folder / "model-0000.params")
    message = str(caught.value)
    assert "QActivation: 2 (" in message
    assert "QConvolution: 1 (" in message
    assert "QFullyConnected: 1 (" in message


def test_sampling_model_has_the_distribution_mxnet_drew() -> None:
    folder = SHARED / "models" / "gluonts_deepar_djl"
    arrays = read_npz(folder / "golden_samples.npz")
    inputs, expected = named(arrays, "in"), numbered(arrays, "out")[0]
    model = gluax.load(folder / "model-symbol.json", folder / "model-0000.params", inputs=list(inputs))
    apply = jax.jit(lambda key: model.apply(model.variables, *inputs.values(), rng=key))
    samples = np.concatenate([np.asarray(apply(jax.random.key(seed))) for seed in range(5)], axis=1)
    assert samples.shape[2] == expected.shape[2]
    # 100 recorded paths: the mean of each step has a standard error of std / 10; five of them is generous but finite.
    error = np.abs(samples.mean(axis=1) - expected.mean(axis=1))
    assert np.all(error <= 5 * expected.std(axis=1) / 10 + 0.05), error.max()
    assert not np.array_equal(samples[:, :100], samples[:, 100:200])
