"""Comparison with gold: tolerances per dtype, and a message that names the worst element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# Relative to the largest magnitude of the expected array. float32: MXNet's own two CPU backends differ by
# up to 2.8e-6 on whole networks; one operator stays below 1e-5. float64 accumulates in another order.
# float16 has 11 bits, and MXNet rounds intermediate sums that XLA keeps in float32.
TOLERANCE = {"float64": 1e-10, "float32": 1e-5, "float16": 2e-3, "bfloat16": 2e-2}
NEAR_ZERO = 1e-2  # an array below this is what is left of terms that cancel, so its own size is no measure


def assert_close(
    actual: object, expected: np.ndarray, *, name: str = "", rtol: float | None = None, atol: float | None = None
) -> float:
    """Shapes and dtypes equal; values equal, NaN and infinities in the same places.

    Returns the worst error relative to the largest magnitude, or to NEAR_ZERO in an array that is smaller.
    """
    got = np.asarray(actual)
    assert got.shape == expected.shape, f"{name}: shape {got.shape}, expected {expected.shape}"
    assert got.dtype == expected.dtype, f"{name}: dtype {got.dtype}, expected {expected.dtype}"
    if got.dtype.kind in "iub" and rtol is None and atol is None:
        rtol, atol = 0.0, 0.0
    a, b = got.astype(np.float64), expected.astype(np.float64)
    finite = np.isfinite(b)
    magnitude = float(np.max(np.abs(b[finite]), initial=0.0))
    scale = TOLERANCE.get(expected.dtype.name, 0.0) if rtol is None else rtol
    limit = scale * magnitude + (TOLERANCE.get(expected.dtype.name, 0.0) * NEAR_ZERO if atol is None else atol)
    with np.errstate(invalid="ignore"):
        error = np.where(
            finite & np.isfinite(a), np.abs(a - b), np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0, np.inf)
        )
    if error.size and not np.all(error <= limit):
        index = np.unravel_index(np.argmax(error), error.shape)
        wrong = int(np.sum(~(error <= limit)))
        where = tuple(int(i) for i in index)
        raise AssertionError(
            f"{name}: {wrong} of {error.size} elements differ by more than {limit:.3g}; worst at {where}: "
            f"got {got[index]!r}, expected {expected[index]!r} (error {error[index]:.3g}, largest magnitude {magnitude:.3g})"
        )
    return float(np.max(error, initial=0.0)) / max(magnitude, NEAR_ZERO)


def near(found: Any, gold: Any, tolerance: float) -> bool:
    """Whether the facts agree, numbers within the tolerance; an error is known by its most special class."""
    if isinstance(gold, dict) and "raises" in gold:
        return bool(found["raises"]) == bool(gold["raises"]) and set(gold["raises"][:1]) <= set(found["raises"])
    if isinstance(gold, dict):
        return found.keys() == gold.keys() and all(near(found[key], gold[key], tolerance) for key in gold)
    if isinstance(gold, list):
        return len(found) == len(gold) and all(near(f, g, tolerance) for f, g in zip(found, gold))
    if isinstance(gold, float) and not isinstance(found, bool):
        same = math.isnan(found) and math.isnan(gold)
        return same or bool(np.isclose(found, gold, rtol=tolerance, atol=tolerance, equal_nan=True))
    return found == gold
