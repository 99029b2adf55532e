"""Cases of gluax.ops.resize. MXNet has no kernels for integers, nor bilinear UpSampling of float16."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw


def _nearest(*shapes, scale=2, dtype="float32", **attrs) -> Case:
    inputs = tuple(In(shape, dtype) for shape in shapes)
    return Case(
        "UpSampling", inputs, {"scale": scale, "sample_type": "nearest", "num_args": len(shapes), **attrs}, grad=True
    )


def _bilinear(shape, scale, dtype="float32", **attrs) -> Case:
    size = 2 * scale - scale % 2
    inputs = (In(shape, dtype), In((shape[1], 1, size, size), dtype))
    attrs = {"scale": scale, "sample_type": "bilinear", "num_filter": shape[1], "num_args": 2, **attrs}
    return Case("UpSampling", inputs, attrs, grad=True)


def _resize(shape=(1, 2, 5, 6), dtype="float32", like=None, **attrs) -> Case:
    inputs = (In(shape, dtype), *([In(like, dtype)] if like else []))
    # MXNet's backward of "like" corrupts its memory.
    return Case("_contrib_BilinearResize2D", inputs, attrs, grad=not like)


def _adaptive(shape, dtype="float32", **attrs) -> Case:
    return Case("_contrib_AdaptiveAvgPooling2D", (In(shape, dtype),), attrs, grad=True)


_MODES = ("odd_scale", "to_even_down", "to_even_up", "to_odd_down", "to_odd_up")

CASES = [
    *[_nearest((1, 3, 2, 3), scale=scale) for scale in (1, 2, 3)],
    *[_nearest((2, 3, 2, 3), dtype=dtype) for dtype in ("float64", "float16")],
    *[
        _nearest((2, 3, 4, 2), (2, 3, 8, 4), (2, 3, 2, 1), multi_input_mode=mode, workspace=8)
        for mode in ("concat", "sum")
    ],
    _nearest((2, 3, 2, 2), (2, 1, 4, 4)),
    *[_bilinear((1, 2, 3, 4), scale) for scale in (1, 2, 3, 4)],
    _bilinear((1, 2, 3, 3), 2, "float64"),
    *[_resize(height=h, width=w) for h, w in [(3, 4), (5, 6), (7, 11), (1, 1), (10, 1)]],
    *[_resize(height=h, width=w, align_corners=False) for h, w in [(3, 4), (5, 6), (7, 11), (1, 1), (10, 1)]],
    *[_resize(scale_height=s, scale_width=s + 0.3) for s in (0.5, 1.5, 2.0)],
    *[_resize(mode=mode, scale_height=s, scale_width=1.5) for mode in _MODES[:1] for s in (0.5, 1.5, 2.0)],
    *[_resize((1, 2, *size), mode=mode) for mode in _MODES[1:] for size in ((4, 5), (7, 6))],
    *[_resize(mode="like", like=(1, 1, 7, 3), align_corners=align) for align in (True, False)],
    *[_resize((1, 2, 3, 4), dtype, height=5, width=3) for dtype in ("float64", "float16")],
    _resize((2, 3, 1, 4), height=4, width=7),
    *[_adaptive((1, 2, 5, 6), output_size=size) for size in [(), (2,), (3, 4), (5, 6), (7, 8), (1, 1), (1, 3)]],
    _adaptive((1, 2, 5, 6)),
    *[_adaptive((1, 2, 5, 4), dtype, output_size=(2, 3)) for dtype in ("float64", "float16")],
]


def _draw_upsampling(draw: Draw) -> Case:
    dtype, scale = draw.choice(FLOATS), draw.integer(1, 4)
    batch, channels, height, width = draw.shape(4, 4, 4)[:4]
    if draw.flag():
        # MXNet has no bilinear kernel for float16.
        return _bilinear((batch, channels, height, width), scale, "float64" if dtype == "float16" else dtype)
    mode, shapes = draw.choice(("concat", "sum")), [(batch, channels, height, width)]
    for _ in range(draw.integer(0, 2)):
        other = channels if mode == "sum" else draw.integer(1, 3)
        up = draw.choice([n for n in range(1, scale + 1) if scale % n == 0])
        shapes.append((batch, other, height * up, width * up))
    attrs = {"multi_input_mode": mode} if len(shapes) > 1 or mode == "sum" or draw.flag() else {}
    return _nearest(*shapes, scale=scale, dtype=dtype, **attrs)


def _draw_resize(draw: Draw) -> Case:
    shape, dtype = draw.shape(4, 4, 7)[:4], draw.choice(FLOATS)
    attrs: dict[str, object] = draw.given(align_corners=draw.flag())
    mode = draw.choice(("height", "scale", "like", *_MODES))
    if mode == "height":
        attrs.update(height=draw.integer(1, 9), width=draw.integer(1, 9), **draw.given(mode="size"))
    elif mode == "like":
        return _resize(shape, dtype, (1, 1, draw.integer(1, 9), draw.integer(1, 9)), mode="like", **attrs)
    else:
        scale = mode in ("scale", "odd_scale")
        attrs.update({} if mode == "scale" else {"mode": mode})
        attrs.update({"scale_height": draw.number(1, 3), "scale_width": draw.number(1, 3)} if scale else {})
        shape = shape if scale else (*shape[:2], draw.integer(2, 7), draw.integer(2, 7))  # not to become empty
    return _resize(shape, dtype, **attrs)


def _draw_adaptive(draw: Draw) -> Case:
    size = tuple(draw.integer(1, 9) for _ in range(draw.integer(0, 2)))
    return _adaptive(draw.shape(4, 4, 8)[:4], draw.choice(FLOATS), **draw.given(0.8, output_size=size))


GENERATORS = {
    "UpSampling": _draw_upsampling,
    "_contrib_BilinearResize2D": _draw_resize,
    "_contrib_AdaptiveAvgPooling2D": _draw_adaptive,
}
NOTES = {"_contrib_BilinearResize2D": "MXNet's backward of mode='like' corrupts its memory, so that is not compared"}
