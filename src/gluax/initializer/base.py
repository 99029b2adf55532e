"""The base class of initializers, which goes by the names of variables, and the registry of initializers."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import jax
import numpy as np

from gluax import random
from gluax.errors import ArgumentError
from gluax.ndarray import NDArray

_REGISTRY: dict[str, type[Initializer]] = {}

Class = TypeVar("Class", bound="type[Initializer]")


class InitDesc(str):
    """The name of a variable to initialize, with its attributes and the initializer to fall back to.

    Attributes:
      attrs: the variable's attributes, of which ``__init__`` names its own initializer.
      global_init: the initializer of everything that has none of its own.
    """

    attrs: Mapping[str, Any]
    global_init: Initializer | None

    def __new__(cls, name: str, attrs: Mapping[str, Any] | None = None, global_init: Initializer | None = None) -> Any:
        """Make the name; see the class."""
        described = super().__new__(cls, name)
        described.attrs = attrs or {}
        described.global_init = global_init
        return described


class Initializer:
    """Base of initializers: chooses a method by the end of a variable's name.

    A subclass overrides `_init_weight`, and any of `_init_bias`, `_init_gamma`, `_init_beta`, ...; each takes the name
    and the array to fill. The keywords given here are what `dumps` writes and what equality compares.
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = kwargs
        self._verbose = False
        self._print_func: Callable[[NDArray], str] | None = None

    def set_verbosity(self, verbose: bool = False, print_func: Callable[[NDArray], str] | None = None) -> Initializer:
        """Log a statistic of every array that is initialized, by default the norm over the root of the size."""
        self._verbose = verbose
        self._print_func = print_func or _root_mean_square
        return self

    def _verbose_print(self, desc: str, init: Any, arr: NDArray) -> None:
        if self._verbose and self._print_func:
            logging.info("Initialized %s as %s: %s", desc, init, self._print_func(arr))

    def dumps(self) -> str:
        """The initializer as JSON text, ``["normal", {"sigma": 0.5}]`` for one, which `create` reads."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, desc: InitDesc | str, arr: NDArray) -> None:
        """Fill `arr`: by the initializer that the variable's attribute ``__init__`` names, else by the name's suffix.

        Raises:
          ValueError: when no rule knows the suffix.
        Warns:
          DeprecationWarning: when `desc` is a plain string; older rules apply then.
        """
        if not isinstance(desc, InitDesc):
            self._legacy_init(desc, arr)
            return
        if desc.global_init is None:
            desc.global_init = self
        init = desc.attrs.get("__init__", "")
        if init:
            create(init)._init_weight(desc, arr)
            self._verbose_print(desc, init, arr)
            return
        for suffix, method in _BY_SUFFIX.items():
            if desc.endswith(suffix):
                getattr(self, method)(desc, arr)
                self._verbose_print(desc, suffix, arr)
                return
        self._init_default(desc, arr)

    def _legacy_init(self, name: str, arr: NDArray) -> None:
        warnings.warn(
            "\033[91mCalling initializer with init(str, NDArray) has been deprecated."
            "please use init(mx.init.InitDesc(...), NDArray) instead.\033[0m",
            DeprecationWarning,
            stacklevel=3,
        )
        if not isinstance(name, str):
            raise TypeError("name must be string")
        if not isinstance(arr, NDArray):
            raise TypeError("arr must be NDArray")
        for (prefix, suffix), method in _LEGACY.items():
            if name.startswith(prefix) and name.endswith(suffix):
                getattr(self, method)(name, arr)
                return
        self._init_default(name, arr)

    def _init_bilinear(self, _: str, arr: NDArray, /) -> None:
        create("bilinear")._init_weight(_, arr)

    def _init_loc_bias(self, _: str, arr: NDArray, /) -> None:
        if arr.shape[0] != 6:
            raise ArgumentError(f"the bias of a localisation network has 6 elements, not shape {arr.shape}")
        arr[:] = np.array([1.0, 0, 0, 0, 1.0, 0])

    def _init_zero(self, _: str, arr: NDArray, /) -> None:
        arr[:] = 0.0

    def _init_one(self, _: str, arr: NDArray, /) -> None:
        arr[:] = 1.0

    def _init_bias(self, _: str, arr: NDArray, /) -> None:
        arr[:] = 0.0

    def _init_quantized_bias(self, _: str, arr: NDArray, /) -> None:
        arr[:] = 0

    def _init_gamma(self, _: str, arr: NDArray, /) -> None:
        arr[:] = 1.0

    def _init_beta(self, _: str, arr: NDArray, /) -> None:
        arr[:] = 0.0

    def _init_weight(self, name: str, arr: NDArray, /) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no _init_weight, which {name!r} needs")

    def _init_quantized_weight(self, _: str, arr: NDArray, /) -> None:
        arr[:] = np.int8(random_generator().integers(-127, 127))  # one number for all elements, as in MXNet

    def _init_default(self, name: str, _: NDArray, /) -> None:
        raise ArgumentError(
            f"Unknown initialization pattern for {name}: the names that are known end with weight, bias, gamma (1), "
            "beta (0), min (0) or max (1). Give other variables their own initializer, as in "
            "mx.sym.Variable(name, init=mx.init.One())"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Initializer):
            return NotImplemented
        return type(self) is type(other) and self._kwargs == other._kwargs


# Tried in this order, as MXNet does; the running statistics of BatchNorm have initializers of their own.
_BY_SUFFIX = {
    "weight": "_init_weight",
    "bias": "_init_bias",
    "gamma": "_init_gamma",
    "beta": "_init_beta",
    "min": "_init_zero",
    "max": "_init_one",
    "weight_quantize": "_init_quantized_weight",
    "bias_quantize": "_init_quantized_bias",
}

_LEGACY = {
    ("upsampling", ""): "_init_bilinear",
    ("stn_loc", "weight"): "_init_zero",
    ("stn_loc", "bias"): "_init_loc_bias",
    ("", "bias"): "_init_bias",
    ("", "gamma"): "_init_gamma",
    ("", "beta"): "_init_beta",
    ("", "weight"): "_init_weight",
    ("", "moving_mean"): "_init_zero",
    ("", "moving_var"): "_init_one",
    ("", "moving_inv_var"): "_init_zero",
    ("", "moving_avg"): "_init_zero",
    ("", "min"): "_init_zero",
    ("", "max"): "_init_one",
}


def _root_mean_square(array: NDArray) -> str:
    values = array.asnumpy()
    return str(np.linalg.norm(values.astype(np.float32)) / np.float32(np.sqrt(values.size)))


def random_generator() -> np.random.Generator:
    """A source of random numbers that starts from the next key of `gluax.random`'s stream.

    Numbers are drawn with numpy, so that initializing a network compiles nothing.
    """
    key = np.asarray(jax.random.key_data(random.next_key()))
    return np.random.default_rng([int(word) for word in key])


def _add(klass: type[Initializer], name: str) -> None:
    if not issubclass(klass, Initializer):
        raise ArgumentError(f"Can only register subclass of Initializer, not {klass}")
    name = name.lower()
    if name in _REGISTRY:
        old = _REGISTRY[name]
        warnings.warn(
            f"\033[91mNew initializer {klass.__module__}.{klass.__name__} registered with name {name} is"
            f"overriding existing initializer {old.__module__}.{old.__name__}\033[0m",
            UserWarning,
            stacklevel=3,
        )
    _REGISTRY[name] = klass


def register(klass: Class) -> Class:
    """Make a subclass of `Initializer` known under its own name, in lower case, so that `create` finds it.

    Warns:
      UserWarning: when the name is taken; the new class replaces the old one.
    """
    _add(klass, klass.__name__)
    return klass


def alias(*aliases: str) -> Callable[[Class], Class]:
    """Make a class known under further names."""

    def add_all(klass: Class) -> Class:
        for name in aliases:
            _add(klass, name)
        return klass

    return add_all


def create(*args: Any, **kwargs: Any) -> Initializer:
    """Make an initializer: ``create(name, **arguments)``.

    The name may also be an initializer, which is returned; the text of `Initializer.dumps`; or a dict (or its JSON
    text) of arguments with the name under ``initializer``.

    Raises:
      AssertionError: (as an `ArgumentError`) for a name that nothing is registered under, or that is no string.
    """
    name, *rest = args if args else (kwargs.pop("initializer"),)
    if isinstance(name, dict):
        return create(**name)
    if isinstance(name, Initializer) or (isinstance(name, str) and name.startswith(("[", "{"))):
        if rest or kwargs:
            raise ArgumentError(f"{name!r} is complete, so it takes no further arguments: {rest} {kwargs}")
        return name if isinstance(name, Initializer) else _from_json(name)
    if not isinstance(name, str):
        raise ArgumentError(f"initializer must be of string type, not {name!r}")
    if name.lower() not in _REGISTRY:
        raise ArgumentError(
            f"{name.lower()} is not registered. Please register with initializer.register first; there are "
            f"{sorted(_REGISTRY)}"
        )
    return _REGISTRY[name.lower()](*rest, **kwargs)


def _from_json(text: str) -> Initializer:
    parsed = json.loads(text)
    if isinstance(parsed, dict):
        return create(**parsed)
    if len(parsed) != 2 or not isinstance(parsed[1], dict):
        raise ArgumentError(f"expected the JSON text of a name and a dict of arguments, got {text!r}")
    return create(parsed[0], **parsed[1])
