"""Single-shot detection: anchors, their training targets, and decoded detections."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._boxes import compact, descending, greedy_matching, overlap, suppress
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes

Floats = tuple[float, ...]

# An anchor and a box that overlap less than this are never paired.
_NO_OVERLAP = 1e-6


# The names without prefix are those of the operators' first home, the SSD example of early MXNet.
@operator("_contrib_MultiBoxPrior", aliases=("_npx_multibox_prior", "MultiBoxPrior"))
def multibox_prior(
    data: jax.Array,
    *,
    sizes: Floats = (1.0,),
    ratios: Floats = (1.0,),
    clip: bool = False,
    steps: Floats = (-1.0, -1.0),
    offsets: Floats = (0.5, 0.5),
) -> jax.Array:
    """Anchors (1, H * W * A, 4) as relative corners for each cell of data (N, C, H, W).

    Each cell has every size with the first ratio, then the first size with the other ratios:
    A = len(sizes) + len(ratios) - 1. Steps and offsets are (y, x). No gradient flows.
    """
    if data.ndim != 4:
        raise ShapeError(f"MultiBoxPrior: expected data (N, C, H, W), got {data.shape}")
    if not sizes or not ratios or len(steps) != 2 or len(offsets) != 2:
        raise ArgumentError("MultiBoxPrior: expected at least one size and one ratio, two steps and two offsets")
    height, width = data.shape[2:]
    single = np.float32
    step_y, step_x = (single(s) if s > 0 else single(1) / single(n) for s, n in zip(steps, (height, width)))
    center_y = (np.arange(height, dtype=single) + single(offsets[0])) * step_y
    center_x = (np.arange(width, dtype=single) + single(offsets[1])) * step_x
    pairs = [(size, ratios[0]) for size in sizes] + [(sizes[0], ratio) for ratio in ratios[1:]]
    size = np.asarray([pair[0] for pair in pairs], single)
    root = np.sqrt(np.asarray([pair[1] for pair in pairs], single))
    half_width, half_height = size * single(height) / single(width) * root / 2, size / root / 2
    centers = np.stack(np.broadcast_arrays(center_x, center_y[:, None]), -1)[:, :, None]
    half = np.stack([half_width, half_height], -1)
    anchors = np.concatenate([centers - half, centers + half], -1).reshape(1, -1, 4)
    return jnp.asarray(np.clip(anchors, 0, 1) if clip else anchors, data.dtype)


def _encode(anchors: jax.Array, boxes: jax.Array, variances: Floats) -> jax.Array:
    size, box_size = anchors[:, 2:] - anchors[:, :2], boxes[:, 2:4] - boxes[:, :2]
    center, box_center = (anchors[:, 2:] + anchors[:, :2]) * 0.5, (boxes[:, 2:4] + boxes[:, :2]) * 0.5
    moved = (box_center - center) / size
    scaled = jnp.log(box_size / size)
    return jnp.concatenate([moved, scaled], -1) / jnp.asarray(variances, anchors.dtype)


def _target_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    anchor, label, cls_pred = ins
    batch = next((shape[0] for shape in (label, cls_pred) if shape and shape[0] != -1), -1)
    count = anchor[1] if anchor is not None and len(anchor) > 1 else -1
    wide = (batch, count * 4 if count != -1 else -1)
    return ins, [merge_shapes(out, shape) for out, shape in zip(outs, (wide, wide, (batch, count)))]


@operator(
    "_contrib_MultiBoxTarget",
    aliases=("_npx_multibox_target", "MultiBoxTarget"),
    outputs=3,
    output_names=("loc_target", "loc_mask", "cls_target"),
    shapes=_target_shapes,
)
def multibox_target(
    anchor: jax.Array,
    label: jax.Array,
    cls_pred: jax.Array,
    *,
    overlap_threshold: float = 0.5,
    ignore_label: float = -1.0,
    negative_mining_ratio: float = -1.0,
    negative_mining_thresh: float = 0.5,
    minimum_negative_samples: int = 0,
    variances: Floats = (0.1, 0.1, 0.2, 0.2),
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Targets of anchor (1, A, 4) for label (B, G, 5+) of class and corners, ended by a row of -1.

    Every true box gets its best free anchor; the other anchors take the box they overlap most, if by
    more than overlap_threshold. With mining, the hardest anchors by cls_pred (B, C, A) are negatives and
    the rest is ignored. Returns loc_target, loc_mask (B, 4A) and cls_target (B, A), class + 1 or 0 for
    background; a sample without boxes is all ignored. On CPU MXNet pays no heed to
    minimum_negative_samples, nor does this. No gradient flows.
    """
    if anchor.ndim != 3 or anchor.shape[-1] != 4 or label.ndim != 3 or label.shape[-1] < 5 or cls_pred.ndim != 3:
        raise ShapeError(
            "MultiBoxTarget: expected anchor (1, A, 4), label (B, G, 5 or more) and cls_pred (B, C, A), "
            f"got {anchor.shape}, {label.shape}, {cls_pred.shape}"
        )
    anchors, labels, scores = map(jax.lax.stop_gradient, (anchor[0], label, cls_pred))
    count = anchors.shape[0]

    def assign(truth: jax.Array, score: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        real = jnp.cumsum(truth[:, 0] == -1, dtype=jnp.int32) == 0
        table = jnp.where(real, overlap(anchors[:, None], truth[:, 1:5]), -1)
        best, best_overlap = jnp.argmax(table, 1).astype(jnp.int32), jnp.max(table, 1)
        owner, _ = greedy_matching(table, lambda found: found > _NO_OVERLAP, count)
        positive = owner >= 0
        chosen = jnp.where(positive, owner, best)
        if overlap_threshold > 0:
            positive |= best_overlap > overlap_threshold
        negative = ~positive
        if negative_mining_ratio > 0:
            negative &= best_overlap < negative_mining_thresh
            background = jax.nn.softmax(score, 0)[0]
            wanted = (jnp.sum(positive, dtype=score.dtype) * negative_mining_ratio).astype(jnp.int32)
            order = descending(jnp.where(negative, -background, -jnp.inf))
            rank = jnp.zeros(count, jnp.int32).at[order].set(jnp.arange(count, dtype=jnp.int32))
            negative &= rank < wanted
        boxes = truth[chosen]
        classes = jnp.where(positive, boxes[:, 0] + 1, jnp.where(negative & jnp.any(real), 0, ignore_label))
        positive = positive[:, None]
        locations = jnp.where(positive, _encode(anchors, boxes[:, 1:5], variances), 0)
        return locations.reshape(-1), jnp.repeat(positive, 4, 1).reshape(-1).astype(anchors.dtype), classes

    return jax.vmap(assign)(labels, scores)


def _decode(anchors: jax.Array, offsets: jax.Array, variances: Floats, clip: bool) -> jax.Array:
    spread = jnp.asarray(variances, anchors.dtype)
    size, center = anchors[:, 2:] - anchors[:, :2], (anchors[:, :2] + anchors[:, 2:]) / 2
    center = offsets[:, :2] * spread[:2] * size + center
    half = jnp.exp(offsets[:, 2:] * spread[2:]) * size / 2
    boxes = jnp.concatenate([center - half, center + half], -1)
    return jnp.clip(boxes, 0, 1) if clip else boxes


@operator("_contrib_MultiBoxDetection", aliases=("_npx_multibox_detection", "MultiBoxDetection"))
def multibox_detection(
    cls_prob: jax.Array,
    loc_pred: jax.Array,
    anchor: jax.Array,
    *,
    clip: bool = True,
    threshold: float = 0.00999999978,
    background_id: int = 0,
    nms_threshold: float = 0.5,
    force_suppress: bool = False,
    variances: Floats = (0.1, 0.1, 0.2, 0.2),
    nms_topk: int = -1,
) -> jax.Array:
    """Detections (B, A, 6) of class, score, corners from cls_prob (B, C, A), loc_pred (B, 4A), anchor (1, A, 4).

    Rows come by falling score. A suppressed box, or one beyond nms_topk, keeps its row with class -1;
    rows left over are all -1. As in MXNet's CPU code, rows from nms_topk on are not sorted, class 0 is the
    background whatever background_id says, and a threshold outside (0, 1] means no suppression and no
    sorting. No gradient flows.
    """
    if cls_prob.ndim != 3 or loc_pred.ndim != 2 or anchor.ndim != 3 or anchor.shape[-1] != 4:
        raise ShapeError(
            "MultiBoxDetection: expected cls_prob (B, C, A), loc_pred (B, 4A) and anchor (1, A, 4), "
            f"got {cls_prob.shape}, {loc_pred.shape}, {anchor.shape}"
        )
    probabilities, offsets, anchors = map(jax.lax.stop_gradient, (cls_prob, loc_pred, anchor[0]))
    count = anchors.shape[0]
    places = jnp.arange(count, dtype=jnp.int32)

    def rows_of(prob: jax.Array, offset: jax.Array) -> jax.Array:
        score, kind = jnp.max(prob[1:], 0), jnp.argmax(prob[1:], 0).astype(prob.dtype)
        boxes = _decode(anchors, offset.reshape(count, 4), variances, clip)
        rows = jnp.concatenate([kind[:, None], score[:, None], boxes], 1)
        order, filled = compact((score >= threshold) & (score > -1))  # MXNet compares with -1 to begin with
        rows = jnp.where(filled[:, None], rows[order], -1)
        return rows if not 0 < nms_threshold <= 1 else sort_and_suppress(rows, filled)

    def sort_and_suppress(rows: jax.Array, filled: jax.Array) -> jax.Array:
        top = count if nms_topk <= 0 else min(nms_topk, count)
        best = rows[descending(jnp.where(filled, rows[:, 1], -jnp.inf), top)]
        kinds, boxes = best[:, 0], best[:, 2:]

        def hits(i: jax.Array) -> jax.Array:
            over = overlap(boxes[i, None], boxes) >= nms_threshold
            return over if force_suppress else over & (kinds[i, None] == kinds)

        kept = suppress(filled[:top], hits)
        rows = jnp.concatenate([best, rows[top:]])
        return rows.at[:, 0].set(jnp.where((places < top) & jnp.pad(kept, (0, count - top)), rows[:, 0], -1))

    return jax.vmap(rows_of)(probabilities, offsets)
