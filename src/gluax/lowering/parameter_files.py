"""Files and folders of parameters, told apart by what they hold (reading) or by the ending of their name (writing)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import numpy as np

from gluax.errors import ArgumentError, MissingExtraError, ModelFormatError
from gluax.ir.params_reader import Params, join_prefixes, read_params, split_prefixes
from gluax.ir.params_writer import write_npz, write_params, write_safetensors

_WRITERS = {".npz": write_npz, ".params": write_params, ".safetensors": write_safetensors}


def read_parameters(path: str | os.PathLike[str]) -> Params:
    """Read a parameter file of any kind (`read_params`), or the folder of an orbax checkpoint.

    A checkpoint holds ``{"params": {name: array}, "aux": {name: array}}``, as it is or under the key "variables"; what
    else it holds is not read.

    Raises:
      ModelFileNotFoundError, ModelFormatError
      MissingExtraError: for a folder, without orbax.
    """
    return Params(_read_checkpoint(path), {}) if os.path.isdir(path) else read_params(path)


def write_parameters(path: str | os.PathLike[str], arrays: Mapping[str, Any]) -> None:
    """Write arrays, whole or not at all, as the ending says: .params, .npz, .safetensors, or none, an orbax checkpoint.

    Args:
      path: the file, or the new folder, to write.
      arrays: by name, with the prefixes ``arg:`` and ``aux:`` of exported checkpoints.

    Raises:
      ArgumentError: for an unknown ending, or a folder that is there already.
      DTypeError, ShapeError: for what MXNet's files cannot hold.
      MissingExtraError: for a folder, without orbax.
    """
    ending = Path(path).suffix
    if not ending:
        _write_checkpoint(path, arrays)
    elif ending in _WRITERS:
        _WRITERS[ending](path, arrays)
    else:
        known = ", ".join(sorted(_WRITERS))
        raise ArgumentError(f"{os.fspath(path)}: unknown format; use {known}, or no ending for an orbax checkpoint")


def _orbax() -> ModuleType:
    try:
        import orbax.checkpoint
    except ImportError:
        raise MissingExtraError("orbax checkpoints need an extra: pip install 'gluax[train]'") from None
    return orbax.checkpoint


def _read_checkpoint(folder: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    ocp = _orbax()
    try:
        with ocp.PyTreeCheckpointer() as checkpointer:
            tree = checkpointer.metadata(Path(folder).absolute()).item_metadata.tree
            tree = {"variables": tree["variables"]} if "variables" in tree else tree
            as_numpy = jax.tree.map(lambda _: ocp.RestoreArgs(restore_type=np.ndarray), tree)
            arguments = ocp.args.PyTreeRestore(item=tree, restore_args=as_numpy, partial_restore=True)
            found = checkpointer.restore(Path(folder).absolute(), args=arguments)
        groups = found.get("variables", found)
        return join_prefixes(groups["params"], groups["aux"])
    except Exception as error:  # what orbax raises is not documented
        raise ModelFormatError(f"{os.fspath(folder)}: is no checkpoint of params and aux: {error!r}") from error


def _write_checkpoint(folder: str | os.PathLike[str], arrays: Mapping[str, Any]) -> None:
    ocp = _orbax()
    if os.path.exists(folder):
        raise ArgumentError(f"{os.fspath(folder)} is there already")
    split = split_prefixes(arrays)
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(Path(folder).absolute(), {"params": {**split.other, **split.arg}, "aux": split.aux})
