"""What the fused operators of MXNet's CPU backend share: scales of weights, and the way from sums to the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gluax.errors import OperatorError
from gluax.ir.graph import Graph, Node
from gluax.ops._int8 import INT32, WHOLE, one, quanta, saturate, widest
from gluax.ops.operator import Attrs
from gluax.ops.registry import resolve
from gluax.ops.rules import Types

_ADDITIONS = {"elemwise_add", "_plus", "_Plus", "_add", "ElementWiseSum", "add_n"}


def untyped(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    """Float nodes keep one type; the types of a quantized node follow from its subgraph."""
    if attrs.quantized:
        return ins, [None]
    known = next((dtype for dtype in ins if dtype is not None), None)
    return [known if dtype is None else dtype for dtype in ins], [known]


def has_range(attrs: Attrs) -> bool:
    return attrs.quantized and not attrs.enable_float_output


def graph_of(subgraphs: Sequence[Any]) -> Graph:
    if len(subgraphs) != 1:
        raise OperatorError(f"a fused node holds one subgraph, the nodes it replaces; this one holds {len(subgraphs)}")
    return subgraphs[0].graph


def weight_quanta_of(weight: jax.Array, bias: jax.Array | None, data_quanta: jax.Array, by_filter: bool) -> jax.Array:
    """Quanta per unit of weight, one for each filter (or the same one), small enough that no bias overflows int32."""
    flat = jnp.abs(weight.reshape(weight.shape[0], -1))
    span = jnp.max(flat, 1) if by_filter else jnp.broadcast_to(jnp.max(flat), weight.shape[:1])
    found = 127.5 / jnp.where(span > 0, span, 1)
    if bias is None or not by_filter:
        return found
    limit = INT32 / 2 / jnp.where(bias == 0, 1, jnp.abs(bias)) / data_quanta
    return jnp.where(bias == 0, found, jnp.minimum(found, limit))


def int32_range(dtype: str, span: tuple[jax.Array, jax.Array], weight_span: jax.Array) -> jax.Array:
    """The range of an int32 result: what its largest integer is worth."""
    return INT32 * widest(*span) / WHOLE[dtype] * weight_span / WHOLE["int8"]


def emit(
    sums: jax.Array,
    ratio: jax.Array,
    steps: Sequence[Node],
    summand: jax.Array | None,
    calibrated: tuple[float | None, float | None] | None,
    float_output: bool,
    whole: jax.Array,
    kept: str | None = None,
) -> tuple[jax.Array, ...]:
    """Finish: from int32 sums, worth `ratio` each, through the remaining steps to the output and its range.

    `kept` is the type of the array that MXNet adds to in place: the result is clipped to that type, and where
    the output's is another its bits are taken as they are.
    """
    if float_output:
        return (_apply(steps, sums.astype(jnp.float32) * ratio, jnp.float32(1), summand),)
    if calibrated is None:
        return sums, -whole.reshape(1), whole.reshape(1)
    low, high = map(one, calibrated)
    dtype = "uint8" if _never_negative(steps) else "int8"
    scale = quanta(dtype, low, high)
    out = _apply(steps, sums.astype(jnp.float32) * (scale * ratio), scale, summand)
    return jax.lax.bitcast_convert_type(saturate(out, kept or dtype), jnp.dtype(dtype)), low, high


def _never_negative(steps: Sequence[Node]) -> bool:
    """Whether MXNet takes the output for unsigned."""
    if not steps:
        return False
    attrs = resolve(steps[-1]).attrs
    if steps[-1].op == "clip":
        return attrs.a_min == 0
    if steps[-1].op == "LeakyReLU":  # after a dense layer oneDNN knows it as a relu, which is all that MXNet asks
        return attrs.act_type == "leaky" and _producer(steps[0]) == "FullyConnected"
    return steps[-1].op == "Activation" and attrs.act_type in ("relu", "sigmoid", "softrelu")


def _apply(steps: Sequence[Node], values: jax.Array, scale: jax.Array, summand: jax.Array | None) -> jax.Array:
    """Run the steps on values that are worth 1 / scale each.

    As in MXNet, an activation after a convolution acts on the number of quanta, whatever they are worth:
    gelu and elu, which are not linear, become all but relu. After a dense layer it acts on what they are worth.
    """
    dense = bool(steps) and _producer(steps[0]) == "FullyConnected"
    for node in steps:
        call = resolve(node)
        if node.op in _ADDITIONS:
            assert summand is not None
            values = values + summand * scale
        elif node.op == "clip":
            values = jnp.clip(values, call.attrs.a_min * scale, call.attrs.a_max * scale)
        elif dense and not (node.op == "Activation" and call.attrs.act_type == "relu"):
            values = call([values / scale])[0] * scale
        else:
            values = call([values])[0]
    return values


def _producer(node: Node) -> str | None:
    return node.inputs[0].node.op
