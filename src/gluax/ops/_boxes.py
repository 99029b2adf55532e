"""Boxes: overlap, formats, and greedy non-maximum suppression as fixed-shape programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp

BoxFormat = Literal["corner", "center"]

# Up to this many boxes the whole table of overlaps is made at once: it is small, and parallel.
_TABLE_LIMIT = 1024


def edges(boxes: jax.Array, fmt: BoxFormat) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Left, top, right, bottom of boxes (..., 4)."""
    a, b, c, d = (boxes[..., i] for i in range(4))
    if fmt == "corner":
        return a, b, c, d
    return a - c / 2, b - d / 2, a + c / 2, b + d / 2


def convert(boxes: jax.Array, source: BoxFormat, target: BoxFormat) -> jax.Array:
    """Boxes (..., 4) of one format in the other."""
    if source == target:
        return boxes
    if target == "corner":
        return jnp.stack(edges(boxes, "center"), -1)
    left, top, right, bottom = edges(boxes, "corner")
    return jnp.stack([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top], -1)


def overlap(
    first: jax.Array, second: jax.Array, fmt: BoxFormat = "corner", extra: float = 0, empty: float = 0
) -> jax.Array:
    """Intersection over union of boxes (..., 4) that broadcast; `empty` where the union is empty.

    `extra` is 1 where a box of pixels includes its last column and row.
    """
    left, top, right, bottom = edges(first, fmt)
    left2, top2, right2, bottom2 = edges(second, fmt)
    width = jnp.maximum(jnp.minimum(right, right2) - jnp.maximum(left, left2) + extra, 0)
    height = jnp.maximum(jnp.minimum(bottom, bottom2) - jnp.maximum(top, top2) + extra, 0)
    shared = width * height
    union = area(first, fmt, extra) + area(second, fmt, extra) - shared
    return jnp.where(union > 0, shared / jnp.where(union > 0, union, 1), empty)


def area(boxes: jax.Array, fmt: BoxFormat = "corner", extra: float = 0) -> jax.Array:
    """Area of boxes (..., 4); a box with a negative side has none."""
    if fmt == "corner":
        width, height = boxes[..., 2] - boxes[..., 0] + extra, boxes[..., 3] - boxes[..., 1] + extra
    else:
        width, height = boxes[..., 2], boxes[..., 3]
    return jnp.where((width < 0) | (height < 0), 0, width * height)


def suppress(valid: jax.Array, hits: Callable[[jax.Array], jax.Array], limit: int | None = None) -> jax.Array:
    """Greedy suppression of n boxes in their order: a kept box removes the later ones that it hits.

    Args:
      valid: (n,) booleans, the boxes that take part.
      hits: from the indices of some boxes (m,) to booleans (m, n), which boxes each of them removes.
      limit: only the first `limit` boxes kept are wanted; those after them may be left unsettled.

    Returns:
      (n,) booleans, the boxes kept.
    """
    places = jnp.arange(valid.shape[0], dtype=jnp.int32)
    if valid.shape[0] <= _TABLE_LIMIT:
        return _suppress_by_table(valid, hits(places) & (places[:, None] < places))
    return _suppress_in_order(valid, lambda i: hits(i[None])[0] & (i < places), limit or valid.shape[0])


def _suppress_by_table(valid: jax.Array, table: jax.Array) -> jax.Array:
    # Every round settles all boxes whose removers are settled; there are as many rounds as the longest
    # chain of boxes that hit one another, usually a handful.
    def unsettled(state: tuple[jax.Array, jax.Array]) -> jax.Array:
        return jnp.any(state[0] != state[1])

    def settle(state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        return valid & ~jnp.any(table & state[0][:, None], 0), state[0]

    kept, _ = jax.lax.while_loop(unsettled, settle, (valid & ~jnp.any(table & valid[:, None], 0), valid))
    return kept


def _suppress_in_order(valid: jax.Array, hits: Callable[[jax.Array], jax.Array], limit: int) -> jax.Array:
    size = jnp.int32(valid.shape[0])
    places = jnp.arange(valid.shape[0], dtype=jnp.int32)

    def first(mask: jax.Array) -> jax.Array:
        return jnp.min(jnp.where(mask, places, size))

    def unfinished(state: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        _, i, kept = state
        return (i < size) & (kept < limit)

    def step(state: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array, jax.Array]:
        alive, i, kept = state
        alive = alive & ~hits(i)
        return alive, first(alive & (places > i)), kept + 1

    alive, _, _ = jax.lax.while_loop(unfinished, step, (valid, first(valid), jnp.int32(0)))
    return alive


def descending(scores: jax.Array, count: int | None = None) -> jax.Array:
    """Indices (int32) of the `count` largest of scores (n,), largest first; equal ones keep their order."""
    size = scores.shape[0]
    if count is not None and count < size:
        return jax.lax.top_k(scores, count)[1]
    return jnp.argsort(-scores, stable=True).astype(jnp.int32)


def compact(mask: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Indices (int32) that move the rows where `mask` (n,) holds to the front, in order, and which rows are filled."""
    order = jnp.argsort(~mask, stable=True).astype(jnp.int32)
    return order, jnp.arange(mask.shape[0], dtype=jnp.int32) < jnp.sum(mask, dtype=jnp.int32)


def greedy_matching(
    scores: jax.Array, better: Callable[[jax.Array], jax.Array], count: int
) -> tuple[jax.Array, jax.Array]:
    """Pair rows with columns of scores (n, m), best score first, each used once, `count` pairs at most.

    Args:
      scores: (n, m) floats; the first of equal ones in row-major order wins.
      better: whether a score is good enough for a pair; the first that is not ends the matching.
      count: the largest number of pairs.

    Returns:
      int32 arrays (n,) and (m,): each row's column and each column's row, -1 where there is none.
    """
    rows, columns = scores.shape
    lowest = jnp.array(-jnp.inf, scores.dtype)

    def pair(_: int, state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        of_row, of_column = state
        free = (of_row < 0)[:, None] & (of_column < 0)
        flat = jnp.argmax(jnp.where(free, scores, lowest)).astype(jnp.int32)
        row, column = flat // columns, flat % columns
        good = free[row, column] & better(scores[row, column])
        of_row = of_row.at[row].set(jnp.where(good, column, of_row[row]))
        return of_row, of_column.at[column].set(jnp.where(good, row, of_column[column]))

    start = (jnp.full(rows, -1, jnp.int32), jnp.full(columns, -1, jnp.int32))
    return jax.lax.fori_loop(0, min(rows, columns, count), pair, start)
