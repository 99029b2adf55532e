"""Run a model on all devices of a machine: rows cut over one axis of a mesh, large parameters over the other.

    python examples/sharded_inference.py [MODEL_AXIS]

MODEL_AXIS devices share each parameter, 2 by default; the batch is cut over the rest. Where there is no accelerator
the processor plays eight devices.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

import gluax

DIGITS = Path(gluax.__file__).with_name("demo")


def main(model_axis: int) -> float:
    """Return the share of pictures that are classified as on one device."""
    mesh = Mesh(np.reshape(jax.devices(), (-1, model_axis)), ("data", "model"))
    model = gluax.load(DIGITS / "digits-symbol.json", DIGITS / "digits-0000.params")
    with np.load(DIGITS / "digits-test.npz") as file:
        images = file["images"][:96, None].astype("float32") / 16
    sharded = model.shard(mesh)  # a rule of your own: model.shard(mesh, [("digits_dense0_", PartitionSpec())])
    for name, array in sharded.variables["params"].items():
        print(f"{name}: {array.shape} in pieces of {array.sharding.shard_shape(array.shape)}")
    rows = jax.device_put(images, NamedSharding(mesh, PartitionSpec("data")))
    found = np.asarray(jax.jit(sharded.apply)(sharded.variables, rows)).argmax(axis=1)
    alone = np.asarray(jax.jit(model.apply)(model.variables, images)).argmax(axis=1)
    share = float((found == alone).mean())
    print(f"{share:.0%} of {len(found)} pictures are classified as on one device, on {dict(mesh.shape)}")
    return share


if __name__ == "__main__":
    jax.config.update("jax_num_cpu_devices", 8)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
