"""mx.np's reductions and running sums: sum, mean, prod, max, min, std, var, any, all, argmax, argmin, cumsum."""

from __future__ import annotations

import math
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import ArgumentError
from gluax.ir.attributes import Shape
from gluax.ops._elementwise import available, is_float, refuse_booleans
from gluax.ops._shapes import axes_of, axis_of, product
from gluax.ops.cast import convert
from gluax.ops.operator import Attrs
from gluax.ops.registry import get, operator
from gluax.ops.rules import Shapes, Types, fixed_type, same_shape

Number = Literal["float16", "float32", "float64", "int32", "int64", "int8"]
Any_ = Literal["bool", "float16", "float32", "float64", "int32", "int64", "int8"]


def _axes(axis: Shape | None, rank: int) -> tuple[int, ...]:
    return tuple(range(rank)) if axis is None else axes_of(axis, rank)


def _refuse_initial(initial: float | None) -> None:
    if initial is not None:
        raise ArgumentError(f"initial={initial} is not supported, as in MXNet; add it to the result instead")


def _typed(kind: str) -> Any:
    """Dtype rule: the attribute; else int64 ("sum") or float32 ("mean") for booleans (and integers)."""

    def rule(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
        given = attrs.get("dtype")
        if given is None and ins[0] is not None:
            return ins, [_default_type(ins[0], kind)]
        return ins, [given]

    return rule


def _default_type(dtype: str, kind: str) -> str:
    if kind == "mean":
        return dtype if "float" in dtype else "float32"
    return "int64" if kind == "sum" and dtype == "bool" else dtype


def _before_and_after(data: jax.Array, dtype: str) -> tuple[jax.Array, str]:
    """Convert first where the result's type is the wider one; otherwise reduce first."""
    narrows = is_float(data) and ("float" not in dtype or np.dtype(dtype).itemsize < data.dtype.itemsize)
    return (data, dtype) if narrows else (convert(data, dtype), dtype)


def _classic(name: str, data: jax.Array, axis: Shape | None, keepdims: bool) -> jax.Array:
    """Run a classic reduction, which has MXNet's gradient, where scalars exist and an empty axis reduces nothing."""
    axes = _axes(axis, data.ndim)
    if not axes:  # over an axis of one element, so that the gradient is the reduction's own: none for the maximum nan
        return lax.squeeze(get(name).function(data[..., None], axis=(data.ndim,), keepdims=True), (data.ndim,))
    kept = get(name).function(data, axis=axes, keepdims=True)
    return kept if keepdims else lax.squeeze(kept, axes)


def _total(name: str, a: jax.Array, axis: Shape | None, dtype: str | None, keepdims: bool) -> jax.Array:
    wanted = dtype or _default_type(a.dtype.name, "sum")
    ready, wanted = _before_and_after(a, wanted)
    return convert(_classic(name, ready, axis, keepdims), wanted)


@operator("_np_sum", types=_typed("sum"))
def np_sum(
    a: jax.Array,
    *,
    axis: Shape | None = None,
    dtype: Any_ | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> jax.Array:
    """Sum over some axes (all without `axis`) in the data's dtype or `dtype`; booleans are counted as int64."""
    _refuse_initial(initial)
    return _total("sum", a, axis, dtype, keepdims)


@operator("_np_prod", aliases=("_np_product",), types=_typed("sum"))
def np_prod(
    a: jax.Array,
    *,
    axis: Shape | None = None,
    dtype: Any_ | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> jax.Array:
    """Product over some axes, typed as _np_sum; its gradient is the product divided by the element."""
    _refuse_initial(initial)
    return _total("prod", a, axis, dtype, keepdims)


@operator("_npi_mean", types=_typed("mean"))
def npi_mean(
    a: jax.Array,
    *,
    axis: Shape | None = None,
    dtype: Any_ | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> jax.Array:
    """Mean over some axes, 0 where there is nothing; that of integers and booleans is float32."""
    _refuse_initial(initial)
    wanted = dtype or _default_type(a.dtype.name, "mean")
    wide = a if is_float(a) else a.astype(available("float64") if wanted == "float64" else np.float32)
    if is_float(wide) and wanted == "float64":
        wide = convert(wide, wanted)
    axes = _axes(axis, a.ndim)
    count = max(math.prod(a.shape[i] for i in axes), 1)
    half = wide.dtype.itemsize == 2  # sums of half precision overflow and lose digits
    total = jnp.sum(wide.astype(np.float32) if half else wide, axes, keepdims=keepdims)
    return convert(total / count, wanted)


@operator("_np_max", aliases=("_np_amax",))
def np_max(
    a: jax.Array, *, axis: Shape | None = None, keepdims: bool = False, initial: float | None = None
) -> jax.Array:
    """Maximum over some axes; all elements equal to it get the full gradient."""
    _refuse_initial(initial)
    return _classic("max", a, axis, keepdims)


@operator("_np_min", aliases=("_np_amin",))
def np_min(
    a: jax.Array, *, axis: Shape | None = None, keepdims: bool = False, initial: float | None = None
) -> jax.Array:
    """Minimum over some axes; all elements equal to it get the full gradient."""
    _refuse_initial(initial)
    return _classic("min", a, axis, keepdims)


def _variance(a: jax.Array, axis: Shape | None, dtype: str | None, ddof: int, keepdims: bool) -> jax.Array:
    """In float32 or float64. MXNet gives it no gradient."""
    refuse_booleans("std and var", a)
    wide = available("float64") if "float64" in (a.dtype.name, dtype) else np.dtype(np.float32)
    data = lax.stop_gradient(a).astype(wide)
    axes = _axes(axis, a.ndim)
    count = math.prod(a.shape[i] for i in axes)
    centred = data - jnp.sum(data, axes, keepdims=True) / max(count, 1)
    return jnp.sum(centred * centred, axes, keepdims=keepdims) / (count - ddof)


@operator("_npi_var", types=_typed("var"))
def npi_var(
    a: jax.Array,
    *,
    axis: Shape | None = None,
    dtype: Number | None = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> jax.Array:
    """Variance over some axes with divisor N - ddof, in the data's dtype; no gradient."""
    return convert(_variance(a, axis, dtype, ddof, keepdims), dtype or a.dtype.name)


@operator("_npi_std", types=_typed("var"))
def npi_std(
    a: jax.Array,
    *,
    axis: Shape | None = None,
    dtype: Number | None = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> jax.Array:
    """Standard deviation, the square root of _npi_var; no gradient."""
    return convert(jnp.sqrt(_variance(a, axis, dtype, ddof, keepdims)), dtype or a.dtype.name)


@operator("_np_any", aliases=("_np_sometrue",), types=fixed_type("bool"))
def np_any(data: jax.Array, *, axis: Shape | None = None, keepdims: bool = False) -> jax.Array:
    """Whether any element over some axes is not 0; a boolean."""
    return jnp.any(data.astype(bool), _axes(axis, data.ndim), keepdims=keepdims)


@operator("_np_all", types=fixed_type("bool"))
def np_all(data: jax.Array, *, axis: Shape | None = None, keepdims: bool = False) -> jax.Array:
    """Whether all elements over some axes are not 0; a boolean."""
    return jnp.all(data.astype(bool), _axes(axis, data.ndim), keepdims=keepdims)


def _position(function: Any, data: jax.Array, axis: int | None, keepdims: bool) -> jax.Array:
    flat = jnp.reshape(data, (data.size,)) if axis is None else data
    found = function(flat, 0 if axis is None else axis_of(axis, data.ndim)).astype(available("int64"))
    if not keepdims:
        return found
    return jnp.reshape(found, (1,) * data.ndim) if axis is None else jnp.expand_dims(found, axis_of(axis, data.ndim))


@operator("_npi_argmax", types=fixed_type("int64"))
def npi_argmax(data: jax.Array, *, axis: int | None = None, keepdims: bool = False) -> jax.Array:
    """Where the first maximum is, in the flattened data without `axis`; int64. A nan counts as the maximum."""
    return _position(jnp.argmax, data, axis, keepdims)


@operator("_npi_argmin", types=fixed_type("int64"))
def npi_argmin(data: jax.Array, *, axis: int | None = None, keepdims: bool = False) -> jax.Array:
    """Where the first minimum is, in the flattened data without `axis`; int64. A nan counts as the minimum."""
    return _position(jnp.argmin, data, axis, keepdims)


def _cumsum_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    if attrs.axis is not None:
        return same_shape(ins, outs, attrs)
    return ins, [None if ins[0] is None else (product(ins[0]),)]


@operator("_np_cumsum", aliases=("cumsum",), shapes=_cumsum_shapes, types=_typed("sum"))
def np_cumsum(a: jax.Array, *, axis: int | None = None, dtype: Number | None = None) -> jax.Array:
    """Running sum along an axis, or of the flattened data, in `dtype`; booleans are counted as int64."""
    data = convert(a, dtype or _default_type(a.dtype.name, "sum"))
    if axis is None:
        data, axis = jnp.reshape(data, (data.size,)), 0
    return lax.cumsum(data, axis_of(axis, data.ndim))
