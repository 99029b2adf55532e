"""Operators as methods of arrays: ``x.sum(axis=1)`` is ``sum(x, axis=1)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from gluax.errors import ShapeError
from gluax.ndarray.handle import Handle
from gluax.ndarray.invoke import invoke

if TYPE_CHECKING:
    from gluax.ndarray.ndarray import NDArray

# The methods MXNet gives its arrays under the operator's own name.
_METHODS = """
    abs arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort broadcast_axes cbrt ceil
    clip cos cosh degrees depth_to_space exp expm1 fix flip floor log log10 log1p log2 log_softmax max mean min
    nanprod nansum norm one_hot ones_like pad pick prod radians rcbrt reciprocal relu repeat reshape_like rint round
    rsqrt shape_array sigmoid sign sin sinh size_array slice slice_axis slice_like softmax softmin sort
    space_to_depth split sqrt square sum swapaxes take tan tanh tile topk transpose trunc zeros_like
"""


def _method(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        from gluax.ndarray.functions import function_for

        return function_for(name)(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"NDArray.{name}"
    method.__doc__ = f"The operator `{name}` with this array as its first input."
    return method


class Fluent(Handle):
    """Mixin: the operators that MXNet offers as methods."""

    __slots__ = ()

    if TYPE_CHECKING:
        # The generated methods, and `reshape`.
        def __getattr__(self, name: str) -> Callable[..., Any]: ...

    def diag(self, k: int = 0, **kwargs: Any) -> NDArray:
        """The operator `diag`."""
        from gluax.ndarray.functions import function_for

        return function_for("diag")(self, k, **kwargs)

    # With `inplace` the result shares the memory, as what `reshape` gives does.
    def expand_dims(self, axis: int, inplace: bool = False) -> NDArray:
        """A new axis of size 1 before `axis`."""
        if not inplace:
            return invoke("expand_dims", (self,), {"axis": axis})
        shape = list(self.shape)
        assert -len(shape) - 1 <= axis <= len(shape), f"axis {axis} is out of range for {len(shape)}d array"
        shape.insert(axis + len(shape) + 1 if axis < 0 else axis, 1)
        return self.reshape(shape)

    def flatten(self, inplace: bool = False) -> NDArray:
        """All axes but the first in one."""
        return self.reshape((0, -1)) if inplace else invoke("Flatten", (self,))

    def squeeze(self, axis: int | Sequence[int] | None = None, inplace: bool = False) -> NDArray:
        """Without its axes of size 1, or without those given."""
        if not inplace:
            return invoke("squeeze", (self,), {"axis": axis})
        shape = self.shape
        given = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        assert len(given) == len(set(given)), f"axis {axis} contains duplicate which is not allowed."
        for number in given:
            assert -len(shape) <= number < len(shape), f"axis {number} is out of range for {len(shape)}d array"
            assert shape[number] == 1, f"Squeeze target axis {number} must be size 1, got {shape[number]}."
        gone = {number % len(shape) for number in given} or {n for n, size in enumerate(shape) if size == 1}
        return self.reshape([size for number, size in enumerate(shape) if number not in gone] or [1])

    def split_v2(self, *args: Any, **kwargs: Any) -> Any:
        """See `gluax.ndarray.split_v2`."""
        from gluax.ndarray.creation import split_v2

        return split_v2(cast("NDArray", self), *args, **kwargs)

    def broadcast_to(self, shape: Sequence[int]) -> NDArray:
        """Repeated along its axes of size 1, new leading ones included, to `shape`.

        Raises:
          ShapeError: when a size is neither 1 nor the wanted one.
        """
        own = self.shape
        padded = (1,) * (len(shape) - len(own)) + own
        if len(padded) != len(shape) or any(a not in (1, b) for a, b in zip(padded, shape)):
            raise ShapeError(f"an array of shape {own} cannot be broadcast to shape {tuple(shape)}")
        source = self if padded == own else self.reshape(padded)
        return invoke("broadcast_to", (source,), {"shape": tuple(shape)})

    def broadcast_like(self, other: NDArray) -> NDArray:
        """Broadcast to the shape of `other`."""
        return self.broadcast_to(other.shape)


for _name in _METHODS.split():
    setattr(Fluent, _name, _method(_name))
