"""Cases of gluax.ops.image."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_ONE = {"rtol": 0.0, "atol": 1.0, "why": "MXNet resizes bytes in fixed point"}
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
        Case("_image_resize", (_image((6, 7, 3), dtype),), {"size": size, "interp": interp}, **(_ONE if dtype == "uint8" and interp else {}))
        for dtype in ("uint8", "float32")
        for interp in range(5)
        for size in ((9, 11), (4, 3), (5, 12))
    ],
    *[
        Case("_image_resize", (_image(shape, "float32"),), {"size": (8,), "keep_ratio": keep})
        for shape in [(4, 6, 3), (7, 3, 1), (5, 5, 3), (2, 4, 6, 3)]
        for keep in (True, False)
    ],
    Case("_npx__image_resize", (_image((4, 4, 1), "float64"),), {"size": (3, 9), "keep_ratio": True}, rtol=1e-6, why="OpenCV weighs with float32"),
]  # fmt: skip


def random_cases(random: np.random.RandomState) -> list[Case]:
    return [
        Case(
            "_image_resize",
            (_image((*(int(n) for n in random.randint(4, 12, 2)), 3), "float32"),),
            {"size": tuple(int(n) for n in random.randint(1, 20, 2)), "interp": int(random.randint(0, 5))},
        )
        for _ in range(10)
    ]
