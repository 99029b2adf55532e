"""Compiler options for each platform, compiling with those that this version of jaxlib knows, and JAX's cache."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import jax
from jax.core import Tracer
from jax.experimental.compilation_cache import compilation_cache

# On CPU jaxlib 0.10 sends matrix products and convolutions to YNN, where Eigen is faster for nearly all networks.
_OPTIONS: dict[str, dict[str, Any]] = {
    "cpu": {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE"},
}
# A single operator compiles in half the time without XLA's newer code generator and runs as fast; networks need it.
_OPERATOR_OPTIONS: dict[str, dict[str, Any]] = {
    "cpu": {**_OPTIONS["cpu"], "xla_cpu_use_fusion_emitters": False},
}


@cache
def options_for(platform: str, *, operator: bool = False) -> dict[str, Any]:
    """What to give the compiler; an option that it does not know, or not with this value, is left out.

    Args:
      platform: ``cpu``, ``gpu`` or ``tpu``.
      operator: whether the program is one operator, compiled for eager execution, instead of a network.
    """
    return known_options((_OPERATOR_OPTIONS if operator else _OPTIONS).get(platform, {}), platform)


def known_options(options: Mapping[str, Any], platform: str) -> dict[str, Any]:
    """Leave out what this version's compiler refuses, which is tried on a program that does nothing."""
    known = dict(options)
    while known:
        with jax.default_device(jax.local_devices(backend=platform)[0]):
            try:
                jax.jit(lambda: 0).lower().compile(known)
                break
            except jax.errors.JaxRuntimeError as error:
                refused = next((name for name in known if name in str(error)), None)
                if refused is None:
                    raise
                del known[refused]
    return known


def give_back_memory() -> None:
    """Return memory that was freed to the system, where the C library (glibc's) can be told to.

    The compiler leaves 100 MB in small pieces behind, and glibc on its own returns the end of its heap only.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))


def platform_of(arrays: Iterable[jax.Array]) -> str:
    """Where a program on these arrays runs: ``cpu``, ``gpu`` or ``tpu``; the default backend where none says."""
    for array in arrays:
        if not isinstance(array, Tracer):
            return kind_of_platform(next(iter(array.devices())).platform)
    return jax.default_backend()


def kind_of_platform(platform: str) -> str:
    """The kind of device of one of JAX's platforms: ``gpu`` for ``cuda`` and ``rocm``, and else its own name."""
    return "gpu" if platform in ("cuda", "rocm") else platform


def set_compilation_cache_dir(folder: str | os.PathLike[str]) -> None:
    """Keep every executable that this process compiles in a folder, and look there before compiling.

    This is JAX's persistent compilation cache, a setting of the whole process, for programs of any size and compile
    time. A later process still traces, and skips the compiler.

    Args:
      folder: made when it does not exist. Entries are for one version of jaxlib and one kind of processor.
    """
    os.makedirs(folder, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", os.path.abspath(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    compilation_cache.reset_cache()  # JAX decides once, at its first compilation, whether it has a cache
