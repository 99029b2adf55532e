"""Initializers that choose by name among others: `Load` and `Mixed`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gluax.errors import ArgumentError, ParameterError
from gluax.lowering.parameters import read_named, strip_prefix
from gluax.ndarray import NDArray
from gluax.patterns import name_pattern

Rule = Callable[[str, NDArray], None]


class Load:
    """Takes values from a file or dict by name (without ``arg:`` and ``aux:``), the others from `default_init`."""

    def __init__(self, param: str | Mapping[str, Any], default_init: Rule | None = None, verbose: bool = False) -> None:
        arrays = read_named(param) if isinstance(param, str) else param
        if not isinstance(arrays, Mapping):
            raise ArgumentError(f"expected a file name or a dict of arrays, got {type(param)}")
        self.param = {strip_prefix(name): array for name, array in arrays.items()}
        self.default_init = default_init
        self.verbose = verbose

    def __call__(self, name: str, arr: NDArray) -> None:
        """Fill `arr`.

        Raises:
          AssertionError: (as a `ParameterError`) when the shapes differ, or nothing has values for the name.
        """
        if name in self.param:
            stored = self.param[name]
            if tuple(arr.shape) != tuple(stored.shape):
                raise ParameterError(
                    f"Parameter {name} cannot be initialized from loading. Shape mismatch, target {arr.shape} vs "
                    f"loaded {stored.shape}"
                )
            arr[:] = stored
            source = "loading"
        else:
            if self.default_init is None:
                raise ParameterError(
                    f"Cannot Initialize {name}. Not found in loaded param and no default Initializer is provided."
                )
            self.default_init(name, arr)
            source = "default"
        if self.verbose:
            logging.info("Initialized %s by %s", name, source)


class Mixed:
    """The initializer of the first regular expression in `patterns` that the beginning of a name matches."""

    def __init__(self, patterns: Sequence[str], initializers: Sequence[Rule]) -> None:
        if len(patterns) != len(initializers):
            raise ArgumentError(f"{len(patterns)} patterns and {len(initializers)} initializers; give as many of each")
        self.map = [(name_pattern(pattern), init) for pattern, init in zip(patterns, initializers)]

    def __call__(self, name: str, arr: NDArray) -> None:
        """Fill `arr`.

        Raises:
          ValueError: when no pattern matches.
        """
        for pattern, init in self.map:
            if pattern.match(name):
                init(name, arr)
                return
        raise ArgumentError(
            f"Parameter name {name} did not match any pattern. Consider adding a '.*' pattern at the end with a "
            "default initializer."
        )
