"""mx.np and mx.npx: every case on arrays, its gradient, and traced and compiled, against MXNet's results."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax as mx
from gluax import gluon
from tests.oracle.numpy_cases import CASES, WRONG_GRADIENTS
from tests.oracle.numpy_scenarios import SCENARIOS
from tests.oracle.scenarios import GOLDEN

GOLD = json.loads((GOLDEN / "numpy.json").read_text())
# Rounding of a few float32 operations; half precision has 11 bits. Norms and inverses add up more of them.
TOLERANCE = {"float16": 2e-3, "float32": 2e-5, "float64": 1e-12}


@pytest.fixture(autouse=True)
def numpy_mode() -> Any:
    mx.npx.set_np()
    yield
    mx.npx.reset_np()


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    mx.npx.reset_np()
    SCENARIOS.check(name, mx)


def arrays_of(name: str) -> list[Any]:
    return [mx.np.array(value, dtype=value.dtype) for value in CASES[name].inputs]


def outputs_of(found: Any) -> list[Any]:
    return list(found) if isinstance(found, (list, tuple)) else [found]


def assert_described(found: Any, gold: dict[str, Any], what: str) -> None:
    assert isinstance(found, mx.np.ndarray), (what, type(found))
    values = found.asnumpy()
    assert (values.dtype.name, list(values.shape)) == (gold["dtype"], gold["shape"]), what
    tolerance = TOLERANCE.get(gold["dtype"], 0)
    expected = np.array(gold["values"], float).reshape(gold["shape"])
    scale = max(1.0, float(np.max(np.abs(expected), where=np.isfinite(expected), initial=0)))
    np.testing.assert_allclose(values.astype(float), expected, tolerance, tolerance * scale, err_msg=what)


@pytest.mark.parametrize("name", CASES)
def test_eager(name: str) -> None:
    gold = GOLD[name]
    found = CASES[name].function(mx, *arrays_of(name))
    assert type(found).__name__ == gold["kind"]
    outputs = outputs_of(found)
    assert len(outputs) == len(gold["outputs"])
    for output, expected in zip(outputs, gold["outputs"]):
        assert_described(output, expected, name)


@pytest.mark.parametrize("name", [name for name in CASES if "gradients" in GOLD[name] and name not in WRONG_GRADIENTS])
def test_gradient(name: str) -> None:
    arrays = arrays_of(name)
    wanted = [array for array in arrays if array.dtype in (np.float32, np.float64)]
    for array in wanted:
        array.attach_grad()
    with mx.autograd.record():
        outputs = outputs_of(CASES[name].function(mx, *arrays))
    heads = [output for output in outputs if output.dtype in (np.float32, np.float64)]
    weights = [mx.np.array(np.arange(1, head.size + 1).reshape(head.shape), dtype=head.dtype) for head in heads]
    mx.autograd.backward(heads, weights)
    for number, (array, expected) in enumerate(zip(wanted, GOLD[name]["gradients"])):
        assert_described(array.grad, expected, f"{name}: gradient {number}")


class Traced(gluon.HybridBlock):
    """A case as a block; its outputs follow a sum of zeros, so that cases without inputs have one."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._case = CASES[name]

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:
        found = self._case.function(F, *args)
        return [*outputs_of(found), F.np.sum(x)]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.traced])
def test_compiled(name: str) -> None:
    block = Traced(name)
    block.hybridize()
    *outputs, total = block(mx.np.zeros((2,)), *arrays_of(name))
    assert total.shape == ()
    assert len(outputs) == len(GOLD[name]["outputs"])
    for output, expected in zip(outputs, GOLD[name]["outputs"]):
        assert_described(output, expected, name)


def test_known_wrong_gradients_are_cases() -> None:
    assert {name for name in WRONG_GRADIENTS if "gradients" in GOLD[name]} == set(WRONG_GRADIENTS)


def test_gradients_that_mxnet_gets_wrong() -> None:
    """Against differences of values, in float64 where the case's function keeps it."""
    for name in WRONG_GRADIENTS:
        case = CASES[name]
        place = next(number for number, value in enumerate(case.inputs) if value.dtype == np.float32)

        def total(value: np.ndarray, name: str = name, place: int = place) -> Any:
            arrays = [mx.np.array(other, dtype=other.dtype) for other in CASES[name].inputs]
            arrays[place] = mx.np.array(value, dtype="float64")
            arrays[place].attach_grad()
            with mx.autograd.record():
                out = CASES[name].function(mx, *arrays).sum()
            out.backward()
            return out.item(), arrays[place].grad.asnumpy()

        value = case.inputs[place].astype(np.float64)
        direction = np.random.default_rng(3).normal(size=value.shape)
        step = 1e-6 * direction
        slope = (total(value + step)[0] - total(value - step)[0]) / 2e-6
        np.testing.assert_allclose(np.sum(total(value)[1] * direction), slope, rtol=1e-5, err_msg=name)


def test_arrays_are_citizens_of_jax() -> None:
    x = mx.np.array([1.0, 2.0, 3.0])
    assert isinstance(jax.jit(lambda x: mx.np.sum(x * 2))(x), mx.np.ndarray)
    doubled = jax.vmap(lambda x: x * 2)(x)
    assert doubled.tolist() == [2, 4, 6]
    slope = jax.grad(lambda x: mx.np.sum(mx.np.where(x > 1, x * x, x))._data)(x)
    assert slope.tolist() == [1, 4, 6]
    for together in (x + jnp.ones(3), jnp.ones(3) + x, jnp.sin(x)):
        assert isinstance(together, jax.Array)


def test_copies_keep_their_class() -> None:
    x = mx.np.ones((2,))
    assert all(type(other) is mx.np.ndarray for other in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x), x.copy()))
    assert type(mx.nd.from_numpy(np.ones(2), array_cls=mx.np.ndarray)) is mx.np.ndarray


def test_no_gradient_through_numpy() -> None:
    x = mx.np.ones((2, 2))
    x.attach_grad()
    with mx.autograd.record():
        with pytest.raises(mx.MXNetError, match="no gradient"):
            mx.np.cov(x)
        with mx.autograd.pause():
            assert mx.np.cov(x.detach()).shape == (2, 2)


def test_graphs_of_numpy_blocks_are_exported_and_read(tmp_path: Path) -> None:
    class Net(gluon.HybridBlock):
        def __init__(self) -> None:
            super().__init__()
            self.weight = self.params.get("weight", shape=(3, 4), init=mx.init.Constant(0.5))

        def hybrid_forward(self, F: Any, x: Any, weight: Any) -> Any:
            return F.np.dot(x, weight)[:, 1:] - F.np.mean(x)

    net = Net()
    net.initialize()
    net.hybridize()
    x = mx.np.arange(6).reshape(2, 3)
    expected = net(x)
    net.export(tmp_path / "net")
    files = [str(tmp_path / f"net-{end}") for end in ("symbol.json", "0000.params")]
    again = gluon.SymbolBlock.imports(files[0], ["data"], files[1])
    assert again(x).tolist() == expected.tolist()
    model = mx.load(*files)
    np.testing.assert_allclose(model.apply(model.variables, x.asnumpy()), expected.asnumpy(), rtol=1e-6)
