"""MXNet's operators as pure JAX functions: one family per file.

Importing this package imports every module in it, and with that registers every operator.
"""

from __future__ import annotations

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
