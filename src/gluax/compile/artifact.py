"""Ahead-of-time artifacts: programs that are traced already, with the variables they take.

One zip file. ``manifest.json`` holds ``format``, the names of ``inputs``, the number of ``programs``, and for each of
``variables`` its group ("params" or "aux"), name and dtype; ``<n>.npy`` is the n-th variable, and ``<n>.program`` a
program as `jax.export` serializes it, which promises to read it in later versions of JAX. Every program is a function
of (variables, *inputs), with ``rng=`` where it draws random numbers, that returns an array or a tuple of arrays;
``variables`` is ``{"params": {name: array}, "aux": {name: array}}``. To run one takes JAX alone: docs/artifacts.md.

Loading neither traces nor rewrites; with JAX's compilation cache (`set_compilation_cache_dir`) it does not compile
either.
"""

from __future__ import annotations

import importlib.util
import json
import os
import zipfile
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import jax
import jax.export
import ml_dtypes  # noqa: F401  registers bfloat16 with numpy
import numpy as np
from jax.core import Tracer

from gluax.compile.numbers import mxnet_numbers
from gluax.compile.options import kind_of_platform, options_for, platform_of
from gluax.errors import ArgumentError, DeviceError, MissingExtraError, ModelFileNotFoundError, ModelFormatError
from gluax.ir.atomic import atomic_write
from gluax.ir.params_writer import add_array, member

Signature = tuple[tuple[tuple[int | str, ...], str], ...]

_FORMAT = 2


class Artifact:
    """Programs and variables: what `gluax.export` returns and `load_compiled` reads. Call it with the inputs.

    Attributes:
      input_names: names of the inputs, in call order.
      variables: ``{"params": {name: array}, "aux": {name: array}}``, what the programs take first.
      programs: functions of (variables, *inputs), one for each signature; ``programs[0].platforms`` is where they run.
      signatures: for each program the shape and the dtype's name of each input; a symbolic size is a string.
      draws: whether calls need a random key.
    """

    def __init__(
        self,
        input_names: Sequence[str],
        variables: dict[str, dict[str, jax.Array]],
        programs: Sequence[jax.export.Exported],
    ) -> None:
        """Put programs and their variables together.

        Raises:
          ValueError: when a program takes other variables or another number of inputs.
        """
        self.input_names = tuple(input_names)
        self.variables = variables
        self.programs = tuple(programs)
        leaves = signature_of(jax.tree.leaves(variables))
        end = len(leaves) + len(self.input_names)
        for program in self.programs:
            if signature_of(program.in_avals[: len(leaves)]) != leaves or not end <= len(program.in_avals) <= end + 1:
                raise ValueError("a program takes other variables or another number of inputs")
        self.signatures = tuple(signature_of(program.in_avals[len(leaves) : end]) for program in self.programs)
        self.draws = any(len(program.in_avals) > end for program in self.programs)
        self._executables: dict[Signature, jax.stages.Compiled] = {}

    def __call__(self, *inputs: Any, rng: jax.Array | None = None) -> Any:
        """Run; the first call of a signature compiles its program.

        Returns:
          The output array, or a tuple of them.

        Raises:
          ArgumentError: for inputs of another signature, the message lists what there is; or without a needed `rng`.
          DeviceError: when the programs are for other platforms.
        """
        with mxnet_numbers():
            arrays = [jax.numpy.asarray(value) for value in inputs]
            if any(isinstance(array, Tracer) for array in arrays):
                return self.apply(self.variables, *arrays, rng=rng)
            signature = signature_of(arrays)
            executable = self._executables.get(signature)
            if executable is None:
                executable = self._executables.setdefault(signature, self._compile(signature, arrays, rng))
        return executable(self.variables, *arrays, **self._key(rng))

    def apply(self, variables: dict[str, dict[str, jax.Array]], *inputs: Any, rng: jax.Array | None = None) -> Any:
        """Run on other variables, as `Model.apply`; differentiable where the file was saved with `vjp_order`."""
        program = self._program(signature_of([jax.numpy.asarray(value) for value in inputs]))
        return program.call(variables, *inputs, **self._key(rng))

    @cached_property
    def stablehlo(self) -> str:
        """The programs as StableHLO text, one module after another. Variables are arguments, so it holds no weights."""
        return "\n".join(program.mlir_module() for program in self.programs)

    def save(self, path: str | os.PathLike[str], *, vjp_order: int = 0) -> None:
        """Write an artifact whole or not at all; see `atomic_write`.

        Args:
          path: the file to write or replace, ``model.gluax`` by custom.
          vjp_order: how many times what is loaded can be differentiated.

        Raises:
          MissingExtraError: without flatbuffers.
        """
        _require_flatbuffers()
        contents = [bytes(program.serialize(vjp_order=vjp_order)) for program in self.programs]
        named = [(group, name, array) for group, each in self.variables.items() for name, array in each.items()]
        manifest = {
            "format": _FORMAT,
            "inputs": self.input_names,
            "variables": [(group, name, array.dtype.name) for group, name, array in named],
            "programs": len(contents),
        }
        with atomic_write(path) as stream, zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(member("manifest.json"), json.dumps(manifest))
            for number, (_, _, array) in enumerate(named):
                add_array(archive, str(number), np.asarray(array, order="C"))
            for number, content in enumerate(contents):
                archive.writestr(member(f"{number}.program"), content)

    def _key(self, rng: jax.Array | None) -> dict[str, jax.Array]:
        if not self.draws:
            return {}
        if rng is None:
            raise ArgumentError("the model draws random numbers: pass a random key, rng=jax.random.key(seed)")
        return {"rng": rng}

    def _program(self, signature: Signature) -> jax.export.Exported:
        for wanted, program in zip(self.signatures, self.programs):
            if _fits(signature, wanted):
                return program
        known = "; ".join(map(show_signature, self.signatures))
        raise ArgumentError(f"the artifact has no program for inputs {show_signature(signature)}; it has {known}")

    def _compile(self, signature: Signature, arrays: list[jax.Array], rng: jax.Array | None) -> jax.stages.Compiled:
        program, here = self._program(signature), platform_of(arrays)
        if here not in map(kind_of_platform, program.platforms):
            raise DeviceError(f"the artifact's programs are for {', '.join(program.platforms)}, not for {here}")
        try:
            lowered = jax.jit(program.call).lower(self.variables, *arrays, **self._key(rng))
        except ValueError as error:  # sizes that break a constraint, or differ where one symbol says they are the same
            raise ArgumentError(f"the artifact cannot run on {show_signature(signature)}: {error}") from error
        return lowered.compile(options_for(here))


