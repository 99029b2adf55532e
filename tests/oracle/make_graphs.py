"""Small whole graphs, exported and run by real MXNet 1.9.1 (``nox -s oracle`` makes the environment):

    python -m tests.oracle.make_graphs [name ...]

For each builder in `GRAPHS` this writes tests/golden/graphs/<name>/ with model-symbol.json, model-0000.params and
golden.npz: ``in:<name>``, ``out:NN`` in head order, ``mode`` (inference or training) and, for graphs with gradients,
``head:NN`` (the gradients that go in) and ``grad:<name>``.
"""

from __future__ import annotations

import argparse
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "0")

import mxnet as mx
import numpy as np

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "graphs"


@dataclass
class Built:
    """A graph and its data.

    Attributes:
      symbol: its heads, one symbol or a list.
      inputs: what a caller passes: shapes (values are drawn from [-1, 1)) or arrays.
      params: what the parameter file holds, likewise; drawn from [-0.5, 0.5).
      gradients: the names whose gradients are compared; makes the run one in training mode.
      rows: how many leading rows of an output mean something: behind them MXNet leaves whatever was in memory.
    """

    symbol: Any
    inputs: dict[str, Any]
    params: dict[str, Any] = field(default_factory=dict)
    gradients: tuple[str, ...] = ()
    rows: dict[int, int] = field(default_factory=dict)


GRAPHS: dict[str, Callable[[], Built]] = {}


def graph(build: Callable[[], Built]) -> Callable[[], Built]:
    """Register a builder under its name."""
    GRAPHS[build.__name__] = build
    return build


def var(*names: str) -> list[Any]:
    return [mx.sym.var(name) for name in names]


def dense(data: Any, name: str, units: int, *parameters: Any) -> Any:
    weight, bias = parameters or var(f"{name}_weight", f"{name}_bias")
    return mx.sym.FullyConnected(data, weight, bias, num_hidden=units, name=name)


def dense_shapes(name: str, units: int, features: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}_weight": (units, features), f"{name}_bias": (units,)}


@graph
def foreach_two_states() -> Built:
    """Two arrays to iterate over, two outputs, two states, weights, and a value from outside."""
    a, b, h, c, scale = var("a", "b", "h", "c", "scale")
    outside = mx.sym.sigmoid(scale)

    def step(slices, states):
        x, y = slices
        h, c = states
        gate = mx.sym.sigmoid(dense(x, "gate", 3) + dense(h, "hidden", 3))
        following = mx.sym.broadcast_mul(gate * c + y, outside)
        return [following * 2, gate], [mx.sym.tanh(following), following]

    outputs, states = mx.sym.contrib.foreach(step, [a, b], [h, c])
    params = {**dense_shapes("gate", 3, 4), **dense_shapes("hidden", 3, 3), "scale": (1, 3)}
    inputs = {"a": (5, 2, 4), "b": (5, 2, 3), "h": (2, 3), "c": (2, 3)}
    return Built([*outputs, *states], inputs, params, ("a", "b", "h", "c", *params))


@graph
def foreach_stateless() -> Built:
    """No state; the order of inputs in the subgraph is not that of the operator."""
    a, w = var("a", "w")
    outputs, _ = mx.sym.contrib.foreach(lambda x, s: (mx.sym.dot(w, x), []), a, [])
    return Built(outputs, {"a": (3, 2, 4)}, {"w": (5, 2)}, ("a", "w"))


@graph
def foreach_states_only() -> Built:
    """No output, one state: a sum."""
    a, s = var("a", "s")
    _, states = mx.sym.contrib.foreach(lambda x, s: ([], [s[0] + x * x]), a, [s])
    return Built(states, {"a": (4, 3), "s": (3,)}, {}, ("a", "s"))


@graph
def foreach_nested() -> Built:
    """A loop over rows in a loop over matrices that reads the outer state; MXNet has no gradient of loops in loops."""
    a, s, w = var("a", "s", "w")

    def outer(matrix, states):
        inner = lambda row, total: (row * states[0], [total[0] + row * w])  # noqa: E731
        rows, totals = mx.sym.contrib.foreach(inner, matrix, [states[0]])
        return [rows], [mx.sym.tanh(totals[0])]

    outputs, states = mx.sym.contrib.foreach(outer, a, [s])
    return Built([*outputs, *states], {"a": (3, 4, 2), "s": (2,)}, {"w": (2,)})


@graph
def foreach_batch_norm() -> Built:
    """A BatchNorm inside the loop, in inference."""
    a, s = var("a", "s")
    names = {"bn_gamma": (3,), "bn_beta": (3,), "bn_moving_mean": (3,), "bn_moving_var": np.array([0.5, 1, 2], "f")}

    def step(x, states):
        return mx.sym.BatchNorm(x, fix_gamma=False, name="bn") + states[0], [states[0] * 2]

    outputs, states = mx.sym.contrib.foreach(step, a, [s])
    return Built([outputs, *states], {"a": (4, 2, 3), "s": (2, 3)}, names)


