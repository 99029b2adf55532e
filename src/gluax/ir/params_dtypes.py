"""MXNet's type flags, the numbers that stand for data types in its files, and arrays over raw bytes."""

from __future__ import annotations

import ml_dtypes
import numpy as np

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)

DTYPE_BY_FLAG: dict[int, np.dtype] = {
    0: np.dtype("<f4"),
    1: np.dtype("<f8"),
    2: np.dtype("<f2"),
    3: np.dtype("u1"),
    4: np.dtype("<i4"),
    5: np.dtype("i1"),
    6: np.dtype("<i8"),
    7: np.dtype("?"),
    8: np.dtype("<i2"),
    9: np.dtype("<u2"),
    10: np.dtype("<u4"),
    11: np.dtype("<u8"),
    12: BFLOAT16,
}
"""MXNet 1.9.1 itself knows 0 to 7 and 12; MXNet 2 added the others."""

FLAG_BY_DTYPE: dict[np.dtype, int] = {dtype: flag for flag, dtype in DTYPE_BY_FLAG.items()}


def array_over(raw: memoryview, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """Return a read-only array of the bytes `raw`, of which there are as many as `dtype` and `shape` need.

    It is a view on them, unless they do not start at a multiple of the item size, which numpy and XLA compute with
    slowly or not at all, or unless they are not values of the type.

    Raises:
      ValueError: numpy cannot make such a shape. It multiplies the sizes even where one of them is 0.
    """
    if dtype == np.bool_:
        # A byte other than 0 and 1 is true to MXNet, and not a value at all to numpy.
        flat = np.frombuffer(raw, np.uint8)
        flat = flat != 0 if np.any(flat > 1) else flat.view(np.bool_)
    else:
        flat = np.frombuffer(raw, dtype)
    array = flat.reshape(shape)
    array = array if array.flags.aligned else array.copy()
    array.flags.writeable = False
    return array
