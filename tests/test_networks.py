"""Small whole networks exported by real MXNet (tests/oracle/make_networks.py): outputs, gradients, training steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.compare import assert_close
from tests.goldens import (
    MODES,
    Golden,
    as_list,
    compare_outputs,
    load_model,
    named,
    numbered,
    read_npz,
    run_block,
    run_model,
)

FOLDER = Path(__file__).parent / "golden" / "networks"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/golden.npz"))

# Of the largest magnitude. float32: 1e-5, where MXNet's own two CPU backends differ by up to 2.8e-6. float16 keeps 11
# bits; an int8 network may be off by one quantum of its output (1/127 of the range).
TOLERANCE = {"half_precision": 2e-3, "quantized": 1 / 127}

DIFFERENTIABLE = [name for name in NAMES if name != "quantized"]


def load_golden(name: str) -> tuple[Golden, dict[str, np.ndarray]]:
    """The recorded inference (without labels, which it does not need) and everything recorded."""
    folder = FOLDER / name
    arrays = read_npz(folder / "golden.npz")
    inputs = {key: value for key, value in named(arrays, "in").items() if not key.endswith("label")}
    files = (folder / "model-symbol.json", folder / "model-0000.params")
    return Golden(*files, inputs, numbered(arrays, "out"), rtol=TOLERANCE.get(name, 1e-5)), arrays


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_matches_mxnet(name: str, mode: str) -> None:
    golden, _ = load_golden(name)
    compare_outputs(run_block(golden, mode), golden, name)


@pytest.mark.parametrize("name", NAMES)
def test_jax_door(name: str) -> None:
    golden, _ = load_golden(name)
    compare_outputs(run_model(golden), golden, name)


def training_step(golden: Golden, arrays: dict[str, np.ndarray]) -> tuple[Any, Any, Any]:
    """Outputs, new auxiliary states, and the gradients of every float parameter and input."""
    model = load_model(golden)
    given = {name: jnp.asarray(value) for name, value in named(arrays, "in").items()}
    wanted = {**model.variables["params"], **given}
    wanted = {name: value for name, value in wanted.items() if jnp.issubdtype(value.dtype, jnp.floating)}

    def forward(values: dict[str, jax.Array]) -> tuple[Any, Any]:
        params = {name: values.get(name, value) for name, value in model.variables["params"].items()}
        inputs = {name: values.get(name, value) for name, value in given.items()}
        outputs, variables = model.apply_train({**model.variables, "params": params}, rng=jax.random.key(0), **inputs)
        return as_list(outputs), variables["aux"]

    def step(values: dict[str, jax.Array]) -> tuple[Any, Any, Any]:
        outputs, pull, aux = jax.vjp(forward, values, has_aux=True)
        random = np.random.RandomState(0)
        heads = numbered(arrays, "head") or [random.uniform(-1, 1, out.shape).astype(out.dtype) for out in outputs]
        return outputs, aux, pull([jnp.asarray(head) for head in heads])[0]

    return jax.jit(step)(wanted)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_training_step(name: str) -> None:
    """Finite everywhere, and MXNet's own where its gradients are recorded."""
    golden, arrays = load_golden(name)
    outputs, aux, gradients = training_step(golden, arrays)
    assert all(np.isfinite(np.asarray(value)).all() for value in gradients.values())
    assert any(np.asarray(value).any() for value in gradients.values())
    for index, expected in enumerate(numbered(arrays, "train")):
        assert_close(outputs[index], expected, name=f"{name} output {index}", rtol=golden.rtol)
    for key, expected in named(arrays, "aux").items():
        assert_close(aux[key], expected, name=f"{name} state {key}", rtol=golden.rtol)
    recorded = named(arrays, "grad")
    assert not recorded or set(gradients) == set(recorded)
    # A bias in front of BatchNorm has the gradient zero, as a sum that cancels: noise of the network's largest gradient.
    noise = 1e-6 * max([np.abs(value).max() for value in recorded.values()], default=0.0)
    for key, expected in recorded.items():
        assert_close(gradients[key], expected, name=f"{name} gradient {key}", rtol=golden.rtol, atol=noise)
