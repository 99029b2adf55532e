"""Gradients by recording, as ``mx.autograd``: operations on arrays are recorded, then gone through backwards.

A hybridized block is one operation of the record, with one compiled program forwards and one backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from gluax import modes
from gluax.errors import ArgumentError
from gluax.modes import is_recording, is_training, set_recording, set_training
from gluax.ndarray import NDArray
from gluax.ndarray.gradients import backward, gradients
from gluax.ndarray.recorded_symbol import get_symbol
from gluax.ndarray.tape import record as _record

__all__ = [
    "Function", "backward", "get_symbol", "grad", "is_recording", "is_training", "mark_variables", "pause",
    "predict_mode", "record", "set_recording", "set_training", "train_mode",
]  # fmt: skip

_REQUESTS = ("null", "write", "add")


def record(train_mode: bool = True) -> AbstractContextManager[None]:
    """Record what the ``with`` block computes from arrays with `attach_grad`, by default in training mode."""
    return modes.scope(True, train_mode)


def pause(train_mode: bool = False) -> AbstractContextManager[None]:
    """Do not record in the ``with`` block."""
    return modes.scope(False, train_mode)


def train_mode() -> AbstractContextManager[None]:
    """Run the ``with`` block in training mode."""
    return modes.scope(None, True)


def predict_mode() -> AbstractContextManager[None]:
    """Run the ``with`` block in inference mode."""
    return modes.scope(None, False)


def mark_variables(variables: Any, gradients: Any, grad_reqs: str | Sequence[str] = "write") -> None:
    """Make arrays variables whose gradients go to given arrays.

    Args:
      variables: an array, or several.
      gradients: as many arrays of the same shapes.
      grad_reqs: "write", "add" or "null", for all or one for each.

    Raises:
      KeyError: for another request.
      ArgumentError: for different numbers of them.
    """
    if isinstance(variables, NDArray):
        variables, gradients = [variables], [gradients]
    requests = [grad_reqs] * len(variables) if isinstance(grad_reqs, str) else list(grad_reqs)
    if not len(variables) == len(gradients) == len(requests):
        raise ArgumentError(f"{len(variables)} variables, {len(gradients)} gradients and {len(requests)} grad_reqs")
    for request in requests:
        if request not in _REQUESTS:
            raise KeyError(request)
    for variable, gradient, request in zip(variables, gradients, requests):
        variable._mark(gradient, request)


def grad(
    heads: Any,
    variables: Any,
    head_grads: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    train_mode: bool = True,
) -> list[NDArray]:
    """Gradients of recorded arrays with respect to variables, as new arrays; `grad` of the variables stays.

    Args:
      heads, head_grads, train_mode: see `backward`.
      variables: an array that `attach_grad` was called on, or several.
      retain_graph: keep what was recorded; by default if `create_graph`.
      create_graph: record the computation of the gradients too, so that they can be differentiated. Every operator
        that has a gradient has one of any order, unlike in MXNet.

    Returns:
      A list of gradients, also for a single variable.

    Raises:
      GluaxError: for heads that were not recorded, variables that are none, or that no head depends on.
    """
    variables = [variables] if isinstance(variables, NDArray) else list(variables)
    assert variables, "variables cannot be an empty list"
    retain = create_graph if retain_graph is None else retain_graph
    return gradients(heads, variables, head_grads, retain, create_graph, train_mode)


class Function:
    """A computation with a gradient of its own: subclasses define `forward` and `backward` on arrays.

    An instance is called once. `forward` runs unrecorded; `save_for_backward` keeps arrays for `backward` in
    `saved_tensors`. `backward` takes a gradient for each output and returns one for each input.
    """

    def __init__(self) -> None:
        self._used = False
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *args: Any) -> None:
        """Keep arrays for `backward`."""
        self.saved_tensors = args

    def forward(self, *inputs: Any) -> Any:
        """Compute the output or outputs."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def backward(self, *output_grads: Any) -> Any:
        """Compute the gradient or gradients of the inputs."""
        raise NotImplementedError(f"{type(self).__name__} does not define backward")

    def __call__(self, *inputs: Any) -> Any:
        """Run `forward`; recorded as one operation.

        Raises:
          AssertionError: at the second call.
        """
        assert not self._used, "Each Function instance can only be called once. Please create another instance."
        self._used = True
        with modes.scope(False, None):
            outputs = self.forward(*inputs)
        flat = [outputs] if isinstance(outputs, NDArray) else list(outputs)
        flat = [NDArray(output._data, output._ctx) for output in flat]  # forward may return what it was given
        _record(self._no_function, [array._data for array in inputs], inputs, flat, self._pull_back)
        return flat[0] if isinstance(outputs, NDArray) else type(outputs)(flat)

    def _no_function(self, arrays: list[Any]) -> Sequence[Any]:
        raise ArgumentError(f"{type(self).__name__}: a gradient of an autograd.Function has no gradient itself")

    def _pull_back(self, arrays: list[Any], cotangents: Sequence[Any], wanted: tuple[int, ...]) -> list[Any]:
        given = [cotangent if isinstance(cotangent, NDArray) else NDArray(cotangent) for cotangent in cotangents]
        found = self.backward(*given)
        found = [found] if isinstance(found, NDArray) else list(found)
        assert len(found) == len(arrays), (
            f"{type(self).__name__}.backward must return as many arrays as forward takes: {len(arrays)}, "
            f"got {len(found)}"
        )
        for each in found:
            assert isinstance(each, NDArray), f"backward must return NDArrays, not {type(each)}"
        return [found[number]._data for number in wanted]
