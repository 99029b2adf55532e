"""Functions that MXNet leaves to numpy: arrays go there and come back, and nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from gluax import modes
from gluax.errors import GluaxError
from gluax.ndarray.tape import is_live

# Those of MXNet's list that today's numpy still has.
_NAMES = """
    allclose apply_along_axis apply_over_axes argpartition argwhere array_equal array_equiv choose compress corrcoef
    correlate count_nonzero cov digitize divmod extract flatnonzero float_power frexp genfromtxt heaviside histogram2d
    histogram_bin_edges histogramdd i0 interp intersect1d isclose isin ix_ lexsort min_scalar_type modf nanargmax
    nanargmin nancumprod nancumsum nanmax nanmedian nanmin nanpercentile nanprod nanquantile ndim packbits partition
    piecewise poly polyadd polydiv polyfit polyint polymul polysub positive promote_types ptp real resize result_type
    rollaxis roots searchsorted select setdiff1d setxor1d shape signbit size spacing take_along_axis tril_indices_from
    trim_zeros triu_indices_from union1d unpackbits unwrap vander
"""


def through_numpy(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numpy as one of arrays; numbers and tuples of numbers stay numpy's.

    The function raises GluaxError for an array that a gradient flows to while recording: none would come back.
    """

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        given = {key: as_numpy(value) for key, value in kwargs.items()}
        return _from_numpy(function(*map(as_numpy, args), **given))

    wrapper.__doc__ = "numpy's function of this name, on copies of the arrays."
    return wrapper


def as_numpy(value: Any) -> Any:
    """Arrays, also in lists, tuples and dicts, as numpy's; everything else as it is."""
    from gluax.numpy.array import ndarray

    if isinstance(value, ndarray):
        if modes.is_recording() and is_live(value._entry):
            raise GluaxError("this function is numpy's: no gradient comes back from it. Call it in autograd.pause()")
        return value.asnumpy()
    if isinstance(value, (list, tuple)):
        return type(value)(map(as_numpy, value))
    return {key: as_numpy(item) for key, item in value.items()} if isinstance(value, dict) else value


def _from_numpy(value: Any) -> Any:
    from gluax.numpy.array import array

    if isinstance(value, np.ndarray):
        return array(value, dtype=value.dtype)
    if isinstance(value, (list, tuple)):
        items = [_from_numpy(item) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    return value


def _msort(a: Any) -> Any:
    """A copy sorted along the first axis."""
    return np.sort(a, axis=0)


def _in1d(ar1: Any, ar2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each element of the flattened first array is in the second."""
    return np.isin(np.ravel(ar1), ar2, assume_unique=assume_unique, invert=invert)


FUNCTIONS = {name: through_numpy(getattr(np, name)) for name in _NAMES.split() if hasattr(np, name)} | {
    # names that numpy 2 has given up
    "alltrue": through_numpy(np.all),
    "in1d": through_numpy(_in1d),
    "msort": through_numpy(_msort),
    "trapz": through_numpy(vars(np).get("trapezoid") or vars(np)["trapz"]),
}
