"""Data for histograms: what values of networks look like, from one array or from several that reach further."""

from __future__ import annotations

import numpy as np

BINS = 1001  # MXNet's default is 8001, which takes a second for each

_random = np.random.RandomState(0)


def _float32(*arrays: np.ndarray) -> list[np.ndarray]:
    return [array.astype("float32") for array in arrays]


SAMPLES = {
    "normal": _float32(_random.normal(size=5000)),
    "relu": _float32(np.maximum(_random.normal(size=5000), 0)),
    "laplace": _float32(_random.laplace(size=(4, 1000))),
    "outlier": _float32(np.append(_random.normal(size=3000), 40.0)),
    "growing": _float32(_random.normal(size=2000), 1.5 * _random.normal(size=2000), _random.normal(size=100)),
    "lognormal": _float32(_random.lognormal(size=6000), _random.lognormal(size=500)),
    "uniform": _float32(_random.uniform(-1, 2, 4000)),
    "few": _float32(np.array([1, 2, 3, -1])),
}
