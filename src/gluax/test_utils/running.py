"""What tests do around the code that they test: again, quietly, in another environment, expecting an error."""

from __future__ import annotations

import functools
import io
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gluax.context import num_gpus
from gluax.errors import ArgumentError


def assert_exception(f: Callable[..., Any], exception_type: type[BaseException], *args: Any, **kwargs: Any) -> None:
    """Fail unless ``f(*args, **kwargs)`` raises this kind of error.

    MXNet lets a function pass that raises nothing, if the kind is AssertionError; here it fails.

    Raises:
      AssertionError
    """
    try:
        f(*args, **kwargs)
    except exception_type:
        return
    raise AssertionError(f"no {exception_type.__name__} was raised")


def retry(n: int) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """A decorator for tests of chance: up to `n` tries, as long as an assertion fails.

    Raises:
      ArgumentError: unless `n` is positive.
    """
    if n <= 0:
        raise ArgumentError(f"{n} tries are too few")

    def decorate(function: Callable[..., Any]) -> Callable[..., None]:
        @functools.wraps(function)
        def tried(*args: Any, **kwargs: Any) -> None:
            for left in reversed(range(n)):
                try:
                    function(*args, **kwargs)
                    return
                except AssertionError:
                    if not left:
                        raise

        return tried

    return decorate


@contextmanager
def discard_stderr() -> Iterator[None]:
    """What is written to stderr meanwhile, by the process's libraries too, goes nowhere."""
    try:
        number = sys.stderr.fileno()
    except (AttributeError, io.UnsupportedOperation):  # no file behind it
        yield
        return
    kept = os.dup(number)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)


@contextmanager
def environment(*args: Any) -> Iterator[None]:
    """Environment variables of the process have other values meanwhile.

    Args:
      args: a name and its value, or a dict of them; None means that the variable is not set.

    Raises:
      ArgumentError: for other arguments.
    """
    if len(args) == 2:
        settings: Mapping[str, str | None] = {args[0]: args[1]}
    elif len(args) == 1 and isinstance(args[0], dict):
        settings = args[0]
    else:
        raise ArgumentError(f"expected a dict, or a name and a value, not {args}")
    before = {name: os.environ.get(name) for name in settings}
    try:
        _set(settings)
        yield
    finally:
        _set(before)


def _set(settings: Mapping[str, str | None]) -> None:
    for name, value in settings.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def list_gpus() -> range:
    """The numbers of the GPUs here."""
    return range(num_gpus())


def is_cd_run() -> bool:
    """Whether the environment's ``CD_JOB`` is 1, which MXNet's servers set."""
    return os.environ.get("CD_JOB") == "1"


def is_aarch64_run() -> bool:
    """Whether the processor is of ARM's 64-bit kind."""
    return platform.machine() == "aarch64"


def has_tvm_ops() -> bool:
    """False: there are no operators made by TVM."""
    return False


def is_op_runnable() -> bool:
    """True: every operator runs on every device."""
    return True
