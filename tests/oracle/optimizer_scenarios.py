"""Three steps of every optimizer's update on arrays, with ``out=weight``: weights and states after each step.

`UPDATES` gives for each operator the ranges of its states and its attributes. The facts are lists of numbers by array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios

SCENARIOS = Scenarios("optimizers")

STEPS = 3
_SIGNED, _POSITIVE = (-1.0, 1.0), (0.1, 1.0)
_SGD = {"lr": 0.1, "wd": 0.2, "rescale_grad": 0.5, "clip_gradient": 0.3}
_ADAM = {"lr": 0.1, "wd": 0.2, "clip_gradient": 0.3}
_MULTI = {"lrs": (0.1, 0.2), "wds": (0.0, 0.1), "num_weights": 2}
_LAMB = {"learning_rates": (0.1, 0.2), "wds": (0.0, 0.1), "step_count": (1, 2), "num_tensors": 2}

# Operator: states of each tensor (M: a float32 master copy), inputs after all tensors, tensors, attributes.
UPDATES: dict[str, tuple[tuple[Any, ...], tuple[list[float], ...], int, dict[str, Any]]] = {
    "sgd_update": ((), (), 1, _SGD),
    "sgd_mom_update": ((_SIGNED,), (), 1, {**_SGD, "momentum": 0.9}),
    "nag_mom_update": ((_SIGNED,), (), 1, {**_SGD, "momentum": 0.9}),
    "signsgd_update": ((), (), 1, _SGD),
    "signum_update": ((_SIGNED,), (), 1, {**_SGD, "momentum": 0.9, "wd_lh": 0.1}),
    "mp_sgd_update": (("M",), (), 1, _SGD),
    "mp_sgd_mom_update": ((_SIGNED, "M"), (), 1, {**_SGD, "momentum": 0.9}),
    "mp_nag_mom_update": ((_SIGNED, "M"), (), 1, {**_SGD, "momentum": 0.9}),
    "adam_update": ((_SIGNED, _POSITIVE), (), 1, {**_SGD, "beta1": 0.8}),
    "ftml_update": ((_POSITIVE, _POSITIVE, _SIGNED), (), 1, {"lr": 0.1, "t": 1, "clip_grad": 0.3}),
    "ftrl_update": ((_SIGNED, _POSITIVE), (), 1, _SGD),
    "rmsprop_update": ((_POSITIVE,), (), 1, {**_SGD, "clip_weights": 0.8}),
    "rmspropalex_update": (((1.0, 2.0), (0.0, 0.5), _SIGNED), (), 1, _SGD),
    "lamb_update_phase1": ((_SIGNED, _POSITIVE), (), 1, {"t": 1, "wd": 0.2}),
    "lamb_update_phase2": ((), ([0.7], [0.3]), 1, {"lr": 0.1}),
    "_adamw_update": ((_SIGNED, _POSITIVE), ([0.5],), 1, {**_ADAM, "eta": 0.5}),
    "_mp_adamw_update": ((_SIGNED, _POSITIVE, "M"), ([0.5],), 1, {**_ADAM, "eta": 0.5}),
    "multi_sgd_update": ((), (), 2, _MULTI),
    "multi_sgd_mom_update": ((_SIGNED,), (), 2, {**_MULTI, "momentum": 0.9}),
    "multi_mp_sgd_update": (("M",), (), 2, _MULTI),
    "multi_mp_sgd_mom_update": ((_SIGNED, "M"), (), 2, {**_MULTI, "momentum": 0.9}),
    "preloaded_multi_sgd_update": ((), ([0.1, 0.2], [0.0, 0.1]), 2, {"num_weights": 2}),
    "preloaded_multi_sgd_mom_update": ((_SIGNED,), ([0.1, 0.2], [0.0, 0.1]), 2, {"num_weights": 2, "momentum": 0.9}),
    "preloaded_multi_mp_sgd_update": (("M",), ([0.1, 0.2], [0.0, 0.1]), 2, {"num_weights": 2}),
    "preloaded_multi_mp_sgd_mom_update": ((_SIGNED, "M"), ([0.1, 0.2], [0.0, 0.1]), 2, {"num_weights": 2}),
    "_multi_adamw_update": ((_SIGNED, _POSITIVE), ([0.5],), 2, {**_MULTI, "etas": (0.5, 1.0)}),
    "_multi_mp_adamw_update": ((_SIGNED, _POSITIVE, "M"), ([0.5],), 2, {**_MULTI, "etas": (0.5, 1.0)}),
    "_multi_lamb_update": ((_SIGNED, _POSITIVE), (), 2, _LAMB),
    "_multi_mp_lamb_update": ((_SIGNED, _POSITIVE, "M"), (), 2, _LAMB),
}


def _tensor(mx: Any, random: np.random.RandomState, states: tuple[Any, ...]) -> list[Any]:
    """A weight, its gradient and its states."""
    weight, grad = random.uniform(-1, 1, (2, 2, 3))
    half = "float16" if "M" in states else "float32"
    arrays = [mx.nd.array(weight, dtype=half), mx.nd.array(grad, dtype=half)]
    for state in states:
        arrays.append(mx.nd.array(weight if state == "M" else random.uniform(*state, (2, 3)), dtype="float32"))
    return arrays


def _facts(arrays: list[Any]) -> list[list[float]]:
    return [array.asnumpy().astype(float).ravel().tolist() for array in arrays]


def _steps(op: str) -> Callable[[Any], Any]:
    states, rest, count, attrs = UPDATES[op]

    def run(mx: Any) -> list[list[list[float]]]:
        random = np.random.RandomState(len(op))
        tensors = [_tensor(mx, random, states) for _ in range(count)]
        flat = [*(array for tensor in tensors for array in tensor), *(mx.nd.array(values) for values in rest)]
        weights = [tensor[0] for tensor in tensors]
        function = getattr(mx.nd._internal if op.startswith("_") else mx.nd, op)
        found = []
        for step in range(STEPS):
            for tensor in tensors:  # other gradients each time: MXNet's _adamw_update overwrites them
                tensor[1][:] = random.uniform(-1, 1, (2, 3))
            steps = {name: value + step for name, value in attrs.items() if name == "t"}
            result = function(*flat, **{**attrs, **steps}, out=weights if count > 1 else weights[0])
            assert result is weights[0] or all(a is b for a, b in zip(result, weights))
            kept = [[array for i, array in enumerate(tensor) if i != 1] for tensor in tensors]
            found.append(_facts([array for tensor in kept for array in tensor]))
        return found

    return run


SCENARIOS.update({op: _steps(op) for op in UPDATES})


@SCENARIOS.add
def without_out(mx: Any) -> list[list[float]]:
    """The states change, the weight does not."""
    arrays = _tensor(mx, np.random.RandomState(1), (_SIGNED,))
    new = mx.nd.sgd_mom_update(*arrays, lr=0.1, momentum=0.9)
    return _facts([new, *arrays])


@SCENARIOS.add
def mp_lamb(mx: Any) -> list[list[float]]:
    weight, grad, mean, var, master = _tensor(mx, np.random.RandomState(2), (_SIGNED, _POSITIVE, "M"))
    direction = mx.nd.mp_lamb_update_phase1(weight, grad, mean, var, master, t=1, wd=0.1)
    norms = [mx.nd.array([0.7]), mx.nd.array([0.4])]
    mx.nd.mp_lamb_update_phase2(weight, direction, *norms, master, lr=0.1, out=weight)
    return _facts([weight, direction, mean, var, master])


@SCENARIOS.add
def reset_arrays(mx: Any) -> list[Any]:
    arrays = _tensor(mx, np.random.RandomState(3), ())
    return [mx.nd.reset_arrays(*arrays, num_arrays=2), *_facts(arrays)]


@SCENARIOS.add
def finite_flags(mx: Any) -> list[list[float]]:
    """With init_output=False what the output holds counts too."""
    good, bad = mx.nd.ones((2,)), mx.nd.array([1.0, float("inf")])
    found = []
    for function in (mx.nd.all_finite, lambda array, **kwargs: mx.nd.multi_all_finite(array, **kwargs)):
        for held in (0.0, 1.0):
            for array in (good, bad):
                out = mx.nd.array([held])
                function(array, init_output=False, out=out)
                found.append(out)
    return _facts(found)


def _sparse(name: str, history: tuple[int, ...], **attrs: float) -> Callable[[Any], Any]:
    """MXNet has these for row-sparse gradients only; rows that are not there count as zeros."""

    def run(mx: Any) -> list[list[list[float]]]:
        random = np.random.RandomState(len(name))
        weight, state = mx.nd.array(random.uniform(-1, 1, (3, 2))), mx.nd.zeros(history)
        found = []
        for _ in range(STEPS):
            grad = mx.nd.array(random.uniform(-1, 1, (3, 2)) * [[1], [0], [1]])
            grad = grad if getattr(mx, "dense_only", False) else grad.tostype("row_sparse")
            module = mx.nd.contrib if name.startswith("group") else mx.nd.sparse
            getattr(module, name)(weight, grad, state, out=weight, **attrs)
            found.append(_facts([weight, state]))
        return found

    return run


SCENARIOS["adagrad_update"] = _sparse("adagrad_update", (3, 2), lr=0.1, rescale_grad=0.5, clip_gradient=0.3)
SCENARIOS["group_adagrad_update"] = _sparse("group_adagrad_update", (3, 1), lr=0.1, rescale_grad=0.5, clip_gradient=0.3)
