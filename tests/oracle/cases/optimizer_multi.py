"""Cases of gluax.ops.optimizer_multi. MXNet infers no output shapes for these, so they run with the weights as outputs."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

_SIGNED, _POSITIVE = (-1.0, 1.0), (0.1, 1.0)
_FIRST = {"beta1": 0.7, "beta2": 0.95, "epsilon": 1e-3}
# The ranges of the states, the names of the attributes with one number for each tensor, and attributes for all.
_KINDS = {
    "sgd_update": ((), ("lrs", "wds"), {}),
    "sgd_mom_update": ((_SIGNED,), ("lrs", "wds"), {"momentum": 0.9}),
    "adamw_update": ((_SIGNED, _POSITIVE), ("lrs", "wds", "etas"), _FIRST),
    "lamb_update": (
        (_SIGNED, _POSITIVE), ("learning_rates", "wds", "step_count"),
        {**_FIRST, "bias_correction": False, "lower_bound": 0.9, "upper_bound": 1.1},
    ),
}  # fmt: skip
_OPS = [
    *[f"{pre}multi_{mp}sgd_{mom}update" for pre in ("", "preloaded_") for mp in ("", "mp_") for mom in ("", "mom_")],
    *[f"_multi_{mp}{kind}_update" for kind in ("adamw", "lamb") for mp in ("", "mp_")],
]
_LOOSE = {
    "float16": {"atol": 2e-3, "why": "MXNet rounds every step of float16 arithmetic"},
    "float64": {"rtol": 1e-6, "atol": 2e-7, "why": "rates or master copies are float32"},
}


def _kind(op: str) -> str:
    return op[op.index("multi_") + len("multi_") :].removeprefix("mp_")


def _shared(op: str) -> dict[str, object]:
    """Attributes that all tensors share, away from their defaults."""
    scale = {} if "adamw" in op else {"rescale_grad": 0.5}
    return {**_KINDS[_kind(op)][2], **scale, "clip_gradient": 0.2}


def _case(
    op: str, shapes: list[tuple[int, ...]], numbers: dict[str, tuple[float, ...]], dtype: str = "float32",
    scale: float = 0.5, also: tuple[str, ...] = (), **attrs: object,
) -> Case:  # fmt: skip
    ranges = _KINDS[_kind(op)][0]
    master = "_mp_" in op
    inputs: list[In] = []
    aux: list[int] = []
    for shape in shapes:
        kind = "float32" if master else dtype
        states = [*(In(shape, kind, *bounds) for bounds in ranges), *([In(shape, kind)] if master else [])]
        aux += range(len(inputs) + 2, len(inputs) + 2 + len(states))
        inputs += [In(shape, dtype, also=also), In(shape, dtype, also=also), *states]
    if op.startswith("preloaded"):
        inputs += [In(values=numbers[name]) for name in ("lrs", "wds")]
        numbers = {}
    if "adamw" in op:
        inputs.append(In(values=[scale]))
    stride = 2 + len(ranges) + master
    weights = tuple(stride * i for i in range(len(shapes)))
    attrs = {**attrs, **numbers, "num_tensors" if "lamb" in op else "num_weights": len(shapes)}
    return Case(op, tuple(inputs), attrs, len(shapes), aux=tuple(aux), inplace=weights, **_LOOSE.get(dtype, {}))


def _numbers(op: str) -> dict[str, tuple[float, ...]]:
    return {name: (1, 3) if name == "step_count" else (0.1, 0.2) for name in _KINDS[_kind(op)][1]}


def _dtypes(op: str) -> tuple[str, ...]:
    return ("float32",) if op in ("_multi_adamw_update", "_multi_lamb_update") else FLOATS


CASES = [
    *[_case(op, [(2, 3), (4,)], _numbers(op)) for op in _OPS],
    *[_case(op, [(2, 3), (4,)], _numbers(op), dtype, **_shared(op)) for op in _OPS for dtype in sorted({*_dtypes(op)})],
    *[
        _case(f"_multi_{mp}adamw_update", [(3,), (2,)], _numbers("_multi_adamw_update"), scale=0.0)
        for mp in ("", "mp_")
    ],
]


def _generator(op: str):
    def draw_case(draw: Draw) -> Case:
        shapes = [draw.shape(1, 3) for _ in range(draw.integer(1, 4))]
        numbers = {
            name: tuple(draw.integer(1, 50) if name == "step_count" else draw.number(0, 1) for _ in shapes)
            for name in _KINDS[_kind(op)][1]
        }
        attrs = draw.given(**_shared(op))
        if "clip_gradient" in attrs:
            attrs["clip_gradient"] = draw.choice((-1.0, 0.0, draw.number(0.1, 1)))
        dtype, also = draw.choice(_dtypes(op)), ("ties", "nonfinite")
        return _case(op, shapes, numbers, dtype, draw.number(0.1, 2), also, **attrs)

    return draw_case


GENERATORS = {op: _generator(op) for op in _OPS}