def load_compiled(path: str | os.PathLike[str]) -> Artifact:
    """Load what `gluax.export(...).save` or `HybridBlock.save_compiled` wrote, onto the default device.

    Raises:
      ModelFileNotFoundError, ModelFormatError: for a missing, broken or foreign file.
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
            variables: dict[str, dict[str, jax.Array]] = {"params": {}, "aux": {}}
            for number, (group, name, dtype) in enumerate(manifest["variables"]):
                variables[group][name] = _read_array(archive, number, dtype)
            contents = [archive.read(f"{number}.program") for number in range(manifest["programs"])]
            programs = [jax.export.deserialize(bytearray(content)) for content in contents]
            return Artifact([str(name) for name in manifest["inputs"]], variables, programs)
    except Exception as error:  # what JAX raises on bytes that are no program is not documented
        raise ModelFormatError(f"{source}: is no artifact of gluax, or a broken one: {error}") from error


def signature_of(arrays: Sequence[Any]) -> Signature:
    """Shape and dtype of each array, or of what has such."""
    sizes = (tuple(size if isinstance(size, int) else str(size) for size in array.shape) for array in arrays)
    return tuple((shape, array.dtype.name) for shape, array in zip(sizes, arrays))


def show_signature(signature: Signature) -> str:
    """A signature for people: ``float32[batch, 3, 224, 224], int32[batch]``."""
    return ", ".join(f"{dtype}[{', '.join(map(str, shape))}]" for shape, dtype in signature)


def _require_flatbuffers() -> None:
    """`jax.export` writes and reads programs with a package that JAX does not install."""
    if importlib.util.find_spec("flatbuffers") is None:
        raise MissingExtraError("artifacts need an extra: pip install 'gluax[export]'")


def _fits(signature: Signature, wanted: Signature) -> bool:
    """Whether a program takes inputs like these, as far as can be told of each symbolic size alone."""
    return len(signature) == len(wanted) and all(
        dtype == other and len(shape) == len(sizes) and all(a == b or isinstance(b, str) for a, b in zip(shape, sizes))
        for (shape, dtype), (sizes, other) in zip(signature, wanted)
    )


def _read_array(archive: zipfile.ZipFile, number: int, dtype: str) -> jax.Array:
    with archive.open(f"{number}.npy") as stream:
        array = np.lib.format.read_array(stream, allow_pickle=False)
    return jax.device_put(array.view(np.dtype(dtype)))
