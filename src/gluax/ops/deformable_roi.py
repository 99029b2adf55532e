"""Position-sensitive pooling of regions of interest whose bins are moved by offsets."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._checks import require_floating
from gluax.ops._elementwise import require_same_type
from gluax.ops._numbers import single
from gluax.ops.elemwise_unary import round_half_away
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes


def _inputs(attrs: Attrs) -> tuple[str, ...]:
    return ("data", "rois") if attrs.no_trans else ("data", "rois", "trans")


def _shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    count = -1 if ins[1] is None else ins[1][0]
    shape = (count, attrs.output_dim, attrs.pooled_size, attrs.pooled_size)
    return ins, [shape, shape]


def _parts(pooled: int, parts: int, dtype: np.dtype) -> np.ndarray:
    """Which of `parts` parts each of the pooled bins belongs to, computed as MXNet does in the data's dtype."""
    places = np.floor(np.arange(pooled, dtype=dtype) / dtype.type(pooled) * dtype.type(parts))
    return np.clip(places.astype(np.int32), 0, parts - 1)


def _starts(
    rois: jax.Array, trans: jax.Array | None, scale: float, pooled: int, part: int, std: float
) -> tuple[jax.Array, jax.Array]:
    """Where the bins begin and how long they are, rows then columns: (2, R, classes, PH, PW) and (2, R, 1, 1, 1)."""
    corners = round_half_away(rois[:, 1:]).T
    low = corners[1::-1] * scale - 0.5
    length = jnp.maximum((corners[:1:-1] + 1) * scale - 0.5 - low, 0.1)
    low, length = low[..., None, None, None], length[..., None, None, None]
    bins = jnp.arange(pooled, dtype=rois.dtype)
    regular = jnp.stack(jnp.broadcast_arrays(bins[:, None], bins))[:, None, None]
    start = regular * (length / pooled) + low
    if trans is None:
        return start, length / pooled
    place = _parts(pooled, part, np.dtype(rois.dtype))
    moved = trans[:, :, place[:, None], place].reshape(trans.shape[0], -1, 2, pooled, pooled)
    return start + jnp.moveaxis(moved, 2, 0)[::-1] * std * length, length / pooled


@operator(
    "_contrib_DeformablePSROIPooling",
    inputs=_inputs,
    outputs=2,
    visible=1,
    output_names=("output", "top_count"),
    shapes=_shapes,
    hint="deformablepsroipooling",
)
def deformable_psroi_pooling(
    data: jax.Array,
    rois: jax.Array,
    trans: jax.Array | None = None,
    *,
    spatial_scale: float,
    output_dim: int,
    group_size: int,
    pooled_size: int,
    part_size: int = 0,
    sample_per_part: int = 1,
    trans_std: float = 0.0,
    no_trans: bool = False,
) -> tuple[jax.Array, jax.Array]:
    """Means of samples in the P x P bins of rois (R, 5) over data (N, output_dim * G * G, H, W): (R, output_dim, P, P).

    Bin (i, j) reads its own group of channels, sample_per_part ** 2 bilinear samples. It is moved by trans
    (R, 2 * classes, part, part), columns then rows, times trans_std times the size of the region; output
    channels are dealt out to the classes in order. Samples more than half a pixel outside do not count; the
    hidden output is how many do. The regions have no gradient.
    """
    require_floating(data, "DeformablePSROIPooling")
    require_same_type("DeformablePSROIPooling", data, rois, *([] if trans is None else [trans]))
    if data.ndim != 4 or rois.ndim != 2 or rois.shape[1] != 5 or data.shape[1] != output_dim * group_size**2:
        wanted = f"data (N, {output_dim * group_size**2}, H, W) and rois (R, 5)"
        raise ShapeError(f"DeformablePSROIPooling: expected {wanted}, got {data.shape} and {rois.shape}")
    classes = 1 if trans is None else trans.shape[1] // 2
    if classes < 1 or output_dim % classes:
        raise ArgumentError(f"output_dim {output_dim} cannot be dealt out to {classes} classes of offsets")
    rois = lax.stop_gradient(rois)
    start, length = _starts(
        rois, trans, single(spatial_scale), pooled_size, part_size or pooled_size, single(trans_std)
    )
    steps = jnp.arange(sample_per_part, dtype=data.dtype)
    offsets = jnp.stack(jnp.broadcast_arrays(steps[:, None], steps))[:, None, None, None, None]
    places = start[..., None, None] + offsets * (length / sample_per_part)[..., None, None]
    each_class = jnp.repeat(places, output_dim // classes, axis=2)
    group = _parts(pooled_size, group_size, np.dtype(data.dtype))
    maps = data.reshape(data.shape[0], output_dim, group_size, group_size, *data.shape[2:])
    channel = jnp.arange(output_dim, dtype=jnp.int32)[:, None, None, None, None]
    where = rois[:, 0].astype(jnp.int32)[:, None, None, None, None, None], channel
    values, inside = _sample(maps, (*where, group[:, None, None, None], group[:, None, None]), each_class)
    count = jnp.broadcast_to(jnp.sum(inside, (-2, -1), dtype=data.dtype), values.shape[:-2])
    total = jnp.sum(values, (-2, -1))
    return jnp.where(count > 0, total / jnp.maximum(count, 1), 0), lax.stop_gradient(count)


def _sample(
    maps: jax.Array, where: tuple[jax.Array | np.ndarray, ...], places: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Bilinear samples of maps (..., H, W) at places (2, ...) in the maps that `where` indexes; zero outside.

    Also, which of them are inside.
    """
    sides = maps.shape[-2:]
    inside = jnp.bool_(True)
    near, far, fractions = [], [], []
    for place, side in zip(places, sides):
        inside &= (place >= -0.5) & (place <= side - 0.5)
        place = jnp.clip(place, 0, side - 1)
        first = jnp.floor(place)
        near.append(first.astype(jnp.int32))
        far.append(jnp.ceil(place).astype(jnp.int32))
        fractions.append(place - lax.stop_gradient(first))
    total = jnp.zeros((), maps.dtype)
    for rows, row_weight in ((near[0], 1 - fractions[0]), (far[0], fractions[0])):
        for columns, weight in ((near[1], 1 - fractions[1]), (far[1], fractions[1])):
            total += maps[(*where, rows, columns)] * row_weight * weight
    return jnp.where(inside, total, 0), inside
