"""The methods that arrays and symbols of mx.np share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NoReturn

import jax

from gluax.numpy import arithmetic, elementwise, products, shaping, statistics
from gluax.numpy.call import call
from gluax.numpy.statistics import Axis


def without_classic_methods(kind: type, classic: type, other_names: Mapping[str, str]) -> None:
    """Have the methods of a `classic` mixin raise AttributeError, where `Methods` has none of the name, as in MXNet.

    Args:
      kind: an array or symbol class.
      classic: the mixin.
      other_names: further names to take, and what stands for them.
    """

    def absent(name: str) -> Callable[..., NoReturn]:
        def method(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
            advice = other_names.get(name, f"mx.np.{name} or mx.npx.{name}")
            raise AttributeError(f"{kind.__name__} object has no attribute {name}: see {advice}")

        return method

    for name in (*vars(classic), *other_names):
        if not name.startswith("_") and name not in vars(Methods):
            setattr(kind, name, absent(name))


def _operator(function: Callable[..., Any], swapped: bool = False) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        if isinstance(other, jax.Array):  # what meets JAX's arrays becomes one of them
            return NotImplemented
        return function(other, self) if swapped else function(self, other)

    return method


class Methods:
    """Mixin: numpy's methods and operators."""

    __slots__ = ()
    _numpy_shapes: ClassVar[bool] = True

    __add__ = __radd__ = _operator(arithmetic.add)
    __sub__, __rsub__ = _operator(arithmetic.subtract), _operator(arithmetic.subtract, swapped=True)
    __mul__ = __rmul__ = _operator(arithmetic.multiply)
    __truediv__, __rtruediv__ = _operator(arithmetic.divide), _operator(arithmetic.divide, swapped=True)
    __div__, __rdiv__ = __truediv__, __rtruediv__
    __mod__, __rmod__ = _operator(arithmetic.mod), _operator(arithmetic.mod, swapped=True)
    __pow__, __rpow__ = _operator(arithmetic.power), _operator(arithmetic.power, swapped=True)
    __matmul__, __rmatmul__ = _operator(products.matmul), _operator(products.matmul, swapped=True)
    __and__ = _operator(arithmetic.bitwise_and)
    __or__ = _operator(arithmetic.bitwise_or)
    __xor__ = _operator(arithmetic.bitwise_xor)

    __eq__ = _operator(arithmetic.equal)  # type: ignore[assignment]
    __ne__ = _operator(arithmetic.not_equal)  # type: ignore[assignment]
    __gt__ = _operator(arithmetic.greater)
    __ge__ = _operator(arithmetic.greater_equal)
    __lt__ = _operator(arithmetic.less)
    __le__ = _operator(arithmetic.less_equal)

    def __neg__(self) -> Any:
        return elementwise.negative(self)

    def __abs__(self) -> Any:
        return elementwise.absolute(self)

    def __invert__(self) -> Any:
        return elementwise.bitwise_not(self)

    def __hash__(self) -> int:
        return id(self) // 16

    @property
    def T(self) -> Any:
        """The axes in reverse order."""
        return shaping.transpose(self)

    def as_np_ndarray(self) -> Any:
        """Itself."""
        return self

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> Any:
        """A copy with another dtype; the array itself with ``copy=False`` if it has that dtype already."""
        if order not in ("K", "C") or casting != "unsafe" or not subok:
            raise ValueError("astype: order must be 'K' or 'C', casting 'unsafe' and subok True")
        if not copy and getattr(self, "dtype", None) == dtype:
            return self
        return call("_npi_cast", (self,), {"dtype": dtype})

    def reshape(self, *args: Any, order: str = "C", newshape: Any = None) -> Any:
        """A copy in another shape, a tuple or numbers, in which -1 stands for what is left."""
        shape: Any = args if newshape is None else newshape
        if args and isinstance(args[0], (tuple, list)):
            shape = args[0]
        return shaping.reshape(self, shape if isinstance(shape, int) else tuple(shape), order)

    def flatten(self, order: str = "C") -> Any:
        """A copy in one axis."""
        return shaping.reshape(self, (-1,), order)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order, a tuple or numbers; reversed by default."""
        nested = len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list)))
        return shaping.transpose(self, (axes[0] if nested else axes) or None)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Two axes exchanged."""
        return shaping.swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Any = None) -> Any:
        """Without axes of size 1."""
        return shaping.squeeze(self, axis)

    def broadcast_to(self, shape: Any) -> Any:
        """Repeated along axes of size 1 and new leading ones."""
        return shaping.broadcast_to(self, shape)

    def repeat(self, repeats: int, axis: int | None = None) -> Any:
        """Each element several times."""
        return shaping.repeat(self, repeats, axis)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
        """The elements at indices."""
        return shaping.take(self, indices, axis, mode)

    def dot(self, b: Any, out: Any = None) -> Any:
        """See `mx.np.dot`."""
        return products.dot(self, b, out)

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Any:
        """Values brought into a range."""
        return elementwise.clip(self, min, max, out)

    def round(self, decimals: int = 0, out: Any = None, **kwargs: Any) -> Any:
        """Rounded to a number of decimals."""
        return elementwise.around(self, decimals, out, **kwargs)

    def sum(self, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """See `mx.np.sum`."""
        return statistics.sum(self, axis, dtype, keepdims, None, out)

    def prod(self, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """See `mx.np.prod`."""
        return statistics.prod(self, axis, dtype, out, keepdims)

    def mean(self, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        """See `mx.np.mean`."""
        return statistics.mean(self, axis, dtype, out, keepdims)

    def std(self, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
        """See `mx.np.std`."""
        return statistics.std(self, axis, dtype, out, ddof, keepdims)

    def var(self, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
        """See `mx.np.var`."""
        return statistics.var(self, axis, dtype, out, ddof, keepdims)

    def max(self, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Any:
        """See `mx.np.max`."""
        return statistics.max(self, axis, keepdims, out)

    def min(self, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Any:
        """See `mx.np.min`."""
        return statistics.min(self, axis, keepdims, out)

    def any(self, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Any:
        """See `mx.np.any`."""
        return statistics.any(self, axis, keepdims, out)

    def all(self, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Any:
        """See `mx.np.all`."""
        return statistics.all(self, axis, keepdims, out)

    def argmax(self, axis: int | None = None, out: Any = None) -> Any:
        """See `mx.np.argmax`."""
        return statistics.argmax(self, axis, out)

    def argmin(self, axis: int | None = None, out: Any = None) -> Any:
        """See `mx.np.argmin`."""
        return statistics.argmin(self, axis, out)

    def cumsum(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
        """See `mx.np.cumsum`."""
        return statistics.cumsum(self, axis, dtype, out)

    def sort(self, axis: int | None = -1, kind: Any = None, order: Any = None) -> Any:
        """A sorted copy, as in MXNet."""
        return statistics.sort(self, axis, kind, order)

    def argsort(self, axis: int | None = -1, kind: Any = None, order: Any = None) -> Any:
        """See `mx.np.argsort`."""
        return statistics.argsort(self, axis, kind, order)

    def nonzero(self) -> Sequence[Any]:
        """See `mx.np.nonzero`."""
        return statistics.nonzero(self)
