"""Recurrent layers and cells: MXNet's graphs and errors, training, JAX arrays, and what MXNet itself cannot do."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

import gluax as mx
from gluax.gluon import rnn
from gluax.gluon.contrib import rnn as contrib
from tests.compare import assert_close
from tests.oracle.recurrent_scenarios import SCENARIOS, cells

RANDOM = np.random.RandomState(0)
NTC = RANDOM.uniform(-1, 1, (2, 3, 5)).astype(np.float32)
LENGTHS = np.array([1, 3], np.float32)


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    SCENARIOS.check(name, mx)


def ready(block: Any) -> Any:
    block.initialize(mx.init.Uniform(0.5))
    return block


def flat(value: Any) -> list[Any]:
    return [item for part in value for item in flat(part)] if isinstance(value, (list, tuple)) else [value]


def assert_all_close(found: Any, wanted: Any, name: str) -> None:
    pairs = list(zip(flat(found), flat(wanted), strict=True))
    for index, (a, b) in enumerate(pairs):
        assert_close(np.asarray(a), np.asarray(b), name=f"{name} {index}")


LAYERS = {
    "relu": lambda **kwargs: rnn.RNN(4, 2, **kwargs),
    "tanh": lambda **kwargs: rnn.RNN(4, 2, "tanh", **kwargs),
    "lstm": lambda **kwargs: rnn.LSTM(4, 2, **kwargs),
    "gru": lambda **kwargs: rnn.GRU(4, 2, **kwargs),
}


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", LAYERS)
def test_unfused_cells_compute_the_same(kind: str, bidirectional: bool) -> None:
    layer = ready(LAYERS[kind](input_size=5, layout="NTC", bidirectional=bidirectional, dropout=0.5))
    stack, x = layer._unfuse(), mx.nd.array(NTC)
    assert set(stack.collect_params()) == set(layer.collect_params())
    outputs, states = layer(x, layer.begin_state(2))
    cut, ends = stack.unroll(3, x, merge_outputs=True)
    assert_close(cut.asnumpy(), outputs.asnumpy(), name="outputs")
    # The cells' states come cell by cell, the layer's kind by kind.
    by_kind = [np.stack([end.asnumpy() for end in ends[number :: len(states)]]) for number in range(len(states))]
    assert_all_close(by_kind, [state.asnumpy() for state in states], "states")


@pytest.mark.parametrize(
    ("layout", "hybridize"),
    [("NTC", {"active": False}), ("TNC", {}), ("NTC", {"static_alloc": True, "static_shape": True})],
)
def test_layers_take_jax_and_numpy_arrays(layout: str, hybridize: dict[str, bool]) -> None:
    layer = ready(rnn.LSTM(4, layout=layout))
    wanted = layer(mx.nd.array(NTC))
    layer.hybridize(**hybridize)
    found = layer(NTC)
    assert isinstance(found, jax.Array)
    assert_close(np.asarray(found), wanted.asnumpy(), name="outputs")
    zeros = np.zeros((1, NTC.shape[layout.find("N")], 4), np.float32)
    layer.hybridize(**hybridize)
    outputs, states = layer(jax.numpy.asarray(NTC), [zeros, zeros])
    assert all(isinstance(array, jax.Array) for array in (outputs, *states))
    assert_close(np.asarray(outputs), wanted.asnumpy(), name="outputs with states")


@pytest.mark.parametrize("merge", [None, False])
@pytest.mark.parametrize("kind", ["bidirectional", "residual", "variational", "stack"])
def test_unrolling_takes_jax_and_numpy_arrays(kind: str, merge: bool | None) -> None:
    cell = ready(mx.gluon.rnn.ResidualCell(rnn.GRUCell(5)) if kind == "residual" else cells(mx)[kind]())
    x = RANDOM.uniform(-1, 1, (2, 3, 4)).astype(np.float32) if kind == "stack" else NTC
    found = cell.unroll(3, x, merge_outputs=merge, valid_length=LENGTHS)
    wanted = cell.unroll(3, mx.nd.array(x), merge_outputs=merge, valid_length=mx.nd.array(LENGTHS))
    assert all(isinstance(array, jax.Array) for array in flat(found))
    assert isinstance(found[0], list) == (merge is False)
    assert_all_close(found, wanted, kind)


def test_dynamic_unroll_takes_jax_arrays() -> None:
    cell = ready(rnn.GRUCell(4))
    begin = [np.zeros((2, 4), np.float32)]
    found = contrib.rnn_cell.dynamic_unroll(cell, NTC, begin, layout="NTC", valid_length=LENGTHS)
    assert all(isinstance(array, jax.Array) for array in flat(found))
    wanted = cell.unroll(3, NTC, merge_outputs=True, valid_length=LENGTHS)
    assert_all_close(found, wanted, "dynamic")


@pytest.mark.parametrize(
    ("kind", "layout"), [("residual", "NTC"), ("bidirectional", "TNC"), ("residual-bidirectional", "NTC")]
)
def test_separate_outputs_with_lengths_hybridized(kind: str, layout: str) -> None:
    """MXNet takes the outputs, cut apart, for one symbol, and fails or gives a nested list."""

    class Unrolled(mx.gluon.HybridBlock):
        def __init__(self) -> None:
            super().__init__()
            self.cell = cells(mx)[kind]()

        def hybrid_forward(self, F: Any, x: Any, lengths: Any) -> Any:
            return self.cell.unroll(3, x, layout=layout, merge_outputs=False, valid_length=lengths)[0]

    x = mx.nd.array(RANDOM.uniform(-1, 1, (2, 3, 4) if layout == "NTC" else (3, 2, 4)))
    net, lengths = ready(Unrolled()), mx.nd.array(LENGTHS)
    eager = net(x, lengths)
    net.hybridize()
    hybridized = net(x, lengths)
    assert len(eager) == len(hybridized) == 3
    assert_all_close(hybridized, eager, kind)
    assert not eager[1].asnumpy()[0].any(), "behind the first length"
    assert eager[1].asnumpy()[1].any()


@pytest.mark.parametrize("hybridize", [{"active": False}, {}])
@pytest.mark.parametrize("layout", ["NTC", "TNC"])
def test_bidirectional_cell_merges_once(layout: str, hybridize: dict[str, bool]) -> None:
    """With lengths, and the form of the outputs left open, MXNet merges those of the backward cell twice."""

    class Unrolled(mx.gluon.HybridBlock):
        def __init__(self) -> None:
            super().__init__()
            self.cell = rnn.BidirectionalCell(rnn.GRUCell(4), rnn.RNNCell(3))

        def hybrid_forward(self, F: Any, x: Any, lengths: Any) -> Any:
            whole, open_form = (
                self.cell.unroll(3, x, layout=layout, merge_outputs=merge, valid_length=lengths)[0]
                for merge in (True, None)
            )
            return whole, open_form

    net = ready(Unrolled())
    net.hybridize(**hybridize)
    x = NTC if layout == "NTC" else np.ascontiguousarray(NTC.transpose(1, 0, 2))
    whole, open_form = net(mx.nd.array(x), mx.nd.array(LENGTHS))
    assert whole.shape == (*x.shape[:2], 7)
    assert_close(open_form.asnumpy(), whole.asnumpy(), name=layout)


def test_cell_with_an_activation_block_unrolls() -> None:
    """In MXNet `reset` fails on the activation, which is a child of the cell."""
    cell = ready(rnn.RNNCell(4, activation=mx.gluon.nn.LeakyReLU(0.1)))
    outputs, _ = cell.unroll(3, NTC)
    state = np.zeros((2, 4), np.float32)
    for step in range(3):
        output, [state] = cell(NTC[:, step], [state])
        assert_close(np.asarray(outputs[step]), np.asarray(output), name=f"step {step}")


def test_layers_of_two_digits_have_structural_names() -> None:
    """MXNet's pattern for them knows one digit."""
    layer = rnn.RNN(2, 11)
    assert list(layer._collect_params_with_prefix())[-4:] == [
        f"_unfused.10.{name}" for name in ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias")
    ]


