"""``mx.autograd``."""

from __future__ import annotations

from gluax.modes import is_recording, is_training, predict_mode, set_training, train_mode

__all__ = ["is_recording", "is_training", "predict_mode", "set_training", "train_mode"]