@graph
def foreach_dropout() -> Built:
    """A random operator inside the loop; in inference it does nothing."""
    (a,) = var("a")
    outputs, _ = mx.sym.contrib.foreach(lambda x, s: (mx.sym.Dropout(x, p=0.5), []), a, [])
    return Built(outputs, {"a": (4, 50)})


def _newton(max_iterations: int, limit: float, gradients: bool = True) -> Built:
    i, x = var("i", "x")
    outputs, states = mx.sym.contrib.while_loop(
        cond=lambda i, x: i < limit,
        func=lambda i, x: ([x * 2, i + 1], [i + 1, mx.sym.tanh(dense(x, "fc", 3)) + x]),
        loop_vars=(i, x),
        max_iterations=max_iterations,
    )
    count = min(max_iterations, int(np.ceil(limit)))
    names = ("x", "fc_weight", "fc_bias") if gradients else ()
    inputs = {"i": np.zeros(1, "f"), "x": (2, 3)}
    return Built([*outputs, *states], inputs, dense_shapes("fc", 3, 3), names, {0: count, 1: count})


@graph
def while_ends_early() -> Built:
    """The condition fails after three of six iterations."""
    return _newton(6, 3)


@graph
def while_runs_out() -> Built:
    """The condition still holds after the last iteration."""
    return _newton(4, 9)


@graph
def while_reads_outside() -> Built:
    """Condition and body both read values that are not loop variables; no stacked output but one."""
    x, bound, step = var("x", "bound", "step")
    outputs, states = mx.sym.contrib.while_loop(
        cond=lambda x, y: mx.sym.broadcast_lesser(mx.sym.sum(x), bound),
        func=lambda x, y: (mx.sym.broadcast_mul(y, step), [mx.sym.broadcast_add(x, step), x * y]),
        loop_vars=(x, mx.sym.exp(x)),
        max_iterations=7,
    )
    inputs = {"x": np.array([1, 2], "f"), "bound": np.array([6.5], "f")}  # 3, 5, 7: two iterations
    return Built([*outputs, *states], inputs, {"step": np.array([1], "f")}, rows={0: 2})


@graph
def while_of_while() -> Built:
    """A loop in a loop; the inner one runs as often as the outer variable says."""
    i, x = var("i", "x")

    def outer(i, x):
        _, inner = mx.sym.contrib.while_loop(
            cond=lambda j, y: j < 3, func=lambda j, y: ([], [j + 1, y * 1.5]), loop_vars=(i, x), max_iterations=5
        )
        return inner[1] + 1, [i + 1, inner[1] - 1]

    outputs, states = mx.sym.contrib.while_loop(lambda i, x: i < 5, outer, (i, x), max_iterations=6)
    inputs = {"i": np.array([1], "f"), "x": (2,)}
    return Built([*outputs, *states] if isinstance(outputs, list) else [outputs, *states], inputs, rows={0: 4})


@graph
def while_of_foreach() -> Built:
    """A loop over rows in every iteration."""
    i, s, a = var("i", "s", "a")

    def step(i, s):
        outputs, states = mx.sym.contrib.foreach(lambda x, t: (x + t[0], [t[0] * 0.5 + x]), a, [s])
        return outputs, [i + 1, states[0]]

    outputs, states = mx.sym.contrib.while_loop(lambda i, s: i < 2, step, (i, s), max_iterations=3)
    inputs = {"i": np.array([0], "f"), "s": (3,), "a": (4, 3)}
    return Built([*outputs, *states] if isinstance(outputs, list) else [outputs, *states], inputs, rows={0: 2})


def _branches(value: float) -> Built:
    a, p = var("a", "p")
    outputs = mx.sym.contrib.cond(
        p * 2 > 1,
        lambda: [dense(a, "yes", 3), mx.sym.sum(a, axis=1)],
        lambda: [mx.sym.broadcast_mul(mx.sym.relu(dense(a, "no", 3)), p.expand_dims(0)), mx.sym.max(a, axis=1)],
    )
    params = {**dense_shapes("yes", 3, 4), **dense_shapes("no", 3, 4)}
    return Built(outputs, {"a": (2, 4), "p": np.array([value], "f")}, params, ("a", *params))


@graph
def cond_then() -> Built:
    return _branches(0.75)


@graph
def cond_else() -> Built:
    return _branches(0.25)


