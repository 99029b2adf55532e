"""The modes of execution: whether operators run as in training, and whether gradients are recorded.

Both are properties of the thread, as in MXNet.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Mode(threading.local):
    training = False
    recording = False


_mode = _Mode()


def is_training() -> bool:
    """Whether operators run in training mode (Dropout drops, BatchNorm uses the batch's statistics)."""
    return _mode.training


def is_recording() -> bool:
    """Whether operations are recorded for gradients."""
    return _mode.recording


def set_training(train_mode: bool) -> bool:
    """Switch training mode on or off; return what it was."""
    before, _mode.training = _mode.training, bool(train_mode)
    return before


@contextmanager
def train_mode() -> Iterator[None]:
    """Run the ``with`` block in training mode."""
    before = set_training(True)
    try:
        yield
    finally:
        set_training(before)


@contextmanager
def predict_mode() -> Iterator[None]:
    """Run the ``with`` block in inference mode."""
    before = set_training(False)
    try:
        yield
    finally:
        set_training(before)
