"""A model in MXNet's two files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from gluax.ir.np_shape import is_np_shape
from gluax.ir.params_writer import write_params
from gluax.symbol.symbol import Symbol


def write_model(
    prefix: str | os.PathLike[str],
    symbol: Symbol,
    arrays: Mapping[str, Any],
    *,
    epoch: int = 0,
    remove_amp_cast: bool = True,
) -> list[str]:
    """Write ``prefix-symbol.json`` and ``prefix-0000.params`` (the number is `epoch`), which MXNet loads.

    Both are marked as made under numpy shape semantics where these are on in this thread.

    Args:
      prefix: the path the names of the files begin with.
      symbol: the graph.
      arrays: whatever `numpy.asarray` makes arrays of, in the file's order, with the prefixes ``arg:`` and ``aux:``.
      epoch: the number in the name of the parameter file.
      remove_amp_cast: leave out the casts of automatic mixed precision.

    Returns:
      The names of the files.

    Raises:
      DTypeError, ShapeError: for what MXNet's files cannot hold.
    """
    files = [f"{os.fspath(prefix)}-symbol.json", f"{os.fspath(prefix)}-{epoch:04d}.params"]
    symbol.save(files[0], remove_amp_cast=remove_amp_cast)
    write_params(files[1], arrays, numpy_shape=is_np_shape())
    return files
