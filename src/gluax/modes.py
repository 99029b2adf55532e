"""The modes of a thread: whether operators run as in training, operations are recorded, and Gluon uses numpy arrays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Mode(threading.local):
    training = False
    recording = False
    np_array = False


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


def set_recording(is_recording: bool) -> bool:
    """Switch recording on or off; return what it was."""
    before, _mode.recording = _mode.recording, bool(is_recording)
    return before


def is_np_array() -> bool:
    """Whether Gluon's parameters and data are arrays of `mx.np`."""
    return _mode.np_array


def set_np_array(active: bool) -> bool:
    """Switch numpy arrays in Gluon on or off; return what it was."""
    before, _mode.np_array = _mode.np_array, bool(active)
    return before


@contextmanager
def scope(recording: bool | None, training: bool | None) -> Iterator[None]:
    """Run the ``with`` block in other modes; None leaves one as it is."""
    before = _mode.recording, _mode.training
    if recording is not None:
        set_recording(recording)
    if training is not None:
        set_training(training)
    try:
        yield
    finally:
        _mode.recording, _mode.training = before
