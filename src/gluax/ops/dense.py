"""Matrix products and tables: FullyConnected, dot, batch_dot, Embedding, khatri_rao."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ShapeError
from gluax.ir.attributes import DType
from gluax.ops._elementwise import require_same_type
from gluax.ops._shapes import product
from gluax.ops.operator import Attrs, PartialShape
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, merge_shapes, one_type

_FLOAT32 = DType("float32")


def dense_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """Weight and bias from data; backwards only the batch, from the output."""
    data, inner, out = _dense_sizes(ins[0], outs[0], attrs)
    if inner is None:
        return ins, outs
    parameters = [(attrs.num_hidden, inner), (attrs.num_hidden,)]
    return [data, *map(merge_shapes, ins[1:], parameters)], [out]


def _turned_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, _, out = _dense_sizes(ins[0], outs[0], attrs)
    return [data, *ins[1:]], [out]


def _dense_sizes(data: PartialShape, out: PartialShape, attrs: Attrs) -> tuple[PartialShape, int | None, PartialShape]:
    """What the shapes of data and output say about each other, and the length of a row."""
    if data is None:
        return data, None, out
    if out:
        data = merge_shapes(data, (out[0], *data[1:]))
        assert data is not None
    lead = data[:1] if attrs.flatten else data[:-1]
    inner = product(data[1:]) if attrs.flatten else data[-1]
    return data, inner, merge_shapes(out, (*lead, attrs.num_hidden))


@operator(
    "FullyConnected",
    aliases=("_npx_fully_connected", "_sparse_FullyConnected"),
    inputs=lambda attrs: ("data", "weight") if attrs.no_bias else ("data", "weight", "bias"),
    shapes=dense_shapes,
    types=one_type,
)
def fully_connected(
    data: jax.Array,
    weight: jax.Array,
    bias: jax.Array | None = None,
    *,
    num_hidden: int,
    no_bias: bool = False,
    flatten: bool = True,
) -> jax.Array:
    """data @ weight.T + bias. data (N, ...) -> (N, num_hidden); without flatten (..., K) -> (..., num_hidden).

    weight is (num_hidden, K), where K is the product of all but the first dimension when flattening.
    """
    rows = _rows(data, weight, bias, (num_hidden, -1), flatten)
    return _add_bias(lax.dot_general(rows, weight, (((rows.ndim - 1,), (1,)), ((), ()))), bias)


@operator("_gluax_dense", shapes=_turned_shapes)
def dense_turned(
    data: jax.Array, weight: jax.Array, bias: jax.Array | None = None, *, num_hidden: int, flatten: bool = True
) -> jax.Array:
    """FullyConnected with weight (K, num_hidden), as CPU kernels want it. It exists only in rewritten graphs."""
    rows = _rows(data, weight, bias, (-1, num_hidden), flatten)
    return _add_bias(lax.dot_general(rows, weight, (((rows.ndim - 1,), (0,)), ((), ()))), bias)


def _rows(
    data: jax.Array, weight: jax.Array, bias: jax.Array | None, expected: tuple[int, int], flatten: bool
) -> jax.Array:
    """Check a dense layer's inputs, -1 standing for the length of a row, and return the rows."""
    require_same_type("FullyConnected", data, weight, *([] if bias is None else [bias]))
    rows = data.reshape(data.shape[0], math.prod(data.shape[1:])) if flatten else data
    hidden = max(expected)
    wanted = tuple(rows.shape[-1] if size == -1 else size for size in expected)
    if weight.shape != wanted:
        raise ShapeError(
            f"weight has shape {weight.shape}, expected {wanted} for data of shape {data.shape} "
            f"(num_hidden={hidden}, flatten={flatten})"
        )
    if bias is not None and bias.shape != (hidden,):
        raise ShapeError(f"bias has shape {bias.shape}, expected {(hidden,)}")
    return rows


def _add_bias(product: jax.Array, bias: jax.Array | None) -> jax.Array:
    return product if bias is None else product + lax.expand_dims(bias, range(product.ndim - 1))


def _dot_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    lhs, rhs = ins
    if lhs is None or rhs is None:
        return ins, outs
    left = lhs[1:] if attrs.transpose_a and len(lhs) > 1 else lhs[:-1]
    right = rhs[:-1] if attrs.transpose_b and len(rhs) > 1 else rhs[1:]
    return ins, [merge_shapes(outs[0], (*left, *right) or (1,))]


@operator("dot", aliases=("_sparse_dot",), shapes=_dot_shapes, hints=("forward_stype",))
def dot(lhs: jax.Array, rhs: jax.Array, *, transpose_a: bool = False, transpose_b: bool = False) -> jax.Array:
    """Contract the last axis of lhs with the first of rhs, for any ranks; two vectors give shape (1,).

    Transposing means: contract the first axis of lhs, the last of rhs; the other axes keep their order.
    """
    require_same_type("dot", lhs, rhs)
    if lhs.ndim == 1 and rhs.ndim == 1 and (transpose_a or transpose_b):
        raise ShapeError("dot of two vectors cannot transpose them; leave transpose_a and transpose_b out")
    left = 0 if transpose_a or lhs.ndim == 1 else lhs.ndim - 1
    right = rhs.ndim - 1 if transpose_b else 0
    if lhs.shape[left] != rhs.shape[right]:
        raise ShapeError(
            f"dot cannot contract axis {left} of {lhs.shape} with axis {right} of {rhs.shape}: the sizes must be equal"
        )
    result = lax.dot_general(lhs, rhs, (((left,), (right,)), ((), ())))
    return result.reshape(1) if result.ndim == 0 else result


