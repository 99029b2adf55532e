"""Dictionaries of parameters, which make, share, initialize, save and load them."""

from __future__ import annotations

import os
from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import Any

import numpy as np

from gluax.context import Context
from gluax.errors import NameLookupError, ParameterError
from gluax.gluon.constant import Constant
from gluax.gluon.parameter import Parameter
from gluax.gluon.parameter_arrays import as_ndarray
from gluax.gluon.utils import brief_list
from gluax.initializer import Initializer, Uniform
from gluax.ir.np_shape import is_np_shape
from gluax.ir.params_writer import write_params
from gluax.lowering.parameters import read_named, strip_prefix
from gluax.ndarray import NDArray


class ParameterDict:
    """Parameters by name, in the order they came.

    Args:
      prefix: stands before the names of the parameters that `get` makes.
      shared: a dict in which `get` looks for parameters before it makes them.
    """

    def __init__(self, prefix: str = "", shared: ParameterDict | None = None) -> None:
        self._prefix = prefix
        self._params: dict[str, Parameter] = {}
        self._shared = shared

    def __repr__(self) -> str:
        lines = "\n".join(f"  {parameter!r}" for parameter in self.values())
        return f"{self._prefix + ' ' if self._prefix else ''}(\n{lines}\n)"

    def __getitem__(self, key: str) -> Parameter:
        try:
            return self._params[key]
        except KeyError:
            raise NameLookupError(f"no parameter {key!r}; there are {brief_list(self._params, 10)}") from None

    def __contains__(self, key: object) -> bool:
        return key in self._params

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def items(self) -> ItemsView[str, Parameter]:
        """Names and parameters."""
        return self._params.items()

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._params.keys()

    def values(self) -> ValuesView[Parameter]:
        """The parameters."""
        return self._params.values()

    @property
    def prefix(self) -> str:
        """What stands before the names of the parameters that `get` makes."""
        return self._prefix

    def _get_impl(self, name: str) -> Parameter | None:
        if name not in self._params and self._shared is not None and name in self._shared:
            self._params[name] = self._shared[name]
        return self._params.get(name)

    def get(self, name: str, **kwargs: Any) -> Parameter:
        """The parameter `prefix + name`: from this dict, from the shared one, or made with the keywords.

        A parameter that exists takes over what it does not know yet; unknown sizes of the shape, for one.

        Raises:
          AssertionError: (as a `ParameterError`) when a keyword contradicts the parameter that exists.
        """
        name = self.prefix + name
        param = self._get_impl(name)
        if param is None:
            param = self._params[name] = Parameter(name, **kwargs)
            return param
        for key, value in kwargs.items():
            existing = getattr(param, key, None)
            if existing is None:
                setattr(param, key, value)
            elif key == "shape" and (merged := _merged(value, existing)) is not None:
                param._shape = merged
            elif key == "dtype" and np.dtype(value) == np.dtype(existing):
                continue
            elif value is not None and value != existing:
                raise ParameterError(
                    f"Cannot retrieve Parameter {name!r} because desired attribute does not match with stored for "
                    f"attribute {key!r}: desired {value!r} vs stored {existing!r}."
                )
        return param

    def get_constant(self, name: str, value: Any = None) -> Parameter:
        """The constant `prefix + name`: from this dict, from the shared one, or made of `value`.

        Raises:
          KeyError: when there is none, and no value to make it of.
          AssertionError: (as a `ParameterError`) when the parameter is no constant, or has other values.
        """
        name = self.prefix + name
        param = self._get_impl(name)
        if param is None:
            if value is None:
                raise NameLookupError(f"No constant named {name!r}. Please specify value to create a new constant.")
            param = self._params[name] = Constant(name, value)
        elif value is not None:
            if not isinstance(param, Constant):
                raise ParameterError(f"Parameter {name!r} already exists but it is not a constant.")
            given = value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)
            if param.shape != given.shape or not np.array_equal(param.value.asnumpy(), given):
                raise ParameterError(f"Constant {name!r} already exists but it's value doesn't match new value")
        return param

    def update(self, other: ParameterDict | Mapping[str, Parameter]) -> None:
        """Take over all parameters of another dict.

        Raises:
          AssertionError: (as a `ParameterError`) when a name stands for another parameter here; nothing changes.
        """
        for name, param in other.items():
            if self._params.get(name, param) is not param:
                raise ParameterError(
                    "Cannot update self with other because they have different Parameters with the same name "
                    f"{name!r}: {self._params[name]} and {param}"
                )
        self._params.update(other.items())

    def initialize(
        self,
        init: Initializer | str = Uniform(),  # noqa: B008  immutable in use, and MXNet's signature
        ctx: Context | Sequence[Context] | None = None,
        verbose: bool = False,
        force_reinit: bool = False,
    ) -> None:
        """Initialize all parameters, by their own initializer where they have one; see `Parameter.initialize`.

        Args:
          init: the initializer of all others.
          ctx: the context or contexts to keep a copy on; by default the current one.
          verbose: log each.
          force_reinit: also those that have values already.
        """
        if verbose and isinstance(init, Initializer):
            init.set_verbosity(verbose=verbose)
        for param in self.values():
            param.initialize(None, ctx, init, force_reinit=force_reinit)

    def zero_grad(self) -> None:
        """Set all gradients to 0."""
        for param in self.values():
            param.zero_grad()

    def reset_ctx(self, ctx: Context | Sequence[Context] | None) -> None:
        """Move all parameters to other contexts."""
        for param in self.values():
            param.reset_ctx(ctx)

    def list_ctx(self) -> list[Context]:
        """The contexts of all parameters, each once, in no order."""
        return list({ctx for param in self.values() for ctx in param.list_ctx()})

    def setattr(self, name: str, value: Any) -> None:
        """Set an attribute of all parameters: ``params.setattr("grad_req", "null")``."""
        for param in self.values():
            setattr(param, name, value)

    def save(self, filename: str | os.PathLike[str], strip_prefix: str = "") -> None:
        """Write the values as a parameter file, whole or not at all, under names without `strip_prefix`.

        Raises:
          ValueError: when a name does not start with `strip_prefix`.
        """
        for param in self.values():
            if not param.name.startswith(strip_prefix):
                raise ParameterError(
                    f"Prefix {strip_prefix!r} is to be striped before saving, but Parameter's name {param.name!r} does "
                    f"not start with {strip_prefix!r}. Your Block may share parameters from other Blocks, or "
                    "'with name_scope()' was forgotten when its children were made."
                )
        arrays = {p.name.removeprefix(strip_prefix): np.asarray(p._reduce()._data) for p in self.values()}
        write_params(filename, arrays, numpy_shape=is_np_shape())

    def load(
        self,
        filename: str | os.PathLike[str],
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Set the values from a parameter file; see `load_dict`.

        Raises:
          ModelFormatError, ModelFileNotFoundError
        """
        strange = [name for name in self if not name.startswith(restore_prefix)]
        if strange:
            raise ParameterError(
                f"restore_prefix is {restore_prefix!r} but Parameters name {strange[0]!r} does not start with it"
            )
        self.load_dict(
            read_named(filename), ctx, allow_missing, ignore_extra, restore_prefix, os.fspath(filename), cast_dtype,
            dtype_source,
        )  # fmt: skip

    def load_dict(
        self,
        param_dict: Mapping[str, Any] | Sequence[tuple[str, Any]],
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        filename: str | None = None,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Set the values from arrays by name. Nothing changes if anything is wrong.

        Args:
          param_dict: the arrays; of a dict, the names may carry ``arg:`` and ``aux:``.
          ctx: the context or contexts of parameters that have none yet.
          allow_missing: accept parameters without an array.
          ignore_extra: accept arrays without a parameter.
          restore_prefix: stands before the names of the arrays.
          filename: where they come from, for messages.
          cast_dtype: accept another dtype, and cast the array ("current") or the parameter ("saved").
          dtype_source: which of the two.

        Raises:
          AssertionError: (as a `ParameterError`) for missing and superfluous names, other shapes, dtypes, contexts.
        """
        if isinstance(param_dict, Mapping):
            arrays = {restore_prefix + strip_prefix(name): array for name, array in param_dict.items()}
        else:
            arrays = {restore_prefix + name: array for name, array in param_dict}
        source = f"file: {filename}" if filename else "param_dict"
        missing = [name.removeprefix(restore_prefix) for name in self if name not in arrays]
        extra = [name.removeprefix(restore_prefix) for name in arrays if name not in self]
        hint = "Please make sure source and target networks have the same prefix."
        if missing and not allow_missing:
            raise ParameterError(
                f"Parameter {missing[0]!r} is missing in {source}, which contains parameters: "
                f"{brief_list(arrays, 10)}. {hint} Missing in all: {brief_list(missing, 10)}. "
                "Set allow_missing=True to leave them as they are."
            )
        if extra and not ignore_extra:
            raise ParameterError(
                f"Parameter {extra[0]!r} loaded from {source} is not present in ParameterDict, choices are: "
                f"{brief_list(self, 10)}. {hint} Superfluous in all: {brief_list(extra, 10)}. "
                "Set ignore_extra to True to ignore."
            )
        ready = [(self[name], as_ndarray(array)) for name, array in arrays.items() if name in self]
        for param, array in ready:
            param._check_load(array, ctx, cast_dtype, dtype_source)
        for param, array in ready:
            param._load_init(array, ctx, cast_dtype, dtype_source)


def _merged(desired: Any, existing: tuple[int, ...]) -> tuple[int, ...] | None:
    """Two shapes of which each may know what the other does not; None when they differ."""
    if len(desired) != len(existing) or any(a != b and a > 0 and b > 0 for a, b in zip(desired, existing)):
        return None
    return tuple(b if a in (0, -1) else a for a, b in zip(desired, existing))
