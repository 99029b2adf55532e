"""Real models and exported networks with outputs recorded from MXNet 1.9.1, in every way gluax runs them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
import pytest

import gluax
from gluax.errors import UnsupportedOperatorError
from gluax.symbol import Group
from tests.compare import assert_close
from tests.shared_data import SHARED, requires_shared

pytestmark = requires_shared

MODES = {
    "eager": {"active": False},
    "hybridized": {"active": True},
    "static": {"active": True, "static_alloc": True, "static_shape": True},
}


@dataclass(frozen=True)
class Golden:
    """A recorded run: files, inputs by name, outputs in head order, and how close to be."""

    symbol: Path
    params: Path
    inputs: dict[str, np.ndarray]
    outputs: list[np.ndarray]
    heads: tuple[str, ...] = ()
    rtol: float = 1e-5
    atol: float = 1e-9


def folders(kind: str) -> list[str]:
    return sorted(path.name for path in (SHARED / kind).iterdir()) if SHARED.is_dir() else []


def golden_names() -> list[str]:
    skipped = {"models/bmxnet_mnist_32", "generated/results.json"}
    names = [f"{kind}/{name}" for kind in ("models", "zoo", "generated") for name in folders(kind)]
    return [name for name in names if name not in skipped]


def load_golden(name: str) -> Golden:
    kind, _, folder = name.partition("/")
    return {"models": model_golden, "zoo": zoo_golden, "generated": generated_golden}[kind](SHARED / kind / folder)


def from_npz(path: Path) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    with np.load(path) as file:
        inputs = {key[3:]: file[key] for key in file if key.startswith("in:")}
        return inputs, [file[key] for key in sorted(file) if key.startswith("out:")]


def model_golden(folder: Path) -> Golden:
    meta = json.loads((folder / "meta.json").read_text())
    symbol = meta.get("golden_uses_symbol") or "model-symbol.json"
    inputs, outputs = from_npz(folder / "golden.npz")
    heads = next(golden.get("heads") for golden in meta["goldens"] if golden["golden"] == "golden.npz")
    # Labels were fed to MXNet as zeros; here inference does without them.
    inputs = {key: value for key, value in inputs.items() if not key.endswith("label")}
    # MXNet's own two CPU backends differ by up to 2.8e-6 of the largest output.
    return Golden(folder / symbol, folder / "model-0000.params", inputs, outputs, tuple(heads or ()))


def zoo_golden(folder: Path) -> Golden:
    meta = json.loads((folder / "meta.json").read_text())
    with np.load(folder / "inputs.npz") as file:
        inputs = {spec["name"]: file[spec["name"]] for spec in meta["inputs"]}
    with np.load(folder / "outputs.npz") as file:
        outputs = [file[key] for key in sorted(file)]
    # noise_floor: how far MXNet's own output moves when the inputs are jittered by 1e-6.
    rtol = max(1e-4, 20 * meta["noise_floor"])
    return Golden(folder / "model-symbol.json", folder / "model-0000.params", inputs, outputs, rtol=rtol)


def generated_golden(folder: Path) -> Golden:
    inputs, outputs = from_npz(folder / "golden.npz")
    # fp16 keeps 11 bits; an int8 network may be off by one quantum of its output (1/127 of the range).
    rtol = {"amp_cast": 2e-3, "quant_mkldnn_naive": 1 / 127}.get(folder.name, 1e-5)
    return Golden(folder / "model-symbol.json", folder / "model-0000.params", inputs, outputs, rtol=rtol)


def import_block(golden: Golden) -> gluax.gluon.SymbolBlock:
    block = gluax.gluon.SymbolBlock.imports(golden.symbol, list(golden.inputs), golden.params)
    if not golden.heads:
        return block
    internals = gluax.sym.load(str(golden.symbol)).get_internals()
    inputs = [gluax.sym.var(name) for name in golden.inputs]
    return gluax.gluon.SymbolBlock(Group([internals[head] for head in golden.heads]), inputs, block.collect_params())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", golden_names())
def test_matches_mxnet(name: str, mode: str) -> None:
    golden = load_golden(name)
    block = import_block(golden)
    block.hybridize(**MODES[mode])
    found = block(*golden.inputs.values())
    found = found if isinstance(found, list) else [found]
    if name == "generated/quant_plain_naive":  # MXNet's own result is far from the float network: it need only run
        assert all(np.isfinite(np.asarray(output)).all() for output in found)
        return
    assert len(found) == len(golden.outputs)
    for index, (actual, expected) in enumerate(zip(found, golden.outputs)):
        assert_close(actual, expected, name=f"{name} output {index}", rtol=golden.rtol, atol=golden.atol)


@pytest.mark.parametrize("name", golden_names())
def test_jax_door(name: str) -> None:
    golden = load_golden(name)
    if golden.heads or name == "generated/quant_plain_naive":
        return
    model = gluax.load(golden.symbol, golden.params, inputs=list(golden.inputs))
    found = jax.jit(model.apply)(model.variables, *golden.inputs.values())
    for index, (actual, expected) in enumerate(zip(found if isinstance(found, tuple) else [found], golden.outputs)):
        assert_close(actual, expected, name=f"{name} output {index}", rtol=golden.rtol, atol=golden.atol)


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
    with np.load(folder / "golden_samples.npz") as file:
        inputs = {key[3:]: file[key] for key in file if key.startswith("in:")}
        expected = next(file[key] for key in file if key.startswith("out:"))
    model = gluax.load(folder / "model-symbol.json", folder / "model-0000.params", inputs=list(inputs))
    apply = jax.jit(lambda key: model.apply(model.variables, *inputs.values(), rng=key))
    samples = np.concatenate([np.asarray(apply(jax.random.key(seed))) for seed in range(5)], axis=1)
    assert samples.shape[2] == expected.shape[2]
    # 100 recorded paths: the mean of each step has a standard error of std / 10; five of them is generous but finite.
    error = np.abs(samples.mean(axis=1) - expected.mean(axis=1))
    assert np.all(error <= 5 * expected.std(axis=1) / 10 + 0.05), error.max()
    assert not np.array_equal(samples[:, :100], samples[:, 100:200])
