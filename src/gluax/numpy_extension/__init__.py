"""What numpy does not have, for numpy arrays, as ``mx.npx``: neural operators, devices, files and switches."""

from __future__ import annotations

import os
from typing import Any

from gluax.context import Context, cpu, cpu_pinned, current_context, gpu, gpu_memory_info, num_gpus
from gluax.ir.np_shape import is_np_shape, np_shape
from gluax.modes import is_np_array
from gluax.ndarray import load as _load_arrays
from gluax.ndarray import save as _save_arrays
from gluax.ndarray import waitall
from gluax.numpy.call import call
from gluax.numpy_extension import image, random
from gluax.numpy_extension.operators import namespace
from gluax.numpy_extension.random import seed
from gluax.util import get_cuda_compute_capability, reset_np, set_np

_get, _names = namespace(__name__, "_npx_")

__all__ = [
    "Context", "constraint_check", "cpu", "cpu_pinned", "current_context", "get_cuda_compute_capability", "gpu",
    "gpu_memory_info", "image", "is_np_array", "is_np_shape", "load", "nonzero", "num_gpus", "random", "reset_np",
    "reshape", "save", "seed", "set_np", "waitall",
]  # fmt: skip


def reshape(a: Any, newshape: Any, reverse: bool = False, order: str = "C") -> Any:
    """A copy in another shape, given by sizes and codes.

    The codes: -1 infers a size, -2 copies one, -3 drops one of 1, -4 copies the rest, -5 merges two and -6 splits one
    into the next two; `reverse` reads them from the right.
    """
    return call("_npx_reshape", (a,), {"newshape": newshape, "reverse": reverse, "order": order})


def nonzero(a: Any) -> Any:
    """The indices of the elements that are not 0, one row for each, as int64."""
    return call("_npx_nonzero", (a,))


def constraint_check(x: Any, msg: str) -> Any:
    """True when all elements are true.

    Raises:
      GluaxError: with the message, when one is not.
    """
    return call("_npx_constraint_check", (x,), {"msg": msg})


def save(file: str | os.PathLike[str], arr: Any) -> None:
    """Write arrays to a file, scalars and empty ones included; see `mx.nd.save`."""
    with np_shape():
        _save_arrays(file, arr)


def load(file: str | os.PathLike[str]) -> Any:
    """Read a file that `save` or any version of MXNet wrote: a dict, or a list without names."""
    found = _load_arrays(file)
    if isinstance(found, dict):
        return {name: array.as_np_ndarray() for name, array in found.items()}
    return [array.as_np_ndarray() for array in found]


def __getattr__(name: str) -> Any:
    return _get(name)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in _names() if not name.startswith("_"))})


from gluax.numpy_extension import binding  # noqa: E402, F401  # reads this module
