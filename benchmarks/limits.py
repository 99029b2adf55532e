"""What an accelerator can do at best, and what a network needs at least.

    python -m benchmarks.limits                  the default device: its platform, and its rates where that is no CPU
    python -m benchmarks.limits --work FOLDER    the products and bytes of an exported network

Both write one JSON line. Memory that JAX takes is free again when the process ends.
"""

from __future__ import annotations

import json
import sys
from math import prod
from pathlib import Path
from typing import Any

import jax
import numpy as np

from gluax.compile.rates import copy_rate, product_rate


def products(jaxpr: Any) -> int:
    """Floating-point operations of the matrix products and convolutions; of branches those of the largest."""
    total = 0
    for eqn in jaxpr.eqns:
        shapes = [getattr(variable.aval, "shape", ()) for variable in (*eqn.invars, *eqn.outvars)]
        if eqn.primitive.name == "dot_general":
            contracted = eqn.params["dimension_numbers"][0][0]
            total += 2 * prod(shapes[-1]) * prod(shapes[0][axis] for axis in contracted)
        elif eqn.primitive.name == "conv_general_dilated":
            outputs = eqn.params["dimension_numbers"].rhs_spec[0]
            total += 2 * prod(shapes[-1]) * prod(shapes[1]) // shapes[1][outputs]
        values = [v for each in eqn.params.values() for v in (each if isinstance(each, tuple) else (each,))]
        inner = [products(getattr(v, "jaxpr", v)) for v in values if hasattr(v, "jaxpr") or hasattr(v, "eqns")]
        if inner:
            total += max(inner) if eqn.primitive.name == "cond" else sum(inner) * eqn.params.get("length", 1)
    return total


def work(folder: Path) -> dict[str, int]:
    """Operations of one call, and the bytes that it must read and write in float32, each once."""
    import gluax

    model = gluax.load(folder / "model-symbol.json", folder / "model-0000.params", inputs=["data"])
    with np.load(folder / "inputs.npz") as file:
        data = file["data"]
    traced, outputs = jax.make_jaxpr(model.apply, return_shape=True)(model.variables, data)
    touched = jax.tree.leaves((model.variables, outputs, data))
    return {"products": products(traced.jaxpr), "bytes": sum(array.size * array.dtype.itemsize for array in touched)}


def device() -> dict[str, Any]:
    """The default device; on CPU nothing is measured."""
    found = jax.devices()[0]
    if found.platform == "cpu":
        return {"platform": "cpu"}
    return {
        "platform": found.platform, "name": found.device_kind,
        "copy_bytes_per_s": copy_rate(2**29), "bf16_products_per_s": product_rate(8192, "bfloat16"),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(work(Path(sys.argv[2])) if sys.argv[1:2] == ["--work"] else device()))
