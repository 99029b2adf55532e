"""Scenarios of `mx.rnn`'s convolutional cells; see `tests.oracle.scenarios`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tests.oracle.autograd_scenarios import rounded
from tests.oracle.rnn_scenarios import graph
from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("conv_cell")
scenario = SCENARIOS.add

SHAPE = (2, 3, 6, 6)


def kinds(mx: Any) -> tuple[Any, ...]:
    return mx.rnn.ConvRNNCell, mx.rnn.ConvLSTMCell, mx.rnn.ConvGRUCell


def steps(mx: Any, length: int = 2) -> list[Any]:
    return [mx.sym.Variable(f"x{number}") for number in range(length)]


def unrolled(mx: Any, cell: Any) -> Any:
    """The outputs, without the states: the last output is one, and gradients of such a pair are not added in MXNet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outputs, _ = cell.unroll(2, steps(mx))
    return mx.sym.Group(outputs)


def values(mx: Any, symbol: Any, shape: tuple[int, ...] = SHAPE) -> Any:
    """The sums of outputs and of gradients, for arrays that the names give."""
    shapes = dict(zip(symbol.list_arguments(), symbol.infer_shape(x0=shape, x1=shape)[0]))
    random = np.random.RandomState(9)
    arrays = {name: mx.nd.array(random.normal(size=size) / 4) for name, size in sorted(shapes.items())}
    grads = {name: mx.nd.zeros(size) for name, size in shapes.items()}
    exe = symbol.bind(mx.cpu(), arrays, grads)
    outputs = exe.forward(is_train=True)
    exe.backward([mx.nd.ones(each.shape) for each in outputs])
    return [[rounded(each.sum()), list(each.shape)] for each in outputs], {
        name: [float(f"{float(grad.sum().asscalar()):.3g}"), list(grad.shape)] for name, grad in grads.items()
    }


@scenario
def defaults(mx):
    found = []
    for kind in kinds(mx):
        cell = kind(SHAPE, 2)
        group = unrolled(mx, cell)
        found += [graph(group), values(mx, group), str(cell.state_info), cell.state_shape, cell._prefix]
        found += [sorted(cell.params._params), cell._gate_names]
    return found


@scenario
def strides_and_dilations(mx):
    found = []
    for kind in kinds(mx):
        cell = kind(
            SHAPE, 2, h2h_kernel=(3, 1), h2h_dilate=(2, 1), i2h_kernel=(3, 2), i2h_stride=(2, 1), i2h_pad=(1, 0),
            i2h_dilate=(1, 2), activation="sigmoid", prefix="a_",
        )  # fmt: skip
        group = unrolled(mx, cell)
        found += [graph(group), values(mx, group), cell.state_shape]
    return found


@scenario
def channels_last(mx):
    found = []
    for kind in kinds(mx):
        made = []
        made.append(raised(lambda kind=kind, made=made: made.append(kind((2, 6, 6, 3), 2, conv_layout="NHWC"))))
        if not made[-1]["raises"]:
            cell = made[0]
            found += [cell.state_info, graph(mx.sym.Group(cell(mx.sym.Variable("x"), cell.begin_state())[1]))]
        found.append(made[-1])
    return found


@scenario
def activations(mx):
    found = []
    for activation in ("relu", "softrelu", lambda data, **kwargs: mx.sym.square(data, **kwargs)):
        for kind in kinds(mx):
            cell = kind(SHAPE, 2, activation=activation)
            output, states = cell(mx.sym.Variable("x0"), cell.begin_state(func=mx.sym.Variable))
            found.append(graph(mx.sym.Group([output, *states])))
    return found


@scenario
def weights_apart(mx):
    found = []
    for kind in kinds(mx):
        cell = kind(SHAPE, 2, i2h_weight_initializer=mx.init.One(), prefix="c_")
        group = unrolled(mx, cell)
        shapes = dict(zip(group.list_arguments(), group.infer_shape(x0=SHAPE, x1=SHAPE)[0]))
        arrays = {
            name: mx.nd.array(np.arange(np.prod(size)).reshape(size))
            for name, size in shapes.items() if name.startswith("c_") and "begin" not in name
        }  # fmt: skip
        apart = cell.unpack_weights(arrays)
        found.append({name: [list(array.shape), float(array.sum().asscalar())] for name, array in apart.items()})
        again = cell.pack_weights(apart)
        found.append([sorted(again), all((again[name] == arrays[name]).asnumpy().all() for name in arrays)])
        found.append([cell._iW.list_attr(), cell._hW.list_attr(), cell._iB.list_attr(), cell._hB.list_attr()])
    return found


@scenario
def with_other_cells(mx):
    stack = mx.rnn.SequentialRNNCell()
    stack.add(mx.rnn.ConvLSTMCell(SHAPE, 2, prefix="a_"))
    stack.add(mx.rnn.ConvGRUCell((2, 2, 6, 6), 3, prefix="b_"))
    found = [graph(unrolled(mx, stack)), values(mx, unrolled(mx, stack)), str(stack.state_info)]
    residual = mx.rnn.ResidualCell(mx.rnn.ConvRNNCell(SHAPE, 3))
    found += [graph(unrolled(mx, residual)), values(mx, unrolled(mx, residual))]
    zone = mx.rnn.ZoneoutCell(mx.rnn.ConvLSTMCell(SHAPE, 2), 0.25, 0.5)
    found.append(graph(unrolled(mx, zone)))
    first = mx.rnn.ConvRNNCell(SHAPE, 2, prefix="p_")
    second = mx.rnn.ConvRNNCell(SHAPE, 2, prefix="q_", params=first.params)
    pair = [cell(mx.sym.Variable("x"), cell.begin_state())[0] for cell in (first, second)]
    return [*found, graph(mx.sym.Group(pair)), mx.sym.Group(pair).list_arguments()]


@scenario
def refused(mx):
    found = [
        raised(lambda kind=kind, kernel=kernel: kind(SHAPE, 2, h2h_kernel=kernel))
        for kind in kinds(mx)
        for kernel in ((2, 3), (3, 4))
    ]
    base = mx.rnn.ConvRNNCell(SHAPE, 2)
    found += [raised(lambda: mx.rnn.ConvRNNCell()), raised(lambda: mx.rnn.ConvRNNCell(SHAPE, 2, conv_layout="other"))]
    found.append(raised(lambda: mx.rnn.ConvLSTMCell(SHAPE, 2)(mx.sym.Variable("x"), [])))
    return [*found, raised(lambda: base.unroll(3, steps(mx)))]
