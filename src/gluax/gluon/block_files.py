"""Files of blocks: parameters under structural names, exports, and the tree that `Block.save` writes."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gluax.context import Context
from gluax.errors import ModelFormatError, ParameterError
from gluax.gluon.parameter import Parameter
from gluax.gluon.parameter_arrays import as_ndarray
from gluax.gluon.utils import brief_list
from gluax.ir.atomic import atomic_write
from gluax.ir.np_shape import is_np_shape
from gluax.ir.params_writer import write_params
from gluax.lowering.parameters import read_named
from gluax.symbol import Symbol, load_json
from gluax.symbol.model_files import write_model

if TYPE_CHECKING:
    from gluax.gluon.block import Block


def save_parameters(block: Block, filename: str | os.PathLike[str], deduplicate: bool) -> None:
    """See `Block.save_parameters`."""
    parameters = block._collect_params_with_prefix()
    if deduplicate:
        last_names = {parameter: name for name, parameter in parameters.items()}
        parameters = {name: parameter for parameter, name in last_names.items()}
    write_params(
        filename, {name: _values(parameter) for name, parameter in parameters.items()}, numpy_shape=is_np_shape()
    )


def _values(parameter: Parameter) -> np.ndarray:
    return np.asarray(parameter._reduce()._data)


def load_parameters(
    block: Block,
    filename: str | os.PathLike[str],
    ctx: Context | Sequence[Context] | None,
    allow_missing: bool,
    ignore_extra: bool,
    cast_dtype: bool,
    dtype_source: str,
) -> None:
    """See `Block.load_parameters`."""
    loaded = read_named(filename)
    parameters = block._collect_params_with_prefix()
    if not loaded and not parameters:
        return
    if not any("." in name for name in loaded):
        block.collect_params().load_dict(
            loaded, ctx, allow_missing, ignore_extra, block.prefix, str(filename), cast_dtype, dtype_source
        )
        return
    found = {parameters[name] for name in loaded if name in parameters}
    missing = [name for name, parameter in parameters.items() if parameter not in found]
    if missing and not allow_missing:
        raise ParameterError(
            f"Parameter '{missing[0]}' is missing in file '{filename}' ({len(missing)} are), which contains "
            f"parameters: {brief_list(loaded)}. Set allow_missing=True to ignore missing parameters."
        )
    extra = [name for name in loaded if name not in parameters]
    if extra and not ignore_extra:
        raise ParameterError(
            f"Parameter '{extra[0]}' loaded from file '{filename}' is not present in the block ({len(extra)} are not), "
            f"which has parameters {brief_list(parameters)}. Set ignore_extra=True to ignore them."
        )
    ready = [(parameters[name], as_ndarray(array)) for name, array in loaded.items() if name in parameters]
    for parameter, array in ready:
        parameter._check_load(array, ctx, cast_dtype, dtype_source)
    for parameter, array in ready:
        parameter._load_init(array, ctx, cast_dtype, dtype_source)


def export(
    out: Symbol,
    parameters: Mapping[str, Parameter],
    path: str | os.PathLike[str],
    epoch: int,
    remove_amp_cast: bool,
) -> None:
    """See `HybridBlock.export`."""
    arguments, states = set(out.list_arguments()), set(out.list_auxiliary_states())
    arrays = {}
    for name, parameter in parameters.items():
        if name in arguments:
            arrays[f"arg:{name}"] = _values(parameter)
        elif name in states:
            arrays[f"aux:{name}"] = _values(parameter)
        else:
            warnings.warn(f'Parameter "{name}" is not found in the graph.', stacklevel=3)
    write_model(path, out, arrays, epoch=epoch, remove_amp_cast=remove_amp_cast)


def save(block: Block, prefix: str | os.PathLike[str]) -> None:
    """See `Block.save`. The layout of the JSON is MXNet's: each block keyed by class name and running number."""
    from gluax.gluon.hybrid_block import HybridBlock

    numbers = iter(range(10**9))

    def describe(part: Block) -> tuple[str, dict[str, Any]]:
        key = f"{type(part).__name__.lower()}{next(numbers)}"
        found: dict[str, Any] = {"orig_name": part.name}
        if isinstance(part, HybridBlock):
            found["hybridized"] = bool(part._cached_graph)
            if part._cached_graph:
                inputs, out = part._cached_graph
                found["in_format"], found["out_format"] = part._in_format, part._out_format
                found["inputs"] = [symbol.tojson() for symbol in inputs]
                found["symbol"] = out.tojson()
        found["children"] = {child.name: name for name, child in part._children.items()}
        found.update(describe(child) for child in part._children.values())
        return key, found

    with atomic_write(f"{os.fspath(prefix)}-model.json") as stream:
        stream.write(json.dumps(dict([describe(block)])).encode())
    block.save_parameters(f"{os.fspath(prefix)}-model.params")


def load(block: Block, prefix: str | os.PathLike[str]) -> None:
    """See `Block.load`.

    Raises:
      ModelFormatError: when the file is not JSON, or describes another tree.
      ModelFileNotFoundError: when there is none.
    """
    path = f"{os.fspath(prefix)}-model.json"
    try:
        with open(path, encoding="utf-8") as stream:
            model = json.load(stream)
        _restore(block, model, iter(range(10**9)))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFormatError(f"{path} does not describe this {type(block).__name__}: {error!r}") from error
    block.load_parameters(f"{os.fspath(prefix)}-model.params")


def _restore(part: Block, structure: Mapping[str, Any], numbers: Any) -> None:
    from gluax.gluon.hybrid_block import HybridBlock
    from gluax.gluon.runner import HybridFlags

    saved = structure[f"{type(part).__name__.lower()}{next(numbers)}"]
    part._name = saved["orig_name"]
    if isinstance(part, HybridBlock) and saved["hybridized"]:
        part._clear_cached_op()
        part._in_format, part._out_format = saved["in_format"], saved["out_format"]
        part._cached_graph = [load_json(text) for text in saved["inputs"]], load_json(saved["symbol"])
        part._active, part._flags = True, HybridFlags(active=True)
    kept = len(part.params.prefix)
    part.params._params = {f"{part.name}_{name[kept:]}": parameter for name, parameter in part.params.items()}
    for child in part._children.values():
        _restore(child, saved, numbers)
    part._children = {saved["children"][child.name]: child for child in part._children.values()}
