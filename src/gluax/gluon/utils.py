"""Helpers of the Gluon door: splitting batches over contexts, clipping gradients, downloads, hook handles."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import gluax.ndarray as nd
from gluax.context import Context
from gluax.errors import ArgumentError, DTypeError
from gluax.gluon.download import check_sha1, download, replace_file
from gluax.gluon.nested import in_mode
from gluax.ir.np_shape import shape_is_known
from gluax.ndarray import NDArray

__all__ = [
    "HookHandle", "check_sha1", "clip_global_norm", "download", "replace_file", "shape_is_known", "split_and_load",
    "split_data",
]  # fmt: skip


def split_data(data: Any, num_slice: int, batch_axis: int = 0, even_split: bool = True) -> list[Any]:
    """Cut an array into `num_slice` pieces along an axis; the first pieces are the larger ones.

    Args:
      data: an NDArray, or an array of numpy or JAX.
      num_slice: how many pieces.
      batch_axis: where to cut.
      even_split: refuse sizes that are no multiple of `num_slice`.

    Raises:
      ArgumentError: for such a size; it is a `ValueError`.
    """
    size = data.shape[batch_axis]
    each, larger = divmod(size, num_slice)
    if even_split and larger:
        raise ArgumentError(
            f"data with shape {tuple(data.shape)} cannot be evenly split into {num_slice} slices along axis "
            f"{batch_axis}. Use a batch size that is a multiple of {num_slice}, or even_split=False."
        )
    ends = [number * each + min(number, larger) for number in range(num_slice + 1)]
    before = (slice(None),) * (batch_axis % len(data.shape))
    return [data[(*before, slice(start, end))] for start, end in pairwise(ends)]


def split_and_load(
    data: Any, ctx_list: Sequence[Context], batch_axis: int = 0, even_split: bool = True
) -> list[NDArray]:
    """Cut a batch into as many pieces as there are contexts, and copy each to its context.

    Args:
      data: an NDArray, or what `nd.array` takes.
      ctx_list: the contexts.
      batch_axis: where to cut.
      even_split: refuse sizes that are no multiple of the number of contexts; not looked at for one context.

    Raises:
      ArgumentError: for such a size; it is a `ValueError`.
    """
    if not isinstance(data, NDArray):
        data = in_mode(nd.array(data, ctx=ctx_list[0]))
    if len(ctx_list) == 1:
        return [data.as_in_context(ctx_list[0])]
    pieces = split_data(data, len(ctx_list), batch_axis, even_split)
    return [piece.as_in_context(ctx) for piece, ctx in zip(pieces, ctx_list)]


def clip_global_norm(arrays: Sequence[NDArray], max_norm: float, check_isfinite: bool = True) -> NDArray | Any:
    """Scale arrays in place so that the 2-norm of all of them together is at most `max_norm`.

    Args:
      arrays: of one float dtype; they may live in several contexts.
      max_norm: the largest norm; arrays with a smaller one stay as they are.
      check_isfinite: look at the norm, which waits for its computation.

    Returns:
      The norm before: a number, or with `check_isfinite` False an NDArray of shape (1,).

    Warns:
      UserWarning: with `check_isfinite`, for a norm that is not finite; the arrays are then useless.

    Raises:
      DTypeError: for integers, and for different dtypes.
    """
    assert len(arrays) > 0, "clip_global_norm needs at least one array"
    if any(np.issubdtype(array.dtype, np.integer) for array in arrays):
        raise DTypeError(f"only floats have a norm to clip, got {[np.dtype(array.dtype).name for array in arrays]}")
    ctx = arrays[0].context
    flat = [array.reshape((-1,)) for array in arrays]
    norm = nd.sqrt(nd.add_n(*[nd.dot(values, values).as_in_context(ctx) for values in flat]))
    found = norm.asscalar() if check_isfinite else norm
    if check_isfinite and not math.isfinite(found):
        warnings.warn("nan or inf is detected. Clipping results will be undefined.", stacklevel=2)
    # A minimum by reduction: it hands nan on, while MXNet's elementwise one drops it.
    scale = nd.min(nd.concat(max_norm / (norm + 1e-8), nd.ones(1, ctx=ctx, dtype=norm.dtype), dim=0))
    for array in arrays:
        array *= scale.as_in_context(array.context)
    return found


class HookHandle:
    """Detaches a hook; as a ``with`` block, at its end. A hook is in one dict only once, as in MXNet."""

    def __init__(self, hooks: dict[int, Callable[..., Any]] | None = None, hook: Callable[..., Any] | None = None):
        self._hooks: dict[int, Callable[..., Any]] | None = None
        self._id: int | None = None
        if hooks is not None and hook is not None:
            self.attach(hooks, hook)

    def attach(self, hooks_dict: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        """Put `hook` among the hooks of a block."""
        assert self._hooks is None, "The same handle cannot be attached twice."
        self._hooks, self._id = hooks_dict, id(hook)
        hooks_dict[self._id] = hook

    def detach(self) -> None:
        """Take the hook away; a second time does nothing."""
        if self._hooks is not None and self._id is not None:
            self._hooks.pop(self._id, None)

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *details: object) -> None:
        self.detach()


def indented(text: str, spaces: int) -> str:
    """`text` with every line but the first moved to the right."""
    return text.replace("\n", "\n" + " " * spaces)


def brief_list(items: Iterable[Any], limit: int = 7) -> str:
    """The items quoted, the middle ones left out when there are more than `limit`."""
    shown = [f"'{item}'" for item in items]
    if len(shown) > limit:
        shown = [*shown[: limit // 2], "...", *shown[-(limit // 2) :]]
    return ", ".join(shown)
