"""Thresholds that real MXNet 1.9.1 chooses for histograms of known data, for tests/test_quantize.py.

    python -m tests.oracle.make_thresholds      (MXNet's environment)

Writes tests/golden/thresholds.json: for each set of arrays the histogram's end and number of bins after MXNet's
`combine_histogram`, and for each type the threshold and the divergence of `_get_optimal_threshold`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.thresholds import BINS, SAMPLES

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "thresholds.json"


def histogram_of(arrays: list[np.ndarray]) -> tuple[Any, ...]:
    """What MXNet's collector holds after arrays."""
    from mxnet.contrib.quantization import combine_histogram

    found = None
    for array in arrays:
        low, high = np.min(array), np.max(array)
        end = max(abs(low), abs(high))
        if found is None:
            found = (*np.histogram(array, bins=BINS, range=(-end, end)), low, high, end)
        else:
            found = combine_histogram(found, array, low, high, end)
    assert found is not None
    return found


def main() -> None:
    from mxnet.contrib.quantization import _get_optimal_threshold

    gold: dict[str, Any] = {}
    for name, arrays in SAMPLES.items():
        histogram = histogram_of(arrays)
        gold[name] = {"bins": len(histogram[0]), "end": float(histogram[4])}
        for dtype in ("int8", "auto"):
            *_, threshold, divergence = _get_optimal_threshold(histogram, dtype)
            gold[name][dtype] = {"threshold": float(threshold), "divergence": float(divergence)}
    GOLDEN.write_text(json.dumps(gold, indent=1) + "\n")
    print(f"{len(gold)} histograms")


if __name__ == "__main__":
    main()
