"""Compiler options for each platform, and compiling with those that this version of jaxlib knows."""

from __future__ import annotations

from typing import Any

import jax

# On CPU jaxlib 0.10 sends matrix products and convolutions to YNN, where Eigen is faster for nearly all networks.
_OPTIONS: dict[str, dict[str, Any]] = {
    "cpu": {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE"},
}


def compile_for(lowered: jax.stages.Lowered, platform: str) -> jax.stages.Compiled:
    """Compile with the platform's options; one that the compiler does not know, or not with this value, is dropped."""
    options = dict(_OPTIONS.get(platform, {}))
    while True:
        try:
            return lowered.compile(options)
        except jax.errors.JaxRuntimeError as error:
            unknown = next((name for name in options if name in str(error)), None)
            if unknown is None:
                raise
            del options[unknown]
