"""The operators ``_contrib_X`` as ``X``, control flow, and what MXNet adds to them."""

from __future__ import annotations

import math
from typing import Any

from gluax.symbol import random
from gluax.symbol.control_flow import cond, foreach, while_loop
from gluax.symbol.functions import function_for
from gluax.symbol.namespaces import namespace
from gluax.symbol.symbol import Symbol

_operator, _names = namespace(__name__, "_contrib_")
_OWN = {"cond": cond, "foreach": foreach, "uniform": random.uniform, "while_loop": while_loop}


def __getattr__(name: str) -> Any:
    return _operator(name)


def __dir__() -> list[str]:
    return sorted({*_names(), *_OWN, "rand_zipfian"})


uniform = random.uniform


def rand_zipfian(true_classes: Symbol, num_sampled: int, range_max: int) -> tuple[Symbol, Symbol, Symbol]:
    """Draw classes below `range_max` by the approximately log-uniform (Zipfian) distribution.

    Returns:
      The classes drawn, and how often the true and the drawn classes are expected among `num_sampled` draws.
    """
    cast, log = function_for("cast"), function_for("log")
    log_range = math.log(range_max + 1)
    draw = random.uniform(0, log_range, shape=(num_sampled,), dtype="float64")
    drawn = cast(function_for("exp")(draw) - 1, dtype="int64") % range_max

    def expected(classes: Symbol) -> Symbol:
        exact = cast(classes, dtype="float64")
        return log((exact + 2.0) / (exact + 1.0)) / log_range * num_sampled

    return drawn, expected(cast(true_classes, dtype="float64")), expected(drawn)
