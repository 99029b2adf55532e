"""``mx.mod``: symbols trained and run as modules, in MXNet's older style; it adds `FeedForward` to `mx.model`."""

from __future__ import annotations

from gluax import model
from gluax.module.base_module import BaseModule
from gluax.module.bucketing_module import BucketingModule
from gluax.module.feed_forward import FeedForward
from gluax.module.module import Module
from gluax.module.python_module import PythonLossModule, PythonModule
from gluax.module.sequential_module import SequentialModule

__all__ = ["BaseModule", "BucketingModule", "Module", "PythonLossModule", "PythonModule", "SequentialModule"]

model.__dict__["FeedForward"] = FeedForward
