"""The fused operators of MXNet's CPU backend, in float and in 8-bit integers.

A fused node keeps the nodes it replaces as its subgraph. In float that subgraph is simply run. A
quantized node takes 8-bit data with their range, quantizes its weights, accumulates in int32, and
applies the rest of the subgraph (activation, residual sum) before the result is rounded once.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.ir.graph import Node
from gluax.ops._fused import emit, graph_of, has_range, int32_range, untyped, weight_quanta_of
from gluax.ops._int8 import INT32, RANGE_NAMES, half_away, integer_convolution, integer_dense, quanta, saturate, widest
from gluax.ops._windows import is_channels_last, make_window
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator, resolve


def _conv_inputs(attrs: Attrs, count: int | None) -> tuple[str, ...]:
    tail = ["gamma", "beta", "moving_mean", "moving_var"] if attrs.with_bn else []
    tail += ["sum"] if attrs.with_sum else []
    if attrs.quantized:
        tail += ["min_data", "max_data"] + (["min_sum", "max_sum"] if attrs.with_sum else [])
    has_bias = count is None or count - len(tail) > 2
    return ("data", "weight", *(["bias"] if has_bias else []), *tail)


@operator(
    "_sg_mkldnn_conv",
    inputs=_conv_inputs,
    outputs=lambda attrs: 3 if has_range(attrs) else 1,
    output_names=lambda attrs: ("output", "output_min", "output_max"),
    aux=("moving_mean", "moving_var"),
    types=untyped,
    hint="sg_mkldnn_conv",
)
def fused_convolution(
    *data: jax.Array,
    with_bn: bool = False,
    with_act: bool = False,
    with_relu: bool = False,
    with_sum: bool = False,
    with_postsum_act: bool = False,
    with_postsum_relu: bool = False,
    quantized: bool = False,
    dedup_sum: bool = False,
    enable_float_output: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    subgraphs: tuple[Any, ...] = (),
) -> tuple[jax.Array, ...]:
    """Convolution, then batch normalization, activation, residual sum and activation, as far as present.

    Inputs: data, weight, bias unless the convolution has none, the four of BatchNorm, the summand; when
    quantized then the ranges of data and of the summand, two inputs each. Quantized with a calibrated
    range: 8-bit output (unsigned after an activation without negative values) and its range; without:
    int32 and its range. The weights stay float in the file and are quantized per output channel.
    """
    attrs = Attrs({"with_bn": with_bn, "with_sum": with_sum, "quantized": quantized})
    given = dict(zip(_conv_inputs(attrs, len(data)), data))
    unchanged = (given["moving_mean"], given["moving_var"]) if with_bn else ()
    graph = graph_of(subgraphs)
    if not quantized:
        return (*subgraphs[0](data[: len(graph.variables)], None)[:1], *unchanged)
    steps = [node for node in graph.nodes if not node.is_variable]
    weight, bias = _fold(given, steps[1] if with_bn else None)
    calibrated = (min_calib_range, max_calib_range) if min_calib_range is not None else None
    span = given["min_data"], given["max_data"]
    data_quanta = quanta(given["data"].dtype.name, *span)
    weight_quanta = weight_quanta_of(weight, bias, data_quanta, calibrated is not None)
    sums = _convolve(steps[0], given["data"], _quantize_filters(steps[0], weight, weight_quanta))
    if bias is not None:
        sums += _along_channels(saturate(bias * data_quanta * weight_quanta, "int32"), sums, steps[0])
    rest = steps[2:] if with_bn else steps[1:]
    summand, kept = given.get("sum"), None
    if summand is not None:
        kept = summand.dtype.name
        summand = summand.astype(jnp.float32) / quanta(kept, given["min_sum"], given["max_sum"])
    ratio = _along_channels(1 / (data_quanta * weight_quanta), sums, steps[0])
    whole = int32_range(given["data"].dtype.name, span, widest(jnp.min(weight), jnp.max(weight)))
    return (*emit(sums, ratio, rest, summand, calibrated, enable_float_output, whole, kept), *unchanged)


def _fold(given: dict[str, jax.Array], batch_norm: Node | None) -> tuple[jax.Array, jax.Array | None]:
    """Weight and bias of the convolution with the normalization that follows folded into them."""
    weight, bias = given["weight"], given.get("bias")
    if batch_norm is None:
        return weight, bias
    attrs = resolve(batch_norm).attrs
    # MXNet computes this in double precision. It matters: the largest weight of a filter becomes 127.5 quanta,
    # and which way that rounds hangs on the last bit. Where doubles are switched off it may be off by one.
    double = jax.dtypes.canonicalize_dtype(np.float64)
    spread = jnp.sqrt(given["moving_var"].astype(double) + attrs.eps)
    factor = ((1 if attrs.fix_gamma else given["gamma"].astype(double)) / spread).astype(weight.dtype)
    centered = -given["moving_mean"] if bias is None else bias - given["moving_mean"]
    return weight * factor.reshape(-1, *(1,) * (weight.ndim - 1)), given["beta"] + factor * centered


def _quantize_filters(node: Node, weight: jax.Array, weight_quanta: jax.Array) -> jax.Array:
    groups = resolve(node).attrs.num_group
    if groups > 1:
        # MXNet takes the scale of filter number g for the whole of group g. The result is then scaled back
        # by each filter's own, so that grouped convolutions, depthwise ones apart, come out a little off.
        weight_quanta = jnp.repeat(weight_quanta[:groups], weight.shape[0] // groups)
    return saturate(weight * weight_quanta.reshape(-1, *(1,) * (weight.ndim - 1)), "int8")


def _convolve(node: Node, data: jax.Array, weight: jax.Array) -> jax.Array:
    attrs = resolve(node).attrs
    window = make_window(attrs.kernel, attrs.stride, attrs.dilate, attrs.pad)
    last = is_channels_last(attrs.layout, window.rank)
    return integer_convolution(data, weight, window, attrs.num_group, last)


def _along_channels(values: jax.Array, like: jax.Array, node: Node) -> jax.Array:
    attrs = resolve(node).attrs
    if is_channels_last(attrs.get("layout"), like.ndim - 2):
        return values
    return values.reshape(-1, *(1,) * (like.ndim - 2))


def _dense_inputs(attrs: Attrs, count: int | None) -> tuple[str, ...]:
    ranges = 1 if attrs.channel_wise_quantize else 3
    per_input = (1 + 2) if attrs.quantized else 1
    if attrs.quantized and ranges == 1:
        has_bias = count is None or count == 5
    else:
        has_bias = count is None or count == 3 * per_input
    names = ("data", "weight", "bias") if has_bias else ("data", "weight")
    if not attrs.quantized:
        return names
    return (*names, *(f"{end}_{name}" for name in names[:ranges] for end in ("min", "max")))


@operator(
    "_sg_mkldnn_fully_connected",
    inputs=_dense_inputs,
    outputs=lambda attrs: 3 if has_range(attrs) else 1,
    output_names=RANGE_NAMES,
    types=untyped,
    hint="sg_mkldnn_fully_connected",
)
def fused_dense(
    *data: jax.Array,
    with_eltwise: bool = False,
    with_relu: bool = False,
    quantized: bool = False,
    enable_float_output: bool = False,
    channel_wise_quantize: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    subgraphs: tuple[Any, ...] = (),
) -> tuple[jax.Array, ...]:
    """FullyConnected and an activation.

    Inputs: data, weight, bias unless there is none; when quantized, all 8-bit integers, then the range of
    each, two inputs each. With channel_wise_quantize weight and bias are float and quantized here, and
    only the range of the data follows. Outputs as those of `_sg_mkldnn_conv`.
    """
    attrs = Attrs({"quantized": quantized, "channel_wise_quantize": channel_wise_quantize})
    given = dict(zip(_dense_inputs(attrs, len(data)), data))
    graph = graph_of(subgraphs)
    if not quantized:
        return (subgraphs[0](data, None)[0],)
    steps = [node for node in graph.nodes if not node.is_variable]
    values = given["data"]
    span = given["min_data"], given["max_data"]
    data_quanta = quanta(values.dtype.name, *span)
    weight, bias, weight_quanta = _dense_parameters(given, data_quanta)
    values = values.reshape(values.shape[0], -1) if resolve(steps[0]).attrs.flatten else values
    sums = integer_dense(values, weight)
    if bias is not None:
        sums += bias
    calibrated = (min_calib_range, max_calib_range) if min_calib_range is not None else None
    weight_span = 127.5 / jnp.min(weight_quanta)
    whole = int32_range(given["data"].dtype.name, span, weight_span)
    ratio = 1 / (data_quanta * weight_quanta)
    return emit(sums, ratio, steps[1:], None, calibrated, enable_float_output, whole)


def _dense_parameters(
    given: dict[str, jax.Array], data_quanta: jax.Array
) -> tuple[jax.Array, jax.Array | None, jax.Array]:
    """Weight (int8), bias (int32, in quanta of the sums) and quanta per unit of weight."""
    weight, bias = given["weight"], given.get("bias")
    if "min_weight" not in given:
        weight_quanta = weight_quanta_of(weight, bias, data_quanta, True)
        if bias is not None:
            bias = saturate(bias * data_quanta * weight_quanta, "int32")
        return saturate(weight * weight_quanta[:, None], "int8"), bias, weight_quanta
    weight_quanta = quanta("int8", given["min_weight"], given["max_weight"])
    if bias is None or bias.dtype == jnp.int32:
        return weight, bias, weight_quanta
    bias_quanta = quanta("int8", given["min_bias"], given["max_bias"])
    bias_span = widest(given["min_bias"], given["max_bias"])
    wanted = jnp.where(bias_quanta > 0, data_quanta * weight_quanta / jnp.where(bias_quanta > 0, bias_quanta, 1), 0)
    # A bias that would overflow int32 is held back, and the weights with it.
    limit = jnp.where(bias_span > 0, INT32 / 2 / jnp.where(bias_span > 0, bias_span * bias_quanta, 1), INT32)
    held = jnp.minimum(wanted, limit)
    factor = jnp.where(wanted > limit, held / jnp.where(wanted > 0, wanted, 1), 1)
    weight = half_away(weight.astype(jnp.float32) * factor).astype(jnp.int8)
    return weight, half_away(bias.astype(jnp.float32) * held).astype(jnp.int32), weight_quanta * factor
