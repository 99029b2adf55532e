"""``mx.executor``: symbols bound to arrays, as before Gluon. Importing it adds `bind` and others to `Symbol`."""

from __future__ import annotations

from gluax.executor.binding import bind, evaluate, simple_bind
from gluax.executor.executor import Executor

__all__ = ["Executor", "bind", "evaluate", "simple_bind"]
