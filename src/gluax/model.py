"""``mx.model``: checkpoints, a graph and its parameters in MXNet's two files.

`gluax.module` adds `FeedForward`, which trains by a module.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from gluax.errors import ModelFormatError
from gluax.ndarray import NDArray
from gluax.ndarray.files import load, save
from gluax.symbol import Symbol
from gluax.symbol import load as load_symbol

__all__ = ["BatchEndParam", "load_checkpoint", "load_params", "save_checkpoint"]


class BatchEndParam(NamedTuple):
    """What a batch callback is called with: the epoch, the batch's number, the metric and the loop's variables."""

    epoch: int
    nbatch: int
    eval_metric: Any
    locals: dict[str, Any] | None


def save_checkpoint(
    prefix: str | os.PathLike[str],
    epoch: int,
    symbol: Symbol | None,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
    remove_amp_cast: bool = True,
) -> None:
    """Write ``prefix-symbol.json`` and ``prefix-<epoch>.params``, the very files that MXNet writes.

    Args:
      prefix: the path that the files' names begin with.
      epoch: the number in the name of the parameter file, of four digits or more.
      symbol: the graph; None writes the parameters alone.
      arg_params: the arrays of the arguments, by name.
      aux_params: those of the auxiliary states.
      remove_amp_cast: leave out the casts of automatic mixed precision.

    Raises:
      TypeError: for parameters that are no arrays.
      DTypeError, ShapeError: for arrays that MXNet's files cannot hold.
    """
    if symbol is not None:
        symbol.save(f"{os.fspath(prefix)}-symbol.json", remove_amp_cast=remove_amp_cast)
    arrays = {f"arg:{name}": array for name, array in arg_params.items()}
    arrays |= {f"aux:{name}": array for name, array in aux_params.items()}
    save(_params_file(prefix, epoch), arrays)
    logging.info('Saved checkpoint to "%s"', _params_file(prefix, epoch))


def load_params(prefix: str | os.PathLike[str], epoch: int) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """Read ``prefix-<epoch>.params``: the arguments and the auxiliary states, by name.

    Arrays whose names begin with neither ``arg:`` nor ``aux:`` are passed over, as in MXNet.

    Raises:
      ModelFileNotFoundError
      ModelFormatError: also for names without a colon, and for a file without names.
    """
    path = _params_file(prefix, epoch)
    found: dict[str, dict[str, NDArray]] = {"arg": {}, "aux": {}}
    arrays = load(path)
    if not arrays:
        logging.warning("Params file '%s' is empty", path)
    elif isinstance(arrays, list):
        raise ModelFormatError(f"{path}: the arrays have no names, so this is no checkpoint")
    else:
        for full_name, array in arrays.items():
            kind, colon, name = full_name.partition(":")
            if not colon:
                raise ModelFormatError(f"{path}: {full_name!r} begins with neither 'arg:' nor 'aux:'")
            found.setdefault(kind, {})[name] = array
    return found["arg"], found["aux"]


def load_checkpoint(
    prefix: str | os.PathLike[str], epoch: int
) -> tuple[Symbol, dict[str, NDArray], dict[str, NDArray]]:
    """Read ``prefix-symbol.json`` and ``prefix-<epoch>.params``: the graph, its arguments and its auxiliary states.

    Raises:
      ModelFileNotFoundError, ModelFormatError, UnsupportedOperatorError, AttributeParseError
    """
    return (load_symbol(f"{os.fspath(prefix)}-symbol.json"), *load_params(prefix, epoch))


def _params_file(prefix: str | os.PathLike[str], epoch: int) -> str:
    return f"{os.fspath(prefix)}-{int(epoch):04d}.params"
