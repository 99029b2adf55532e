"""Parameters of a block: named arrays that can be read, replaced and shared."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from gluax.context import Context
from gluax.errors import NameLookupError, ParameterError, ShapeError
from gluax.ir.params_writer import write_params
from gluax.lowering.parameters import read_named


class Parameter:
    """A named array. Blocks that share a parameter hold the same object.

    Attributes:
      name: the variable's name in the graph.
      shape: its shape; None or with 0 for unknown dimensions while it has no value.
      dtype: its dtype's name; None while unknown.
      grad_req: "write", or "null" for auxiliary states, as in MXNet.
      version: counts replacements of the value, so that compiled blocks know when to bind it again.
    """

    def __init__(
        self, name: str, shape: tuple[int, ...] | None = None, dtype: str | None = None, grad_req: str = "write"
    ) -> None:
        self.name = name
        self.shape = shape
        self.dtype = dtype
        self.grad_req = grad_req
        self.version = 0
        self._value: jax.Array | None = None

    def data(self) -> jax.Array:
        """The value.

        Raises:
          ParameterError: when the parameter has none yet.
        """
        if self._value is None:
            raise ParameterError(
                f"parameter {self.name!r} has no value: load a parameter file, or call set_data(array) on it"
            )
        return self._value

    def set_data(self, data: Any) -> None:
        """Replace the value; it is cast to the parameter's dtype when that is known.

        Raises:
          ShapeError: when the shape differs from the known one.
        """
        array = data if isinstance(data, jax.Array) else np.asarray(data)
        known = self.shape
        if known is not None and (
            len(known) != array.ndim or any(k not in (0, -1, n) for k, n in zip(known, array.shape))
        ):
            raise ShapeError(f"parameter {self.name!r} has shape {known}; got an array of shape {tuple(array.shape)}")
        with jax.enable_x64(True):
            value = jax.numpy.asarray(array, dtype=self.dtype)
        self._put(value)

    def _put(self, value: jax.Array) -> None:
        self._value = value
        self.shape, self.dtype = tuple(value.shape), value.dtype.name
        self.version += 1

    def cast(self, dtype: Any) -> None:
        """Change the dtype of the parameter and its value."""
        name = np.dtype(dtype).name if not isinstance(dtype, str) else dtype
        self.dtype = name
        if self._value is not None:
            with jax.enable_x64(True):
                self._put(self._value.astype(name))

    def reset_ctx(self, ctx: Context) -> None:
        """Move the value to another device."""
        if self._value is not None:
            self._put(jax.device_put(self._value, ctx.device))

    def __repr__(self) -> str:
        return f"Parameter {self.name} (shape={self.shape}, dtype={self.dtype})"


class ParameterDict(Mapping[str, Parameter]):
    """Parameters by name, in graph order."""

    def __init__(self, parameters: Mapping[str, Parameter] | Sequence[Parameter] = ()) -> None:
        values = parameters.values() if isinstance(parameters, Mapping) else parameters
        self._parameters = {parameter.name: parameter for parameter in values}

    def __getitem__(self, name: str) -> Parameter:
        try:
            return self._parameters[name]
        except KeyError:
            raise NameLookupError(f"no parameter {name!r}; there are {list(self._parameters)[:20]}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._parameters

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def select(self, pattern: str | None) -> ParameterDict:
        """The parameters whose names match the regular expression, as MXNet's `collect_params(select)`."""
        if pattern is None:
            return self
        matches = re.compile(pattern).match
        return ParameterDict([p for name, p in self._parameters.items() if matches(name)])

    def load(
        self,
        filename: str | os.PathLike[str],
        ctx: Context | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
    ) -> None:
        """Set the values from a parameter file; names may carry ``arg:`` and ``aux:``.

        Raises:
          ParameterError: for missing or superfluous names, before any value changes.
          ShapeError, ModelFormatError, ModelFileNotFoundError
        """
        arrays = read_named(filename)
        missing = [name for name in self if name not in arrays]
        extra = [name for name in arrays if name not in self]
        if missing and not allow_missing:
            raise ParameterError(f"parameters are missing in {filename}: {missing[:10]}; pass allow_missing=True")
        if extra and not ignore_extra:
            raise ParameterError(f"parameters of {filename} are unknown here: {extra[:10]}; pass ignore_extra=True")
        for name, parameter in self.items():
            if name in arrays:
                parameter.set_data(arrays[name])
                if ctx is not None:
                    parameter.reset_ctx(ctx)

    def save(self, filename: str | os.PathLike[str], strip_prefix: str = "") -> None:
        """Write the values as a parameter file under plain names, whole or not at all."""
        write_params(filename, {name.removeprefix(strip_prefix): np.asarray(p.data()) for name, p in self.items()})

    def __repr__(self) -> str:
        lines = "\n".join(f"  {parameter!r}" for parameter in self._parameters.values())
        return f"(\n{lines}\n)"
