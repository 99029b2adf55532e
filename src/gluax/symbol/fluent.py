"""Operators as methods of symbols: ``x.sum(axis=1)`` is ``sum(x, axis=1)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, cast

from gluax.errors import NotImplementedForSymbol
from gluax.symbol.functions import function_for

if TYPE_CHECKING:
    from gluax.symbol.symbol import Symbol

# The methods MXNet gives its symbols under the operator's own name.
_METHODS = """
    abs arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort broadcast_axes
    broadcast_like broadcast_to cbrt ceil clip cos cosh degrees depth_to_space exp expm1 fix flip floor log log10
    log1p log2 log_softmax max mean min nanprod nansum norm one_hot ones_like pad pick prod radians rcbrt
    reciprocal relu repeat reshape reshape_like rint round rsqrt shape_array sigmoid sign sin sinh size_array
    slice slice_axis slice_like softmax softmin sort space_to_depth split sqrt square sum swapaxes take tan tanh
    tile topk transpose trunc zeros_like
"""
_ARRAY_METHODS = "asnumpy asscalar wait_to_read copy as_in_context detach backward"


def _method(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function_for(name)(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"Symbol.{name}"
    method.__doc__ = f"The operator `{name}` with this symbol as its first input."
    return method


def _array_method(name: str) -> Callable[..., NoReturn]:
    def method(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedForSymbol(f"{name} is not implemented for Symbol: only arrays have values")

    method.__name__ = name
    method.__qualname__ = f"Symbol.{name}"
    method.__doc__ = "Arrays only: raises `NotImplementedForSymbol`."
    return method


class Fluent:
    """Mixin: the operators that MXNet offers as methods."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Symbol]: ...

    def astype(self, *args: Any, **kwargs: Any) -> Symbol:
        """Cast to a dtype: the operator `Cast`, named ``cast0``."""
        return function_for("cast")(self, *args, **kwargs)

    def diag(self, k: int = 0, **kwargs: Any) -> Symbol:
        """The operator `diag`."""
        return function_for("diag")(self, k, **kwargs)

    # `inplace` exists for likeness with arrays. Graphs have no memory to share.
    def expand_dims(self, axis: int, inplace: bool = False, **kwargs: Any) -> Symbol:
        """The operator `expand_dims`."""
        return function_for("expand_dims")(self, axis=axis, **kwargs)

    def flatten(self, inplace: bool = False, **kwargs: Any) -> Symbol:
        """The operator `Flatten`."""
        return function_for("flatten")(self, **kwargs)

    def squeeze(self, axis: int | tuple[int, ...] | None = None, inplace: bool = False, **kwargs: Any) -> Symbol:
        """The operator `squeeze`."""
        return function_for("squeeze")(self, axis=axis, **kwargs)

    def split_v2(self, *args: Any, **kwargs: Any) -> Symbol:
        """See `gluax.symbol.split_v2`."""
        from gluax.symbol.creation import split_v2

        return split_v2(cast("Symbol", self), *args, **kwargs)


for _name in _METHODS.split():
    setattr(Fluent, _name, _method(_name))
for _name in _ARRAY_METHODS.split():
    setattr(Fluent, _name, _array_method(_name))
