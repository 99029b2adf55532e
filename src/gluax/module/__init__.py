"""``mx.mod``: symbols trained and run as modules, in MXNet's older style."""

from __future__ import annotations

from gluax.module.base_module import BaseModule
from gluax.module.bucketing_module import BucketingModule
from gluax.module.module import Module

__all__ = ["BaseModule", "BucketingModule", "Module"]
