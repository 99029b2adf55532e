"""Bounding boxes: non-maximum suppression, overlaps, matching, encoding and decoding."""

from __future__ import annotations

from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._boxes import BoxFormat, compact, convert, descending, greedy_matching, overlap, suppress
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes


def _single(*values: float) -> tuple[float, ...]:
    """Attributes as MXNet holds them, in single precision: it shows in float64 results."""
    return tuple(float(np.float32(value)) for value in values)


@partial(jax.custom_vjp, nondiff_argnums=(1, 2, 3))
def _reformat(rows: jax.Array, start: int, source: BoxFormat, target: BoxFormat) -> jax.Array:
    boxes = convert(rows[..., start : start + 4], source, target)
    return rows.at[..., start : start + 4].set(boxes)


# MXNet sends gradients straight back to the rows, whatever the formats of their boxes.
_reformat.defvjp(
    lambda rows, start, source, target: (_reformat(rows, start, source, target), None),
    lambda start, source, target, _, gradient: (gradient,),
)


def _check_nms(width: int, coord_start: int, score_index: int, id_index: int) -> None:
    if not 0 <= coord_start <= width - 4:
        raise ArgumentError(f"coord_start: expected 4 coordinates within {width} columns, got {coord_start}")
    coordinates = range(coord_start, coord_start + 4)
    if not 0 <= score_index < width or score_index in coordinates:
        raise ArgumentError(f"score_index: expected another of {width} columns than {coordinates}, got {score_index}")
    if id_index >= 0 and (id_index >= width or id_index in coordinates or id_index == score_index):
        raise ArgumentError(f"id_index: expected a column of its own, among {width}, got {id_index}")


def _nms_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    known = merge_shapes(ins[0], outs[0])
    return [known], [known, None if known is None else (*known[:-1], 1)]


@operator(
    "_contrib_box_nms",
    aliases=("_contrib_box_non_maximum_suppression",),
    outputs=2,
    visible=1,
    output_names=("output0", "output1"),
    shapes=_nms_shapes,
)
def box_nms(
    data: jax.Array,
    *,
    overlap_thresh: float = 0.5,
    valid_thresh: float = 0.0,
    topk: int = -1,
    coord_start: int = 2,
    score_index: int = 1,
    id_index: int = -1,
    background_id: int = -1,
    force_suppress: bool = False,
    in_format: BoxFormat = "corner",
    out_format: BoxFormat = "corner",
) -> tuple[jax.Array, jax.Array]:
    """Non-maximum suppression of data (..., N, width), one box with its score (and class) per row.

    Kept rows come first, by falling score; the other rows are -1. A box takes part when its score
    exceeds valid_thresh and, where there is a class, it is not background_id (-1 by default, so rows
    of class -1 are dropped too). topk=0 returns the data. The hidden output holds each row's origin.
    """
    if data.ndim < 2:
        raise ShapeError(f"box_nms: expected data of at least 2 dimensions (..., N, width), got {data.shape}")
    count, width = data.shape[-2:]
    _check_nms(width, coord_start, score_index, id_index)
    if topk == 0 or count == 0:
        origin = jnp.broadcast_to(jnp.arange(count, dtype=data.dtype)[:, None], (*data.shape[:-1], 1))
        return data, origin
    overlap_thresh, valid_thresh = _single(overlap_thresh, valid_thresh)

    def select(rows: jax.Array) -> tuple[jax.Array, jax.Array]:
        taking_part = rows[:, score_index] > valid_thresh
        if id_index >= 0:
            taking_part &= rows[:, id_index].astype(jnp.int32) != background_id
        best = descending(
            jnp.where(taking_part, rows[:, score_index], -jnp.inf), None if topk < 0 else min(topk, count)
        )
        sorted_rows = rows[best]
        boxes = sorted_rows[:, coord_start : coord_start + 4]

        def hits(i: jax.Array) -> jax.Array:
            # Empty boxes hit nothing, whatever the threshold: MXNet divides 0 by 0.
            over = overlap(boxes[i, None], boxes, in_format, empty=jnp.nan) > overlap_thresh
            if id_index >= 0 and not force_suppress:
                over &= sorted_rows[i, None, id_index] == sorted_rows[:, id_index]
            return over

        order, filled = compact(suppress(taking_part[best], hits))
        missing = (0, count - order.shape[0])
        return jnp.pad(best[order], missing), jnp.pad(filled, missing)

    flat = data.reshape(-1, count, width)
    origin, filled = jax.vmap(select)(jax.lax.stop_gradient(flat))
    rows = jnp.take_along_axis(flat, origin[..., None], axis=1)
    if in_format != out_format:
        rows = jnp.asarray(_reformat(rows, coord_start, in_format, out_format))
    rows = jnp.where(filled[..., None], rows, -1)
    origin = jnp.where(filled, origin, -1).astype(data.dtype)
    return rows.reshape(data.shape), origin.reshape(*data.shape[:-1], 1)


