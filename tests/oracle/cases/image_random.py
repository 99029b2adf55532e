"""Cases of gluax.ops.image_random. With a range of one value the random operators are deterministic."""

from __future__ import annotations

from collections.abc import Callable

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

_NAMES = ("brightness", "contrast", "saturation", "hue")
_DTYPES = ("float32", "float64", "float16", "uint8", "int8", "int32", "int64")
_FLIPS = ("_image_random_flip_left_right", "_image_random_flip_top_bottom")
_BYTES = {"rtol": 0.0, "atol": 1.0, "why": "a sum in another order is cut off at another whole number"}
_HALF = {"rtol": 2e-3, "why": "one unit in the last place of half precision"}
_SUMS = {"rtol": 1e-4, "atol": 1e-3, "why": "single precision, values up to 255 that cancel"}


def _image(shape: tuple[int, ...] = (3, 4, 3), dtype: str = "float32") -> In:
    return In(shape, dtype, 0, 127 if dtype == "int8" else 255)


def _case(name: str, data: In, attrs: dict, *, grad: bool = False, stochastic: bool = False) -> Case:
    loose = (
        {} if stochastic else _HALF if data.dtype == "float16" else _SUMS if data.dtype.startswith("float") else _BYTES
    )
    return Case(f"_image_{name}", (data,), attrs, grad=grad, stochastic=stochastic, **loose)


def _still(name: str, factor: float, data: In, grad: bool = False) -> Case:
    return _case(f"random_{name}", data, {"min_factor": factor, "max_factor": factor}, grad=grad)


_JITTER = {"brightness": 0.2, "contrast": 0.3, "saturation": 0.4, "hue": 0.1}

CASES = [
    *[_still(name, factor, _image(), True) for name in _NAMES for factor in (0.3, 1.0)],
    *[_still(name, 1.7, _image(dtype=dtype)) for name in _NAMES for dtype in ("float64", "uint8", "int8")],
    *[_still(name, 0.6, _image((2, 3, 1))) for name in _NAMES[:3]],
    *[_case(f"random_{name}", _image(), {"min_factor": 0.5, "max_factor": 1.5}, stochastic=True) for name in _NAMES],
    _case("adjust_lighting", _image(), {"alpha": (0.3, -1, 2)}, grad=True),
    _case("adjust_lighting", _image(dtype="uint8"), {"alpha": (0.3, 0.1, -0.2)}),
    _case("random_lighting", _image(), {"alpha_std": 0}, grad=True),
    _case("random_lighting", _image(), {}, stochastic=True),
    *[_case("random_color_jitter", _image(dtype=d), _JITTER, grad=d != "uint8", stochastic=True) for d in ("float32", "uint8")],
    *[Case(op, (_image((4, 2, 3)),), grad=True, stochastic=True) for op in _FLIPS],
    Case("_npx__image_random_hue", (_image(),), {"min_factor": 0, "max_factor": 0}, **_SUMS),
]  # fmt: skip


# One image's random outputs depend on each other, so they stay too small for a comparison of distributions.


def _drawn_image(draw: Draw, gray: bool = True) -> In:
    channels = draw.choice((1, 3)) if gray else 3
    return _image((draw.integer(1, 5), draw.integer(1, 5), channels), draw.choice(_DTYPES))


def _grad(draw: Draw, data: In) -> bool:
    return data.dtype.startswith("float") and draw.flag()


def _draw_factors(name: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        data = _drawn_image(draw, gray=name != "hue")
        if draw.flag(0.8):
            return _still(name, draw.number(0, 3), data, _grad(draw, data))
        factors = {"min_factor": draw.number(0, 2), "max_factor": draw.number(0, 2)}
        return _case(f"random_{name}", data, factors, grad=_grad(draw, data), stochastic=True)

    return generate


def _draw_lighting(draw: Draw) -> Case:
    data, alpha = _drawn_image(draw, gray=False), [draw.number(-1, 1) for _ in range(draw.integer(3, 4))]
    return _case("adjust_lighting", data, {"alpha": alpha}, grad=_grad(draw, data))


def _draw_random_lighting(draw: Draw) -> Case:
    data, still = _drawn_image(draw, gray=False), draw.flag()
    attrs = {"alpha_std": 0.0} if still else draw.given(alpha_std=draw.number(0, 1))
    return _case("random_lighting", data, attrs, grad=_grad(draw, data), stochastic=not still)


def _draw_jitter(draw: Draw) -> Case:
    data = _drawn_image(draw)
    attrs = {name: draw.number(0, 1) if draw.flag(0.7) else 0 for name in _NAMES}
    if data.shape[2] == 1:
        attrs["hue"] = 0
    attrs["brightness"] = 0.1  # with nothing to do MXNet leaves the result unset
    return _case("random_color_jitter", data, attrs, grad=_grad(draw, data), stochastic=True)


def _draw_flip(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        data = _drawn_image(draw)
        return Case(op, (data,), grad=_grad(draw, data), stochastic=True)

    return generate


GENERATORS = {
    **{f"_image_random_{name}": _draw_factors(name) for name in _NAMES},
    "_image_adjust_lighting": _draw_lighting,
    "_image_random_lighting": _draw_random_lighting,
    "_image_random_color_jitter": _draw_jitter,
    **{op: _draw_flip(op) for op in _FLIPS},
}

_GRAY = "MXNet leaves the result of a gray image unset (uninitialised memory); gluax gives the image back"
NOTES = {
    "_image_random_hue": _GRAY,
    "_image_adjust_lighting": _GRAY,
    "_image_random_lighting": _GRAY,
    "_image_random_color_jitter": "MXNet leaves the result unset when no amount is positive, and mixes unset memory in "
    "when the hue of a gray image changes; gluax leaves out what has no effect",
    **dict.fromkeys(_FLIPS, "MXNet leaves the middle row or column of an odd number unset; gluax copies it"),
}