def _batch_dot_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """As MXNet: no output while a contracted dimension is unknown."""
    lhs, rhs = ins
    if lhs is None or rhs is None or min(len(lhs), len(rhs)) < 3:
        return ins, outs
    contracted = lhs[-2 if attrs.transpose_a else -1], rhs[-1 if attrs.transpose_b else -2]
    if -1 in contracted:
        return ins, outs
    batch = merge_shapes(lhs[:-2], rhs[:-2]) or ()
    rows, columns = lhs[-1 if attrs.transpose_a else -2], rhs[-2 if attrs.transpose_b else -1]
    return ins, [merge_shapes(outs[0], (*batch, rows, columns))]


@operator("batch_dot", aliases=("_npx_batch_dot",), shapes=_batch_dot_shapes, hints=("forward_stype",))
def batch_dot(lhs: jax.Array, rhs: jax.Array, *, transpose_a: bool = False, transpose_b: bool = False) -> jax.Array:
    """Matrix product of the last two axes: (..., M, K) x (..., K, N) -> (..., M, N), rank 3 or more, equal batches."""
    require_same_type("batch_dot", lhs, rhs)
    if lhs.ndim < 3 or lhs.ndim != rhs.ndim or lhs.shape[:-2] != rhs.shape[:-2]:
        raise ShapeError(
            f"batch_dot expects two arrays of one rank of at least 3 with equal batch dimensions, "
            f"got {lhs.shape} and {rhs.shape}"
        )
    left = lhs.ndim - (2 if transpose_a else 1)
    right = rhs.ndim - (1 if transpose_b else 2)
    if lhs.shape[left] != rhs.shape[right]:
        raise ShapeError(
            f"batch_dot cannot contract axis {left} of {lhs.shape} with axis {right} of {rhs.shape}: "
            f"the sizes must be equal"
        )
    batch = tuple(range(lhs.ndim - 2))
    return lax.dot_general(lhs, rhs, (((left,), (right,)), (batch, batch)))


def _embedding_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, weight = ins
    if data is None:
        return ins, outs
    weight = merge_shapes(weight, (attrs.input_dim, attrs.output_dim))
    return [data, weight], [merge_shapes(outs[0], (*data, attrs.output_dim))]


def _embedding_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    weight = ins[1] or attrs.dtype
    return [ins[0], weight], [weight]


@operator("_contrib_SparseEmbedding", shapes=_embedding_shapes, types=_embedding_types, hints=("sparse_grad",))
@operator(
    "Embedding",
    aliases=("_npx_embedding", "_sparse_Embedding"),
    shapes=_embedding_shapes,
    types=_embedding_types,
    hints=("sparse_grad",),
)
def embedding(
    data: jax.Array, weight: jax.Array, *, input_dim: int, output_dim: int, dtype: DType = _FLOAT32
) -> jax.Array:
    """Rows of weight (input_dim, output_dim) by index: data (...) -> (..., output_dim).

    Indices of any type are truncated to integers; those out of range are clipped to the nearest row,
    for the gradient too. The result has the dtype of weight; `dtype` only names that of a weight still to be made.
    """
    if weight.shape != (input_dim, output_dim):
        raise ShapeError(
            f"weight has shape {weight.shape}, expected (input_dim, output_dim) = {(input_dim, output_dim)}"
        )
    index = data if jnp.issubdtype(data.dtype, jnp.integer) else data.astype(jnp.int32)
    return jnp.take(weight, index, axis=0, mode="clip")


def _khatri_rao_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    columns: PartialShape = (-1,)
    for shape in (*ins, *outs):
        columns = merge_shapes(columns, shape[1:] if shape else None)
    assert columns is not None
    known = [merge_shapes(shape, (-1, *columns)) for shape in ins]
    rows = product([-1 if shape is None else shape[0] for shape in known])
    return known, [merge_shapes(outs[0], (rows, *columns))]


@operator("khatri_rao", shapes=_khatri_rao_shapes, hints=("num_args",))
def khatri_rao(*args: jax.Array) -> jax.Array:
    """Column-wise Kronecker product of matrices (rows_i, K) -> (product of rows_i, K)."""
    shapes = [matrix.shape for matrix in args]
    if any(len(shape) != 2 or shape[1] != shapes[0][-1] for shape in shapes):
        raise ShapeError(f"khatri_rao expects matrices with the same number of columns, got {shapes}")
    result, *rest = args
    for matrix in rest:
        result = (result[:, None, :] * matrix[None, :, :]).reshape(-1, result.shape[1])
    return result
