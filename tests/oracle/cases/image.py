"""Cases of gluax.ops.image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

_BYTES = {"rtol": 0.0, "atol": 1.0, "why": "MXNet resizes bytes in fixed point"}
_SINGLE = {"rtol": 1e-6, "why": "OpenCV weighs with float32"}
_DTYPES = ("float32", "float64", "float16", "uint8", "int8", "int32", "int64")
# Single images only, and an even size: MXNet flips no batches, and leaves the middle of an odd size unset.
_FLIPPED = [(4, 6, 3), (2, 8, 1)]


def _image(shape: tuple[int, ...], dtype: str) -> In:
    return In(shape, dtype, 0, 127 if dtype == "int8" else 255)


CASES = [
    *[
        Case("_image_to_tensor", (_image(shape, dtype),))
        for shape, dtype in [
            ((4, 5, 3), "uint8"),
            ((2, 4, 5, 3), "uint8"),
            ((3, 2, 1), "float32"),
            ((3, 2, 1), "float64"),
            ((3, 2, 1), "float16"),
            ((3, 2, 1), "int32"),
            ((3, 2, 1), "int8"),
        ]
    ],
    *[
        Case("_image_normalize", (_image(shape, dtype),), attrs, grad=np.dtype(dtype).kind == "f")
        for shape, dtype in [((3, 4, 5), "float32"), ((2, 3, 4, 5), "float32"), ((3, 2, 2), "float64"), ((3, 2, 2), "float16"), ((3, 2, 2), "uint8")]
        for attrs in ({"mean": (1,), "std": (2,)}, {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)})[: 1 if dtype == "uint8" else 2]
    ],
    Case("_image_normalize", ((1, 2, 2),), {"mean": (0.1,), "std": (0.3,)}),
    *[
        Case("_image_crop", (_image(shape, dtype),), {"x": 1, "y": 2, "width": 3, "height": 2}, grad=dtype == "float32")
        for shape, dtype in [((4, 5, 3), "uint8"), ((2, 5, 4, 3), "float32"), ((4, 5, 1), "float64")]
    ],
    *[
        Case(op, (_image(shape, dtype),), grad=dtype == "float32")
        for op in ("_image_flip_left_right", "_image_flip_top_bottom")
        for shape in _FLIPPED
        for dtype in ("uint8", "float32")
    ],
    *[
        Case("_image_resize", (_image((6, 7, 3), dtype),), {"size": size, "interp": interp}, **(_BYTES if dtype == "uint8" and interp else {}))
        for dtype in ("uint8", "float32")
        for interp in range(5)
        for size in ((9, 11), (4, 3), (5, 12))
    ],
    *[
        Case("_image_resize", (_image(shape, "float32"),), {"size": (8,), "keep_ratio": keep})
        for shape in [(4, 6, 3), (7, 3, 1), (5, 5, 3), (2, 4, 6, 3)]
        for keep in (True, False)
    ],
    Case("_npx__image_resize", (_image((4, 4, 1), "float64"),), {"size": (3, 9), "keep_ratio": True}, **_SINGLE),
]  # fmt: skip


def _batch(draw: Draw, channels: tuple[int, ...] = (1, 2, 3, 7), size: int = 6) -> tuple[int, ...]:
    """The shape of an image, or of a batch of them."""
    image = (draw.integer(1, size), draw.integer(1, size), draw.choice(channels))
    return (draw.integer(1, 3), *image) if draw.flag(0.3) else image


def _grad(draw: Draw, dtype: str) -> bool:
    return dtype.startswith("float") and draw.flag()


def _draw_to_tensor(draw: Draw) -> Case:
    return Case("_image_to_tensor", (_image(_batch(draw), draw.choice(_DTYPES)),))


def _draw_normalize(draw: Draw) -> Case:
    *lead, rows, columns, channels = _batch(draw, (1, 3))
    dtype = draw.choice(_DTYPES)
    mean = tuple(draw.number(-1, 60) for _ in range(draw.choice((1, channels))))
    std = tuple(draw.number(0.1, 3) for _ in range(draw.choice((1, channels))))
    attrs = {"mean": mean, "std": std}
    return Case("_image_normalize", (_image((*lead, channels, rows, columns), dtype),), attrs, grad=_grad(draw, dtype))


def _draw_crop(draw: Draw) -> Case:
    shape, dtype = _batch(draw, (1, 3)), draw.choice(_DTYPES)
    y, x = draw.integer(0, shape[-3] - 1), draw.integer(0, shape[-2] - 1)
    size = {"width": draw.integer(1, shape[-2] - x), "height": draw.integer(1, shape[-3] - y)}
    return Case("_image_crop", (_image(shape, dtype),), {"x": x, "y": y, **size}, grad=_grad(draw, dtype))


def _draw_flip(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        shape, dtype = (2 * draw.integer(1, 3), 2 * draw.integer(1, 3), draw.choice((1, 3))), draw.choice(_DTYPES)
        return Case(op, (_image(shape, dtype),), grad=_grad(draw, dtype))

    return generate


def _draw_resize(draw: Draw) -> Case:
    interp = draw.integer(0, 5)
    dtype = draw.choice(("uint8", "int8", "float32", "float64", *(("int32",) if interp == 0 else ())))
    size = tuple(draw.integer(1, 14) for _ in range(draw.integer(1, 2)))
    attrs = {"size": size, **draw.given(keep_ratio=draw.flag())}
    attrs.update({} if interp == 1 and draw.flag() else {"interp": interp})
    loose = (_BYTES if dtype.endswith("int8") else _SINGLE) if interp else {}
    return Case("_image_resize", (_image(_batch(draw, (1, 2, 3, 4), 11), dtype),), attrs, **loose)


GENERATORS = {
    "_image_to_tensor": _draw_to_tensor,
    "_image_normalize": _draw_normalize,
    "_image_crop": _draw_crop,
    **{op: _draw_flip(op) for op in ("_image_flip_left_right", "_image_flip_top_bottom")},
    "_image_resize": _draw_resize,
}

_FLIPS = "MXNet takes no batches and leaves the middle row or column of an odd number unset; gluax does neither"
NOTES = {
    "_image_flip_left_right": _FLIPS,
    "_image_flip_top_bottom": _FLIPS,
    "_image_normalize": "MXNet refuses its own defaults, of four channels; gluax takes them",
    "_image_resize": "MXNet reads 64-bit integers as floats, and of more than four channels leaves some unset, which "
    "gives garbage; gluax takes such integers in interp=0 only, and any number of channels",
}
