"""Cases of gluax.ops.mkldnn: fused nodes with their subgraphs, in float and in 8-bit integers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.oracle.case import Case, In, subgraph_of
from tests.oracle.draw import Draw

ONEDNN = True

# The gold is that of a processor with 8-bit dot products (AVX-512 VNNI). On others oneDNN cuts off sums of two
# products beyond 16 bits and halves the weights of int8 data, so make gold there for none of these cases.
FRESH = False

_LOOSE = {"rtol": 2e-5, "why": "oneDNN folds the normalization into the weights"}
_QUANTUM = {"rtol": 0.0, "atol": 1.0, "why": "one quantum: rounding of a product of float32 scales"}

Step = tuple[str, dict[str, Any]]
_RELU: Step = ("Activation", {"act_type": "relu"})
_ACTIVATIONS: list[Step] = [
    _RELU,
    ("Activation", {"act_type": "sigmoid"}),
    ("Activation", {"act_type": "tanh"}),
    ("LeakyReLU", {"act_type": "leaky", "slope": 0.1}),
    ("LeakyReLU", {"act_type": "elu", "slope": 0.3}),
    ("LeakyReLU", {"act_type": "gelu"}),
    ("clip", {"a_min": 0, "a_max": 0.4}),
]


def _conv(
    *,
    kernel: tuple[int, int] = (3, 3),
    groups: int = 1,
    bias: bool = True,
    norm: bool = False,
    fix_gamma: bool = False,
    act: Step | None = None,
    addend: str | None = None,
    last: Step | None = None,
    dtype: str = "float32",
    span: tuple[float, float] | None = None,
    **more: Any,
) -> Case:
    """A fused convolution: `act` before and `last` after the sum with an addend of a type; `span`: its calibrated range."""
    filters = 4
    attrs = {
        "kernel": kernel,
        "num_filter": filters,
        "num_group": groups,
        "no_bias": not bias,
        "pad": tuple(k // 2 for k in kernel),
    }
    steps: list[tuple[str, dict[str, Any], list[str]]] = [
        ("Convolution", attrs, ["data", "weight", *(["bias"] if bias else [])])
    ]
    inputs = [_data((2, 4, 5, 6), dtype), In((filters, 4 // groups, *kernel), low=-0.5, high=0.5)]
    inputs += [In((filters,))] if bias else []
    flags: dict[str, Any] = {}
    aux: tuple[int, ...] = ()
    if norm:
        aux = (len(inputs) + 2, len(inputs) + 3)
        inputs += [
            In((filters,), low=0.5, high=1.5),
            In((filters,)),
            In((filters,), low=-0.2, high=0.2),
            In((filters,), low=0.5, high=2),
        ]
        steps.append(("BatchNorm", {"fix_gamma": fix_gamma, "eps": 1e-5}, ["n0", "gamma", "beta", "mean", "var"]))
        flags["with_bn"] = "true"
    if act is not None:
        steps.append((*act, [f"n{len(steps) - 1}"]))
        flags["with_act"] = "true"
    if addend is not None:
        steps.append(("elemwise_add", {}, [f"n{len(steps) - 1}", "addend"]))
        inputs.append(_data((2, 4, 5, 6), addend))
        flags["with_sum"] = "true"
    if last is not None:
        steps.append((*last, [f"n{len(steps) - 1}"]))
        flags["with_postsum_act"] = "true"
    if dtype != "float32":
        inputs += [In(values=[-1.0 if dtype == "int8" else 0.0]), In(values=[1.0])]
        inputs += [] if addend is None else [In(values=[-2.0 if addend == "int8" else 0.0]), In(values=[2.0])]
        flags["quantized"] = "true"
    if span is not None:
        flags |= {"min_calib_range": span[0], "max_calib_range": span[1]}
    outputs = 1 if dtype == "float32" else 3
    subgraphs = (subgraph_of(*steps),)
    return Case("_sg_mkldnn_conv", tuple(inputs), flags, outputs=outputs, aux=aux, subgraphs=subgraphs, **more)


def _data(shape: tuple[int, ...], dtype: str) -> In:
    return {"float32": In(shape), "int8": In(shape, "int8", -127, 128), "uint8": In(shape, "uint8", 0, 256)}[dtype]


def _dense(
    *,
    bias: bool = True,
    act: Step | None = None,
    dtype: str = "float32",
    span: tuple[float, float] | None = None,
    flatten: bool = True,
    by_channel: bool = False,
    float_output: bool = False,
    **more: Any,
) -> Case:
    """A fused dense layer."""
    units = 5
    shape, size = ((3, 2, 4), 8) if flatten else ((3, 2, 8), 8)
    names = ["data", "weight", *(["bias"] if bias else [])]
    steps: list[tuple[str, dict[str, Any], list[str]]] = [
        ("FullyConnected", {"num_hidden": units, "no_bias": not bias, "flatten": flatten}, names)
    ]
    whole = dtype != "float32" and not by_channel
    inputs = [_data(shape, dtype), _data((units, size), "int8" if whole else "float32")]
    inputs += [_data((units,), "int8" if whole else "float32")] if bias else []
    flags: dict[str, Any] = {}
    if act is not None:
        steps.append((*act, ["n0"]))
        flags["with_eltwise"] = "True"
    if dtype != "float32":
        flags["quantized"] = "True"
        inputs += [In(values=[-1.0 if dtype == "int8" else 0.0]), In(values=[1.0])]
        inputs += (
            [In(values=[value]) for end in ((0.5, 0.7) if bias else (0.5,)) for value in (-end, end)] if whole else []
        )
    if by_channel:
        flags["channel_wise_quantize"] = "True"
    if float_output:
        flags["enable_float_output"] = "True"
    if span is not None:
        flags |= {"min_calib_range": span[0], "max_calib_range": span[1]}
    outputs = 1 if dtype == "float32" or float_output else 3
    return Case(
        "_sg_mkldnn_fully_connected", tuple(inputs), flags, outputs=outputs, subgraphs=(subgraph_of(*steps),), **more
    )


CASES = [
    _conv(),
    _conv(bias=False),
    _conv(groups=2, norm=True, **_LOOSE),
    _conv(groups=4, norm=True, bias=False, act=_RELU, **_LOOSE),
    _conv(norm=True, fix_gamma=True, addend="float32", last=_RELU, **_LOOSE),
    _conv(norm=True, act=_RELU, addend="float32", **_LOOSE),
    _conv(kernel=(1, 1), addend="float32"),
    *[_conv(act=act) for act in _ACTIVATIONS],
    *[
        case
        for dtype in ("int8", "uint8")
        for case in (
            _conv(dtype=dtype, span=(-1.5, 2.0), **_QUANTUM),
            _conv(dtype=dtype, span=(-3.0, 2.0), bias=False, norm=True, **_QUANTUM),
            _conv(dtype=dtype, span=(0.0, 2.0), norm=True, act=_RELU, **_QUANTUM),
            _conv(dtype=dtype, span=(-1.0, 2.0), norm=True, fix_gamma=True, kernel=(1, 1), addend=dtype, **_QUANTUM),
            _conv(dtype=dtype, span=(0.0, 2.0), addend="uint8", last=_RELU, **_QUANTUM),
            _conv(dtype=dtype, span=(0.0, 2.0), addend="int8", last=_RELU, **_QUANTUM),
            _conv(dtype=dtype, span=(-2.0, 1.0), addend="uint8", **_QUANTUM),
            _conv(dtype=dtype, span=(-1.0, 1.0), groups=2, **_QUANTUM),
            _conv(dtype=dtype, span=(-1.0, 1.0), groups=4, norm=True, act=_RELU, **_QUANTUM),
            _conv(dtype=dtype, span=(-1.0, 1.0), act=_ACTIVATIONS[3], **_QUANTUM),
            _conv(dtype=dtype, span=(-1.0, 1.0), act=_ACTIVATIONS[5], **_QUANTUM),
            _conv(dtype=dtype, span=(0.0, 0.4), act=_ACTIVATIONS[6], **_QUANTUM),
            _conv(dtype=dtype, bias=False, kernel=(1, 1), **_QUANTUM),
        )
    ],
    _dense(),
    _dense(bias=False),
    _dense(flatten=False),
    *[_dense(act=act) for act in _ACTIVATIONS],
    *[
        case
        for dtype in ("int8", "uint8")
        for case in (
            _dense(dtype=dtype, span=(-1.5, 2.0), **_QUANTUM),
            _dense(dtype=dtype, span=(-1.5, 2.0), bias=False, flatten=False, **_QUANTUM),
            _dense(dtype=dtype, span=(0.0, 2.0), act=_RELU, **_QUANTUM),
            _dense(dtype=dtype, span=(-0.3, 2.0), act=_ACTIVATIONS[4], **_QUANTUM),
            _dense(dtype=dtype, span=(0.0, 0.4), act=_ACTIVATIONS[6], **_QUANTUM),
            _dense(dtype=dtype, float_output=True),
            _dense(dtype=dtype, float_output=True, by_channel=True),
            _dense(dtype=dtype, span=(-1.5, 2.0), by_channel=True, **_QUANTUM),
            _dense(dtype=dtype, **_QUANTUM),
        )
    ],
]  # fmt: skip


def _anywhere(case: Case) -> Case:
    """The case on data that give the same result on all processors, or nearly so; see FRESH."""
    data, weight, *rest = case.specs
    if data.dtype == "uint8":
        return replace(case, inputs=(replace(data, high=129), weight, *rest))
    if data.dtype == "int8" and weight.dtype == "int8":
        return replace(case, inputs=(data, replace(weight, low=-60, high=61), *rest))
    if data.dtype == "int8":
        quanta = 16.0 / min(case.attrs.get("max_calib_range", 2.0), 2.0)
        return replace(
            case, atol=quanta, why="a processor without 8-bit dot products drops the last bit of the weights"
        )
    return case


def _draw_span(draw: Draw, act: Step | None) -> tuple[float, float]:
    """A calibrated range; from 0 for the activations whose output MXNet takes for unsigned."""
    if act is not None and act[0] == "clip":  # MXNet leaves the clip out, relying on a range that is within it
        return (0.0, draw.number(0.2, act[1]["a_max"]))
    unsigned = act is not None and act[1].get("act_type") in ("relu", "sigmoid")
    return (0.0 if unsigned else -draw.number(2, 4), draw.number(2, 4))


def _draw_conv(draw: Draw) -> Case:
    dtype = draw.choice(("float32", "int8", "uint8"))
    act, addend, last = draw.choice((None, *_ACTIVATIONS)), None, None
    if draw.flag(0.4):
        act, last = None, draw.choice((None, _RELU))
        # Where the sum's type is not the output's, bits are taken as they are, and 127 is next to -128.
        addend = {"float32": "float32", "int8": "uint8" if last else "int8"}.get(dtype) or draw.choice(
            ("int8", "uint8")
        )
    shape: dict[str, Any] = {
        "kernel": draw.choice(((1, 1), (3, 3), (1, 3), (3, 1))),
        "groups": draw.choice((1, 1, 2, 4)),
        "bias": draw.flag(),
        "dtype": dtype,
    }
    if dtype == "uint8" and draw.flag(0.15):
        return _conv(**{**shape, "bias": False}, **_QUANTUM)  # without a range nothing else is fused
    norm = {"norm": True, "fix_gamma": draw.flag()} if draw.flag() else {}
    span = None if dtype == "float32" else _draw_span(draw, last or act)
    bound = _LOOSE if dtype == "float32" else _QUANTUM
    return _conv(**shape, **norm, act=act, addend=addend, last=last, span=span, **bound)


def _draw_dense(draw: Draw) -> Case:
    dtype = draw.choice(("float32", "int8", "uint8"))
    attrs: dict[str, Any] = {"bias": draw.flag(), "flatten": draw.flag(), "dtype": dtype}
    act = draw.choice((None, *_ACTIVATIONS))
    if dtype == "float32":
        return _dense(**attrs, act=act)
    by_channel = dtype == "uint8" and draw.flag(0.4)
    if draw.flag(0.25):
        return _dense(
            **attrs, act=act, float_output=True, by_channel=by_channel, rtol=1e-5, why="sums of scaled integers"
        )
    if dtype == "uint8" and draw.flag(0.15):
        return _dense(**attrs, **_QUANTUM)
    return _dense(**attrs, act=act, span=_draw_span(draw, act), by_channel=by_channel, **_QUANTUM)


GENERATORS = {
    "_sg_mkldnn_conv": lambda draw: _anywhere(_draw_conv(draw)),
    "_sg_mkldnn_fully_connected": lambda draw: _anywhere(_draw_dense(draw)),
}

NOTES = dict.fromkeys(
    GENERATORS, "MXNet's gradient of a fused node is 0; gluax differentiates what the node computes in float."
)