def _decisions(p: float, q: float) -> Built:
    a, p_, q_ = var("a", "p", "q")

    def loop():
        outputs, states = mx.sym.contrib.foreach(lambda x, t: (x * t[0], [t[0] + x]), a, [mx.sym.sum(a, axis=0)])
        return [outputs, states[0]]

    def choice():
        first = mx.sym.contrib.cond(q_ > 0, lambda: a * 2, lambda: mx.sym.exp(a))
        return [first, mx.sym.sum(first, axis=0)]

    outputs = mx.sym.contrib.cond(p_ > 0, loop, choice)
    return Built(outputs, {"a": (4, 3), "p": np.array([p], "f"), "q": np.array([q], "f")})


@graph
def cond_of_foreach() -> Built:
    return _decisions(1, 1)


@graph
def cond_of_cond_then() -> Built:
    return _decisions(-1, 1)


@graph
def cond_of_cond_else() -> Built:
    return _decisions(-1, -1)


def _recurrent(mode: str, layers: int, bidirectional: bool) -> Built:
    """The RNN operator in single precision, with oneDNN: the tables of cases hold it in double only."""
    data, parameters, state, cell = var("data", "parameters", "state", "cell")
    states = {"state": state, "state_cell": cell} if mode == "lstm" else {"state": state}
    symbol = mx.sym.RNN(
        data, parameters, **states, mode=mode, state_size=3, num_layers=layers, bidirectional=bidirectional,
        state_outputs=True, name="rnn",
    )  # fmt: skip
    shapes = dict(zip(symbol.list_arguments(), symbol.infer_shape(data=(4, 2, 5))[0]))
    params = {"parameters": shapes.pop("parameters")}
    return Built(symbol, shapes, params, ("parameters", *shapes))


for _mode in ("rnn_relu", "rnn_tanh", "lstm", "gru"):
    for _layers, _bidirectional in [(1, False), (3, True)]:
        _name = f"{_mode}_{_layers}{'_bidirectional' if _bidirectional else ''}"
        GRAPHS[_name] = lambda args=(_mode, _layers, _bidirectional): _recurrent(*args)


def write(name: str, build: Callable[[], Built]) -> None:
    """Build, run and store one graph."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    mx.attribute.AttrScope._subgraph_names.clear()
    with mx.name.NameManager():
        built = build()
    symbol = mx.sym.Group(built.symbol) if isinstance(built.symbol, (list, tuple)) else built.symbol
    inputs = {key: _array(value, random, 1.0) for key, value in built.inputs.items()}
    params = {key: _array(value, random, 0.5) for key, value in built.params.items()}
    found = {f"in:{key}": value for key, value in inputs.items()} | _run(symbol, {**inputs, **params}, built, random)
    folder = GOLDEN / name
    folder.mkdir(parents=True, exist_ok=True)
    symbol.save(str(folder / "model-symbol.json"))
    states = set(symbol.list_auxiliary_states())
    stored = {f"{'aux' if key in states else 'arg'}:{key}": mx.nd.array(value) for key, value in params.items()}
    mx.nd.save(str(folder / "model-0000.params"), stored)
    np.savez_compressed(folder / "golden.npz", **found)  # pyright: ignore[reportArgumentType]
    print(f"{name}: {', '.join(key + str(value.shape) for key, value in found.items() if key.startswith('out'))}")


def _array(value: Any, random: np.random.RandomState, scale: float) -> np.ndarray:
    return random.uniform(-scale, scale, value).astype("float32") if isinstance(value, tuple) else value


def _run(symbol: Any, values: dict[str, np.ndarray], built: Built, random: np.random.RandomState) -> dict[str, Any]:
    given = {key: mx.nd.array(value, dtype=value.dtype) for key, value in values.items()}
    args = {key: given[key] for key in symbol.list_arguments()}
    aux = {key: given[key] for key in symbol.list_auxiliary_states()}
    grads = {key: mx.nd.zeros(given[key].shape, dtype=given[key].dtype) for key in built.gradients}
    requests = {key: "write" if key in grads else "null" for key in args}
    executor = symbol.bind(mx.cpu(), args, args_grad=grads, grad_req=requests, aux_states=aux)
    outputs = executor.forward(is_train=bool(grads))
    found: dict[str, Any] = {"mode": "training" if grads else "inference"}
    for index, output in enumerate(outputs):
        array = output.asnumpy()
        array[built.rows.get(index, len(array)) :] = 0
        found[f"out:{index:02}"] = array
    if grads:
        heads = [random.uniform(-1, 1, output.shape).astype(output.dtype) for output in outputs]
        executor.backward([mx.nd.array(head, dtype=head.dtype) for head in heads])
        found.update({f"head:{index:02}": head for index, head in enumerate(heads)})
        found.update({f"grad:{key}": value.asnumpy() for key, value in grads.items()})
    return {key: np.asarray(value) for key, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    for name in parser.parse_args().names or GRAPHS:
        write(name, GRAPHS[name])


if __name__ == "__main__":
    main()
