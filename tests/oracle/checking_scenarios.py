"""Scenarios of what `mx.test_utils` checks by executors; see `tests.oracle.scenarios`."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("checking")
scenario = SCENARIOS.add

A, B = np.array([[1.0, -2.0], [3.0, 0.5]]), np.array([[2.0, 1.0], [-1.0, 4.0]])


def quiet(function: Any) -> Any:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return raised(function)


def rounded(arrays: Any) -> Any:
    pairs = arrays.items() if isinstance(arrays, dict) else enumerate(arrays)
    return {str(name): np.round(array.asnumpy().astype("float64"), 3).tolist() for name, array in pairs}


@scenario
def forward(mx):
    t, a, b = mx.test_utils, mx.sym.Variable("a"), mx.sym.Variable("b")
    dot, both = mx.sym.dot(a, b), mx.sym.Group([a + b, a * b])
    found = [t.simple_forward(dot, a=A, b=B).tolist(), [out.tolist() for out in t.simple_forward(both, a=A, b=B)]]
    found += [rounded(t.check_symbolic_forward(dot, [A, B], [A @ B]))]
    found += [quiet(lambda: t.check_symbolic_forward(dot, {"b": B, "a": A}, {dot.list_outputs()[0]: A @ B}))]
    found += [quiet(lambda: t.check_symbolic_forward(both, [A, B], [A + B, A * B + 1]))]
    found += [quiet(lambda: t.check_symbolic_forward(dot, {"a": A}, [A @ B]))]
    found += [
        quiet(lambda: t.check_symbolic_forward(dot, [A, B], [A @ B + 1e-4])),
        quiet(lambda: t.check_symbolic_forward(dot, [A, B], [A @ B + 1e-4], 0, 0)),
    ]
    norm = mx.sym.BatchNorm(a, fix_gamma=False, name="n", eps=0)
    states = {"n_moving_mean": np.array([1.0, 2.0]), "n_moving_var": np.array([4.0, 4.0])}
    values = [A, np.ones(2), np.zeros(2)]
    found += [quiet(lambda: t.check_symbolic_forward(norm, values, [(A - [1, 2]) / 2], aux_states=states))]
    found += [quiet(lambda: t.check_symbolic_forward(norm, values, [(A - [1, 2]) / 2], aux_states={"x": A}))]
    out = t.check_symbolic_forward(dot, [A, B], [A @ B], dtype=np.float64)[0]
    return [
        *found,
        out.dtype.__name__,
        t.check_symbolic_forward(dot, [A, B], [A @ B], dtype="asnumpy")[0].dtype.__name__,
    ]


@scenario
def backward(mx):
    t, a, b = mx.test_utils, mx.sym.Variable("a"), mx.sym.Variable("b")
    product, ones = a * b, np.ones((2, 2))
    found = [rounded(t.check_symbolic_backward(product, [A, B], [ones], [B, A]))]
    checks = [
        lambda: t.check_symbolic_backward(product, [A, B], [ones], {"b": A, "a": B}),
        lambda: t.check_symbolic_backward(product, [A, B], [2 * ones], [B, A]),
        lambda: t.check_symbolic_backward(product, [A, B], {product.list_outputs()[0]: ones}, [B, A]),
        lambda: t.check_symbolic_backward(product, [A, B], [mx.nd.array(ones)], [B, A], grad_req="add"),
        lambda: t.check_symbolic_backward(product, [A, B], [ones], [B, A], grad_req=["null", "add"]),
        lambda: t.check_symbolic_backward(product, [A, B], [ones], [B, A], grad_req={"a": "write", "b": "null"}),
        lambda: t.check_symbolic_backward(product, [A, B], [ones], [A, A], grad_req={"a": "write", "b": "null"}),
        lambda: t.check_symbolic_backward(mx.sym.make_loss(product), [A, B], None, [B, A], dtype=np.float64),
        lambda: t.check_symbolic_backward(product, {"a": A}, [ones], [B, A]),
    ]
    return found + [quiet(check) for check in checks]


@scenario
def differences(mx):
    t, a, b = mx.test_utils, mx.sym.Variable("a"), mx.sym.Variable("b")
    norm = mx.sym.BatchNorm(a, fix_gamma=False, name="n")
    kept = mx.sym.BlockGrad(a) * a
    np.random.seed(4)
    checks = [
        lambda: t.check_numeric_gradient(mx.sym.tanh(a) * b, [A, B], rtol=1e-2, atol=1e-3),
        lambda: t.check_numeric_gradient(mx.sym.tanh(a) * b, {"b": B, "a": A}, dtype=np.float64, rtol=1e-4, atol=1e-5),
        lambda: t.check_numeric_gradient(kept, [A], rtol=1e-2, atol=1e-3),
        lambda: t.check_numeric_gradient(a * b, [A, B], grad_nodes=["b"], rtol=1e-2, atol=1e-3),
        lambda: t.check_numeric_gradient(a * b, [A, B], grad_nodes={"a": "add", "b": "write"}, rtol=1e-2, atol=1e-2),
        lambda: t.check_numeric_gradient(a * b, [A, B], grad_nodes=3),
        lambda: t.check_numeric_gradient(a * b, [A, B], numeric_eps=1e-7),
        lambda: t.check_numeric_gradient(
            norm, [A, np.ones(2), np.ones(2)], [np.zeros(2), np.ones(2)], rtol=0.1, atol=0.02
        ),
        lambda: t.check_numeric_gradient(
            norm, [A, np.ones(2), np.ones(2)], [np.zeros(2), np.ones(2)], rtol=0.1, atol=0.02, use_forward_train=False
        ),
    ]
    return [quiet(check) for check in checks]


@scenario
def consistency(mx):
    t, net = mx.test_utils, mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=2, name="f")
    names, np_random = ["x", "f_weight", "f_bias"], np.random.RandomState(3)
    kinds = [
        {"ctx": mx.cpu(number), "x": (3, 4), "type_dict": dict.fromkeys(names, kind)}
        for number, kind in enumerate((np.float32, np.float64, np.float32))
    ]
    values = {name: np_random.randint(-4, 5, shape) / 4 for name, shape in zip(names, ((3, 4), (2, 4), (2,)))}
    found = [rounded(t.check_consistency(net, kinds, arg_params=dict(values)))]
    found += [rounded(t.check_consistency(net, kinds[:2], arg_params=dict(values), grad_req="add"))]
    doubled = mx.sym.FullyConnected(mx.sym.Variable("x") * 2, num_hidden=2, name="f")
    np.random.seed(0)
    checks = [
        lambda: t.check_consistency(net, kinds[:1]),
        lambda: t.check_consistency(net, kinds, grad_req="null", use_uniform=True),
        lambda: t.check_consistency([net, net], kinds[:2], scale=0.5),
        lambda: t.check_consistency([net, doubled], kinds[:2]),
        lambda: t.check_consistency([net, doubled], kinds[:2], raise_on_err=False),
        lambda: t.check_consistency([net, mx.sym.Variable("x") * 2], kinds[:2]),
    ]
    return found + [quiet(check) for check in checks]