@operator("_contrib_box_iou")
def box_iou(lhs: jax.Array, rhs: jax.Array, *, format: BoxFormat = "corner") -> jax.Array:
    """Overlaps of every box of lhs (..., 4) with every box of rhs (..., 4): lhs' leading shape, then that of rhs.

    No gradient flows.
    """
    for name, boxes in (("lhs", lhs), ("rhs", rhs)):
        if boxes.ndim < 2 or boxes.shape[-1] != 4:
            raise ShapeError(f"box_iou: expected {name} of shape (..., 4) and rank 2 or more, got {boxes.shape}")
    first = lhs.reshape(*lhs.shape[:-1], *(1,) * (rhs.ndim - 1), 4)
    return jax.lax.stop_gradient(overlap(first, rhs.reshape((1,) * (lhs.ndim - 1) + rhs.shape), format))


def _matching_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    shape = ins[0]
    return ins, ([None, None] if shape is None else [shape[:-1], (*shape[:-2], shape[-1])])


@operator("_contrib_bipartite_matching", outputs=2, shapes=_matching_shapes)
def bipartite_matching(
    data: jax.Array, *, is_ascend: bool = False, threshold: float, topk: int = -1
) -> tuple[jax.Array, jax.Array]:
    """Greedy one-to-one matching of the rows and columns of data (..., N, M) by their scores.

    Returns each row's column (..., N) and each column's row (..., M), -1 where there is none, in the
    data's dtype. Scores must be beyond the threshold; a positive topk allows topk + 1 pairs, as in MXNet.
    """
    rows, columns = data.shape[-2:]
    limit = topk + 1 if topk > 0 else rows * columns
    scores = jax.lax.stop_gradient(data).reshape(-1, rows, columns)
    (threshold,) = _single(threshold)

    def match(table: jax.Array) -> tuple[jax.Array, jax.Array]:
        if is_ascend:
            return greedy_matching(-table, lambda score: -score < threshold, limit)
        return greedy_matching(table, lambda score: score > threshold, limit)

    of_row, of_column = jax.vmap(match)(scores)
    return (
        of_row.astype(data.dtype).reshape(data.shape[:-1]),
        of_column.astype(data.dtype).reshape(*data.shape[:-2], columns),
    )


def _centers(boxes: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    width, height = boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]
    return boxes[..., 0] + width * 0.5, boxes[..., 1] + height * 0.5, width, height


@operator("_contrib_box_encode", outputs=2)
def box_encode(
    samples: jax.Array,
    matches: jax.Array,
    anchors: jax.Array,
    refs: jax.Array,
    means: jax.Array,
    stds: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """Regression targets of anchors (B, N, 4) towards the boxes refs (B, M, 4) that matches (B, N) names.

    samples (B, N) above 0.5 are positive; means and stds (4,) normalise. Returns targets and masks
    (B, N, 4), zero where not positive. Boxes are corners. No gradient flows.
    """
    samples, matches, anchors, refs, means, stds = map(
        jax.lax.stop_gradient, (samples, matches, anchors, refs, means, stds)
    )
    matched = jnp.take_along_axis(refs, matches.astype(jnp.int32)[..., None], axis=1, mode="clip")
    x, y, width, height = _centers(matched)
    anchor_x, anchor_y, anchor_width, anchor_height = _centers(anchors)
    shift = [(x - anchor_x) / anchor_width, (y - anchor_y) / anchor_height]
    scale = [jnp.log(width / anchor_width), jnp.log(height / anchor_height)]
    positive = jnp.broadcast_to((samples > 0.5)[..., None], anchors.shape)
    targets = (jnp.stack([*shift, *scale], -1) - means) / stds
    return jnp.where(positive, targets, 0), positive.astype(anchors.dtype)


@operator("_contrib_box_decode")
def box_decode(
    data: jax.Array,
    anchors: jax.Array,
    *,
    std0: float = 1.0,
    std1: float = 1.0,
    std2: float = 1.0,
    std3: float = 1.0,
    clip: float = -1.0,
    format: Literal["center", "corner"] = "center",
) -> jax.Array:
    """Boxes (B, N, 4) as corners from data (B, N, 4) relative to anchors (1, N, 4) of the given format.

    clip > 0 limits the scale's exponent. No gradient flows.
    """
    if data.ndim != 3 or anchors.ndim != 3 or data.shape[2] != 4 or data.shape[1:] != anchors.shape[1:]:
        raise ShapeError(f"box_decode: expected data (B, N, 4), anchors (1, N, 4), got {data.shape}, {anchors.shape}")
    data, anchors = jax.lax.stop_gradient(data), jax.lax.stop_gradient(anchors[:1])
    std0, std1, std2, std3, clip = _single(std0, std1, std2, std3, clip)
    if format == "corner":
        anchor_x, anchor_y, width, height = _centers(anchors)
    else:
        anchor_x, anchor_y, width, height = (anchors[..., i] for i in range(4))
    x = data[..., 0] * std0 * width + anchor_x
    y = data[..., 1] * std1 * height + anchor_y
    logs = data[..., 2] * std2, data[..., 3] * std3
    if clip > 0:
        logs = tuple(jnp.minimum(log, clip) for log in logs)
    half_width, half_height = jnp.exp(logs[0]) * width * 0.5, jnp.exp(logs[1]) * height * 0.5
    return jnp.stack([x - half_width, y - half_height, x + half_width, y + half_height], -1)
