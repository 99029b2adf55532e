"""Ahead-of-time artifacts: programs that are traced and rewritten already, with the parameters they are bound to.

One zip file: ``manifest.json``, one ``<n>.npy`` for each bound parameter, and one ``<n>.program`` for each signature,
as `jax.export` serializes it, which promises to read it in later versions of JAX. Loading neither traces nor binds;
with JAX's compilation cache (`set_compilation_cache_dir`) it does not compile either.
"""

from __future__ import annotations

import importlib.util
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.export
import ml_dtypes  # noqa: F401  registers bfloat16 with numpy
import numpy as np

from gluax.compile.numbers import mxnet_numbers
from gluax.compile.options import options_for, platform_of
from gluax.errors import ArgumentError, MissingExtraError, ModelFileNotFoundError, ModelFormatError
from gluax.ir.atomic import atomic_write
from gluax.ir.params_writer import add_array, member

Signature = tuple[tuple[tuple[int, ...], str], ...]

_FORMAT = 1


def write_artifact(
    path: str | os.PathLike[str],
    input_names: Sequence[str],
    parameters: Sequence[jax.Array],
    programs: Sequence[jax.export.Exported],
) -> None:
    """Write an artifact whole or not at all; see `atomic_write`.

    Args:
      path: the file to write or replace.
      input_names: names of the inputs, in call order.
      parameters: the bound parameters, the first argument of every program.
      programs: of (parameters, inputs, None), one for each signature.

    Raises:
      MissingExtraError: without flatbuffers.
    """
    _require_flatbuffers()
    manifest = {
        "format": _FORMAT,
        "inputs": list(input_names),
        "dtypes": [array.dtype.name for array in parameters],
        "programs": len(programs),
    }
    with atomic_write(path) as stream, zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member("manifest.json"), json.dumps(manifest))
        for number, array in enumerate(parameters):
            add_array(archive, str(number), np.asarray(array, order="C"))
        for number, program in enumerate(programs):
            archive.writestr(member(f"{number}.program"), bytes(program.serialize()))


class CompiledModel:
    """What `load_compiled` returns: call it with arrays of one of its signatures.

    Attributes:
      input_names: names of the inputs, in call order.
      signatures: for each program the shape and the dtype's name of each input.
    """

    def __init__(
        self,
        input_names: Sequence[str],
        parameters: tuple[jax.Array, ...],
        programs: Mapping[Signature, jax.export.Exported],
    ) -> None:
        self.input_names = tuple(input_names)
        self.signatures = tuple(programs)
        self._parameters = parameters
        self._programs = programs
        self._executables: dict[Signature, jax.stages.Compiled] = {}

    def __call__(self, *inputs: Any) -> Any:
        """Run; the first call of a signature compiles its program.

        Returns:
          The output array, or a tuple of them.

        Raises:
          ArgumentError: for inputs of another signature; the message lists what there is.
        """
        with mxnet_numbers():
            arrays = [jax.numpy.asarray(value) for value in inputs]
            signature = _signature(arrays)
            executable = self._executables.get(signature)
            if executable is None:
                executable = self._executables.setdefault(signature, self._compile(signature, arrays))
        outputs = executable(self._parameters, arrays, None)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def _compile(self, signature: Signature, arrays: list[jax.Array]) -> jax.stages.Compiled:
        program = self._programs.get(signature)
        if program is None:
            known = "; ".join(map(_show, self.signatures))
            raise ArgumentError(f"the artifact has no program for inputs {_show(signature)}; it has {known}")
        lowered = jax.jit(program.call).lower(self._parameters, arrays, None)
        return lowered.compile(options_for(platform_of(arrays)))


def load_compiled(path: str | os.PathLike[str]) -> CompiledModel:
    """Load what `HybridBlock.save_compiled` wrote, onto the default device.

    Raises:
      ModelFileNotFoundError, ModelFormatError: for a missing, broken or foreign file, or one for other platforms.
      MissingExtraError: without flatbuffers.
    """
    _require_flatbuffers()
    source = os.fspath(path)
    if not os.path.exists(path):
        raise ModelFileNotFoundError(f"{source}: no such file")
    try:
        with zipfile.ZipFile(path) as archive, mxnet_numbers():
            manifest = json.loads(archive.read("manifest.json"))
            if manifest["format"] != _FORMAT:
                raise ValueError(f"format {manifest['format']!r} is not {_FORMAT}")
            parameters = tuple(_read_array(archive, n, dtype) for n, dtype in enumerate(manifest["dtypes"]))
            contents = [archive.read(f"{number}.program") for number in range(manifest["programs"])]
            programs = [jax.export.deserialize(bytearray(content)) for content in contents]
            names = [str(name) for name in manifest["inputs"]]
    except Exception as error:  # what JAX raises on bytes that are no program is not documented
        raise ModelFormatError(f"{source}: is no artifact of gluax, or a broken one: {error}") from error
    here = jax.default_backend()
    if any(here not in _platforms(program) for program in programs):
        raise ModelFormatError(f"{source}: its programs are for {programs[0].platforms}, not for {here}")
    by_signature = {_signature(program.in_avals[len(parameters) :]): program for program in programs}
    return CompiledModel(names, parameters, by_signature)


def _require_flatbuffers() -> None:
    """`jax.export` writes and reads programs with a package that JAX does not install."""
    if importlib.util.find_spec("flatbuffers") is None:
        raise MissingExtraError("artifacts need an extra: pip install 'gluax[export]'")


def _signature(arrays: Sequence[Any]) -> Signature:
    return tuple((tuple(array.shape), array.dtype.name) for array in arrays)


def _show(signature: Signature) -> str:
    return ", ".join(f"{dtype}{list(shape)}" for shape, dtype in signature)


def _platforms(program: jax.export.Exported) -> set[str]:
    return {"gpu" if name in ("cuda", "rocm") else name for name in program.platforms}


def _read_array(archive: zipfile.ZipFile, number: int, dtype: str) -> jax.Array:
    with archive.open(f"{number}.npy") as stream:
        array = np.lib.format.read_array(stream, allow_pickle=False)
    return jax.device_put(array.view(np.dtype(dtype)))
