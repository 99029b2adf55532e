"""Regular expressions over names, as users give them."""

from __future__ import annotations

import re

from gluax.errors import ArgumentError


def name_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a regular expression, of which callers `match` the beginning of names, as MXNet's `collect_params` does.

    Raises:
      ArgumentError: when it is malformed; the message names it.
    """
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ArgumentError(f"{pattern!r} is not a regular expression: {error}") from None
