"""Checking symbols: their outputs, their gradients, and both in several dtypes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gluax.context import Context
from gluax.errors import ArgumentError, NameLookupError
from gluax.ndarray import NDArray, array
from gluax.symbol import Symbol, Variable, make_loss
from gluax.test_utils.comparing import (
    Tolerance,
    assert_almost_equal,
    default_numeric_eps,
    get_tolerance,
)
from gluax.test_utils.data import default_context

Given = Sequence[Any] | Mapping[str, Any]
Requests = str | Sequence[str] | Mapping[str, str]


def simple_forward(sym: Symbol, ctx: Context | None = None, is_train: bool = False, **inputs: Any) -> Any:
    """The outputs of a symbol as numpy arrays: a list, or for one output the array.

    Args:
      sym: the symbol.
      ctx: where to run; by default the current context.
      is_train: MXNet's training mode.
      inputs: the arguments, as `nd.array` takes them.
    """
    executor = _bind(sym, ctx, {name: array(value) for name, value in inputs.items()})
    executor.forward(is_train=is_train)
    outputs = [output.asnumpy() for output in executor.outputs]
    return outputs[0] if len(outputs) == 1 else outputs


def numeric_grad(
    executor: Any,
    location: dict[str, Any],
    aux_states: Mapping[str, Any] | None = None,
    eps: float = 1e-4,
    use_forward_train: bool = True,
    dtype: Any = np.float32,
) -> dict[str, np.ndarray]:
    """The gradient of the sum of an executor's first output, by central differences: two runs for each element.

    Args:
      executor: the executor.
      location: the values of the arguments, by name. Those that are not floating get a gradient of zeros.
      aux_states: the auxiliary states, written anew before each run.
      eps: the distance of the two points.
      use_forward_train: whether to run in training mode.
      dtype: of the result.
    """
    values = {name: np.array(value, order="C") for name, value in location.items()}
    for name, value in values.items():
        executor.arg_dict[name][:] = value

    def total(name: str, value: np.ndarray) -> Any:
        executor.arg_dict[name][:] = value
        for state, start in (aux_states or {}).items():
            executor.aux_dict[state][:] = start
        executor.forward(is_train=use_forward_train)
        return executor.outputs[0].asnumpy()

    gradients = {name: np.zeros(value.shape, dtype) for name, value in values.items()}
    for name, value in values.items():
        for index in np.ndindex(value.shape) if value.dtype.kind == "f" else ():
            ends = []
            for step in (eps / 2.0, -eps / 2.0):
                moved = value.copy()
                moved[index] += step
                ends.append(total(name, moved))
            gradients[name][index] = (ends[0] - ends[1]).sum() / eps
        executor.arg_dict[name][:] = value
    return gradients


def check_numeric_gradient(
    sym: Symbol,
    location: Given,
    aux_states: Given | None = None,
    numeric_eps: Tolerance = None,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    grad_nodes: Sequence[str] | Mapping[str, str] | None = None,
    use_forward_train: bool = True,
    ctx: Context | None = None,
    grad_stype_dict: Mapping[str, str] | None = None,
    dtype: Any = np.float32,
) -> None:
    """Fail unless the gradients of a symbol of one output are those of finite differences.

    The gradient is that of the output's sum with random weights.

    Args:
      sym: the symbol.
      location: the values of the arguments, in their order or by name.
      aux_states: those of the auxiliary states.
      numeric_eps: the step, or steps by dtype.
      rtol, atol: see `assert_almost_equal`.
      grad_nodes: the arguments to look at, or their ``grad_req`` by name; by default all.
      use_forward_train: whether finite differences run in training mode.
      ctx: where to run.
      grad_stype_dict: accepted: every array is dense.
      dtype: float16, float32 or float64, of all arrays.

    Raises:
      AssertionError: where they differ.
      ValueError: for names that are not those of the arguments, and another ``grad_req``.
    """
    ctx, names = ctx or default_context(), sym.list_arguments()
    given = _named("location", location, names, ctx, dtype)
    states = _named("aux_states", aux_states, sym.list_auxiliary_states(), ctx, dtype)
    numbers, starts = ({name: held.asnumpy() for name, held in held_by.items()} for held_by in (given, states))
    looked_at = names if grad_nodes is None else grad_nodes
    if not isinstance(looked_at, (Mapping, list, tuple)):
        raise ArgumentError(f"grad_nodes is {grad_nodes!r}, expected names, or a dict of grad_req by name")
    requests = dict(looked_at) if isinstance(looked_at, Mapping) else dict.fromkeys(looked_at, "write")
    _, shapes, _ = sym.infer_shape(**{name: held.shape for name, held in given.items()})
    weights, shape = "__random_proj", (shapes or [None])[0] or ()
    given[weights] = array(np.random.rand(*shape) + 0.1, ctx, dtype)  # not too small, or differences lose digits
    before = {name: np.random.normal(0, 0.01, given[name].shape).astype(dtype) for name in [*requests, weights]}
    gradients = {name: array(value, ctx, dtype) for name, value in before.items()}
    executor = _bind(make_loss(sym * Variable(weights)), ctx, given, gradients, requests, states)
    executor.forward(is_train=True)
    eps = get_tolerance(executor.outputs[0], numeric_eps, default_numeric_eps())
    if np.dtype(dtype) != np.float64 and eps < 1e-5:
        raise ArgumentError(f"a step of {eps} is too small for {np.dtype(dtype)}")
    executor.backward()
    found = {name: gradients[name].asnumpy() for name in requests}
    expected = numeric_grad(executor, numbers, starts, eps, use_forward_train, dtype)
    for name, request in requests.items():
        labels = (f"NUMERICAL_{name}", f"BACKWARD_{name}")
        _assert_gradient(request, expected[name], found[name], before[name], labels, (rtol, atol), False)


def check_symbolic_forward(
    sym: Symbol,
    location: Given,
    expected: Given,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    aux_states: Given | None = None,
    ctx: Context | None = None,
    equal_nan: bool = False,
    dtype: Any = np.float32,
) -> list[NDArray]:
    """Fail unless the outputs, not in training mode, are the expected ones.

    Args:
      sym: the symbol.
      location: the values of the arguments, in their order or by name.
      expected: the outputs, likewise.
      rtol, atol, equal_nan: see `assert_almost_equal`.
      aux_states: the values of the auxiliary states.
      ctx: where to run.
      dtype: float16, float32 or float64, of all arrays, or "asnumpy" for those given.

    Returns:
      The outputs.

    Raises:
      AssertionError: where they differ.
      ValueError: for names that are not those of the arguments.
    """
    ctx = ctx or default_context()
    given = _named("location", location, sym.list_arguments(), ctx, dtype)
    states = _named("aux_states", aux_states, sym.list_auxiliary_states(), ctx, dtype)
    executor = _bind(sym, ctx, given, aux_states=states)
    executor.forward(is_train=False)
    wanted = [expected[name] for name in sym.list_outputs()] if isinstance(expected, Mapping) else expected
    for name, value, output in zip(sym.list_outputs(), wanted, executor.outputs):
        names = (f"EXPECTED_{name}", f"FORWARD_{name}")
        assert_almost_equal(value, output, rtol, atol, names, equal_nan)
    return executor.outputs


def check_symbolic_backward(
    sym: Symbol,
    location: Given,
    out_grads: Given | None,
    expected: Given,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    aux_states: Given | None = None,
    grad_req: Requests = "write",
    ctx: Context | None = None,
    grad_stypes: Mapping[str, str] | None = None,
    equal_nan: bool = False,
    dtype: Any = np.float32,
) -> dict[str, NDArray]:
    """Fail unless the gradients are the expected ones.

    Args:
      sym: the symbol.
      location: the values of the arguments, in their order or by name.
      out_grads: the gradients of the outputs, in their order or by name; None for losses.
      expected: the gradients of the arguments, in their order or by name.
      rtol, atol, equal_nan: see `assert_almost_equal`.
      aux_states: the values of the auxiliary states.
      grad_req: "write", "add" or "null", for all arguments, in their order or by name.
      ctx: where to run.
      grad_stypes: accepted: every array is dense.
      dtype: float16, float32 or float64, of all arrays, or "asnumpy" for those given.

    Returns:
      The gradients, by name.

    Raises:
      AssertionError: where they differ.
      ValueError: for names that are not those of the arguments, and another ``grad_req``.
    """
    ctx, names = ctx or default_context(), sym.list_arguments()
    given = _named("location", location, names, ctx, dtype)
    states = _named("aux_states", aux_states, sym.list_auxiliary_states(), ctx, dtype)
    wanted = dict(expected) if isinstance(expected, Mapping) else dict(zip(names, expected))
    requests = dict.fromkeys(names, grad_req) if isinstance(grad_req, str) else grad_req
    requests = dict(requests) if isinstance(requests, Mapping) else dict(zip(names, requests))
    gradients = {name: _made(np.random.normal(size=wanted[name].shape), ctx, given[name].dtype)
                 for name in sorted(wanted)}  # fmt: skip
    before = {name: held.asnumpy() for name, held in gradients.items()}
    executor = _bind(sym, ctx, given, gradients, requests, states)
    executor.forward(is_train=True)
    if isinstance(out_grads, Mapping):
        executor.backward({name: _made(value, ctx, dtype) for name, value in out_grads.items()})
    else:
        executor.backward(None if out_grads is None else [_made(value, ctx, dtype) for value in out_grads])
    for name, value in wanted.items():
        labels = (f"EXPECTED_{name}", f"BACKWARD_{name}")
        found = gradients[name].asnumpy()
        _assert_gradient(requests[name], value, found, before[name], labels, (rtol, atol), equal_nan)
    return gradients


def _bind(
    sym: Symbol,
    ctx: Context | None,
    args: Mapping[str, NDArray],
    args_grad: Mapping[str, NDArray] | None = None,
    grad_req: Requests = "write",
    aux_states: Mapping[str, NDArray] | None = None,
) -> Any:
    bindable: Any = sym
    return bindable.bind(
        ctx or default_context(), args=args, args_grad=args_grad, grad_req=grad_req, aux_states=aux_states or None
    )


def _made(value: Any, ctx: Context, dtype: Any) -> NDArray:
    """NDArrays as they are; others of this dtype, or of their own ("asnumpy")."""
    if isinstance(value, NDArray):
        return value
    value = np.asarray(value)
    return array(value, ctx, value.dtype if dtype == "asnumpy" else dtype)


def _named(what: str, given: Given | None, names: Sequence[str], ctx: Context, dtype: Any) -> dict[str, NDArray]:
    """Arrays by name, from a sequence in the order of the names or a dict."""
    if dtype != "asnumpy" and np.dtype(dtype).kind != "f":
        raise ArgumentError(f"dtype is {dtype!r}, expected numpy's float16, float32 or float64, or 'asnumpy'")
    if given is None:
        return {}
    if isinstance(given, Mapping) and set(given) != set(names):
        raise NameLookupError(f"{what} names {sorted(given)}, and the symbol has {sorted(names)}")
    pairs = given.items() if isinstance(given, Mapping) else zip(names, given)
    return {name: _made(value, ctx, dtype) for name, value in sorted(pairs)}


def _assert_gradient(
    request: str,
    expected: Any,
    found: np.ndarray,
    before: np.ndarray,
    names: tuple[str, str],
    tolerances: tuple[Tolerance, Tolerance],
    equal_nan: bool,
) -> None:
    """What was written, or added to what was there, or left as it was."""
    if request not in ("write", "add", "null"):
        raise ArgumentError(f"grad_req is {request!r}, expected 'write', 'add' or 'null'")
    wanted = before if request == "null" else expected
    assert_almost_equal(wanted, found - before if request == "add" else found, *tolerances, names, equal_nan)
