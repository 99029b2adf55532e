"""Region proposals of a region proposal network: Proposal for one image, MultiProposal for a batch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ShapeError
from gluax.ops._boxes import compact, descending, overlap, suppress
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes

Floats = tuple[float, ...]


def _anchors(stride: int, ratios: Floats, scales: Floats) -> np.ndarray:
    """Corners of the anchors (A, 4) of the cell at the origin: ratios outermost, sides in whole pixels."""
    center = np.float32(0.5) * np.float32(stride - 1)
    rows = []
    for ratio in np.asarray(ratios, np.float32):
        side = np.floor(np.sqrt(np.floor(np.float32(stride * stride) / ratio)) + np.float32(0.5))
        for scale in np.asarray(scales, np.float32):
            half_width = np.float32(0.5) * (side * scale - 1)
            half_height = np.float32(0.5) * (np.floor(side * ratio + np.float32(0.5)) * scale - 1)
            rows.append([center - half_width, center - half_height, center + half_width, center + half_height])
    return np.asarray(rows, np.float32)


def _shift(boxes: jax.Array, deltas: jax.Array, corners: bool) -> jax.Array:
    """Apply regression deltas (..., 4): to the corners themselves, or to the centre and the log of the size."""
    if corners:
        return boxes + deltas
    size = boxes[..., 2:] - boxes[..., :2] + 1
    center = boxes[..., :2] + 0.5 * (size - 1)
    center = deltas[..., :2] * size + center
    half = 0.5 * (jnp.exp(deltas[..., 2:]) * size - 1)
    return jnp.concatenate([center - half, center + half], -1)


def _candidates(
    scores: jax.Array,
    deltas: jax.Array,
    info: jax.Array,
    anchors: np.ndarray,
    stride: int,
    min_size: int,
    corners: bool,
) -> tuple[jax.Array, jax.Array]:
    """Boxes (H * W * A, 4) clipped to the image and their scores: -1 for small ones and those in the padding."""
    count, height, width = scores.shape
    rows, columns = np.arange(height, dtype=np.float32) * stride, np.arange(width, dtype=np.float32) * stride
    grid = np.stack(np.broadcast_arrays(columns, rows[:, None], columns, rows[:, None]), -1)
    cells = jnp.asarray(grid[:, :, None] + anchors, scores.dtype)
    boxes = _shift(cells, deltas.reshape(count, 4, height, width).transpose(2, 3, 0, 1), corners)
    limit = jnp.stack([info[1], info[0], info[1], info[0]]) - 1
    boxes = jnp.maximum(jnp.minimum(boxes, limit), 0)
    inside = (jnp.arange(height, dtype=jnp.int32) < (info[0] / stride).astype(jnp.int32))[:, None] & (
        jnp.arange(width, dtype=jnp.int32) < (info[1] / stride).astype(jnp.int32)
    )
    smallest = min_size * info[2]
    small = jnp.any(boxes[..., 2:] - boxes[..., :2] + 1 < smallest, -1)
    grown = boxes + jnp.asarray([-0.5, -0.5, 0.5, 0.5], boxes.dtype) * smallest
    boxes = jnp.where(small[..., None], grown, boxes)
    scores = jnp.where(inside[..., None] & ~small, scores.transpose(1, 2, 0), -1)
    return boxes.reshape(-1, 4), scores.reshape(-1)


def _propose(
    scores: jax.Array, boxes: jax.Array, before: int, after: int, threshold: float
) -> tuple[jax.Array, jax.Array]:
    """The `after` best boxes (after, 4) and scores (after,) left of the `before` best; too few are repeated in turn."""
    total = scores.shape[0]
    before = min(before, total) if before > 0 else total
    best = descending(scores, before)
    boxes, scores = boxes[best], scores[best]

    def hits(i: jax.Array) -> jax.Array:
        return overlap(boxes[i, None], boxes, extra=1) > threshold

    kept = suppress(jnp.ones(before, bool), hits, min(after, before))
    order, filled = compact(kept)
    found = jnp.minimum(jnp.sum(filled, dtype=jnp.int32), min(after, before))
    chosen = order[jnp.arange(after, dtype=jnp.int32) % found]
    return boxes[chosen], scores[chosen]


def _shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    if ins[0] is None or len(ins[0]) != 4:
        return ins, outs
    batch, channels, height, width = ins[0]
    doubled = -1 if channels == -1 else 2 * channels
    return [ins[0], (batch, doubled, height, width), (batch, 3)], outs


@operator(
    "_contrib_MultiProposal",
    outputs=2,
    visible=lambda attrs: 2 if attrs.output_score else 1,
    output_names=("output", "score"),
    shapes=_shapes,
)
def multi_proposal(
    cls_prob: jax.Array,
    bbox_pred: jax.Array,
    im_info: jax.Array,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.699999988,
    rpn_min_size: int = 16,
    scales: Floats = (4.0, 8.0, 16.0, 32.0),
    ratios: Floats = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> tuple[jax.Array, jax.Array]:
    """Proposals (B * post, 5) of batch index and corners in pixels, and their scores (B * post, 1).

    cls_prob (B, 2A, H, W) holds background then foreground, bbox_pred (B, 4A, H, W) the deltas, im_info
    (B, 3) height, width and scale of the images. iou_loss takes deltas as offsets of the corners.
    No gradient flows.
    """
    count = len(scales) * len(ratios)
    batch, channels, height, width = cls_prob.shape
    if channels != 2 * count or bbox_pred.shape != (batch, 4 * count, height, width) or im_info.shape != (batch, 3):
        raise ShapeError(
            f"expected cls_prob (B, {2 * count}, H, W), bbox_pred (B, {4 * count}, H, W) and im_info (B, 3) "
            f"for {count} anchors, got {cls_prob.shape}, {bbox_pred.shape} and {im_info.shape}"
        )
    anchors = _anchors(feature_stride, ratios, scales)
    scores, deltas, info = map(jax.lax.stop_gradient, (cls_prob[:, count:], bbox_pred, im_info))

    def propose(score: jax.Array, delta: jax.Array, image: jax.Array) -> tuple[jax.Array, jax.Array]:
        boxes, score = _candidates(score, delta, image, anchors, feature_stride, rpn_min_size, iou_loss)
        return _propose(score, boxes, rpn_pre_nms_top_n, rpn_post_nms_top_n, threshold)

    boxes, best = jax.vmap(propose)(scores, deltas, info)
    index = jnp.broadcast_to(jnp.arange(batch, dtype=boxes.dtype)[:, None, None], (*best.shape, 1))
    rows = jnp.concatenate([index, boxes], -1)
    return rows.reshape(-1, 5), best.reshape(-1, 1)


@operator(
    "_contrib_Proposal",
    outputs=2,
    visible=lambda attrs: 2 if attrs.output_score else 1,
    output_names=("output", "score"),
    shapes=_shapes,
)
def proposal(
    cls_prob: jax.Array,
    bbox_pred: jax.Array,
    im_info: jax.Array,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.699999988,
    rpn_min_size: int = 16,
    scales: Floats = (4.0, 8.0, 16.0, 32.0),
    ratios: Floats = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> tuple[jax.Array, jax.Array]:
    """`_contrib_MultiProposal` for a single image: proposals (post, 5), the batch index being 0."""
    if cls_prob.shape[0] != 1:
        raise ShapeError(f"Proposal: expected a batch of one, got {cls_prob.shape[0]}; MultiProposal takes more")
    return multi_proposal(
        cls_prob,
        bbox_pred,
        im_info,
        rpn_pre_nms_top_n=rpn_pre_nms_top_n,
        rpn_post_nms_top_n=rpn_post_nms_top_n,
        threshold=threshold,
        rpn_min_size=rpn_min_size,
        scales=scales,
        ratios=ratios,
        feature_stride=feature_stride,
        output_score=output_score,
        iou_loss=iou_loss,
    )