# --- training


@pytest.mark.parametrize("hybridize", [{"active": False}, {}])
def test_dropout_between_layers_in_training_only(hybridize: dict[str, bool]) -> None:
    layer, x = ready(rnn.GRU(50, 2, dropout=0.5)), mx.nd.array(NTC)
    layer.hybridize(**hybridize)
    quiet = [layer(x).asnumpy() for _ in range(2)]
    with mx.autograd.train_mode():
        noisy = [layer(x).asnumpy() for _ in range(2)]
    assert np.array_equal(*quiet)
    assert np.abs(noisy[0] - noisy[1]).max() > 1e-3
    assert np.abs(noisy[0] - quiet[0]).max() > 1e-3


@pytest.mark.parametrize("hybridize", [{"active": False}, {}])
def test_zoneout_keeps_its_share(hybridize: dict[str, bool]) -> None:
    cell = ready(rnn.ZoneoutCell(rnn.RNNCell(400), zoneout_outputs=0.4, zoneout_states=0.3))
    cell.hybridize(**hybridize)
    x, before = mx.nd.ones((50, 3)), mx.nd.ones((50, 400)) * 7
    cell.reset()
    _, [after] = cell(x, [before])
    assert not (after.asnumpy() == 7).any()
    cell.reset()
    with mx.autograd.train_mode():
        output, [after] = cell(x, [before])
    assert abs((after.asnumpy() == 7).mean() - 0.3) < 0.02
    assert abs((output.asnumpy() == 0).mean() - 0.4) < 0.02


def test_variational_masks_last_until_reset() -> None:
    cell = ready(contrib.VariationalDropoutCell(rnn.RNNCell(30, i2h_bias_initializer="ones"), 0, 0, 0.5))
    x, state = mx.nd.ones((2, 3)), [mx.nd.zeros((2, 30))]
    with mx.autograd.train_mode():
        first, second = (cell(x, state)[0].asnumpy() == 0 for _ in range(2))
        cell.reset()
        renewed = cell(x, state)[0].asnumpy() == 0
        steps = np.stack(
            [step.asnumpy() == 0 for step in cell.unroll(3, mx.nd.ones((2, 3, 3)), merge_outputs=False)[0]]
        )
    assert 0.2 < first.mean() < 0.8
    assert np.array_equal(first, second)
    assert not np.array_equal(first, renewed)
    assert (steps == steps[0]).all()


def test_errors_name_what_was_expected() -> None:
    cell = ready(rnn.RNNCell(3))
    with pytest.raises(AssertionError, match="4 steps were asked for, and the inputs have 3"):
        cell.unroll(4, NTC)
    with pytest.raises(AssertionError, match="2 steps were asked for, and 1 given"):
        cell.unroll(2, [NTC[:, 0]])
    with pytest.raises(KeyError, match="activation must be 'relu' or 'tanh', got 'sigmoid'"):
        rnn.RNN(4, activation="sigmoid")
    with pytest.raises(ValueError, match=r"Expecting \(1, 3, 4\), got \(1, 3, 5\)"):
        ready(rnn.GRU(4, input_size=5))(mx.nd.array(NTC), mx.nd.ones((1, 3, 5)))
    with pytest.raises(AssertionError, match="already modified"):
        rnn.ResidualCell(rnn.ZoneoutCell(cell).base_cell)
