"""MXNet's numpy shape semantics: a switch of the current thread.

Without it 0 stands for an unknown dimension and () for an unknown shape, as in MXNet before 1.5; with it
these are -1 and None, dimensions of size 0 are real, and () is a scalar.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType


class _State(threading.local):
    active = False


_state = _State()


def is_np_shape() -> bool:
    """Whether numpy shape semantics are on in this thread."""
    return _state.active


def set_np_shape(active: bool) -> bool:
    """Switch numpy shape semantics on or off in this thread; return what they were."""
    before, _state.active = _state.active, bool(active)
    return before


def shape_is_known(shape: Sequence[int] | None) -> bool:
    """Whether every size of a shape is known, under the shape semantics of this thread.

    Raises:
      AssertionError: for a size that is neither known nor the mark of an unknown one.
    """
    unknown = -1 if is_np_shape() else 0
    if shape is None or (len(shape) == 0 and unknown == 0):
        return False
    for size in shape:
        if size == unknown:
            return False
        assert size > unknown, f"a dimension of {tuple(shape)} is {size}, which is less than {unknown} (unknown)"
    return True


class np_shape:
    """Switch numpy shape semantics on (or off) within a ``with`` block."""

    def __init__(self, active: bool = True) -> None:
        self._active = active
        self._before: list[bool] = []

    def __enter__(self) -> np_shape:
        self._before.append(set_np_shape(self._active))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        set_np_shape(self._before.pop())
