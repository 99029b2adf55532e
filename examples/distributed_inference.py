"""Run a model on the devices of several machines, each of which reads only its share of the data.

    python examples/distributed_inference.py OUT.npy HOST:PORT PROCESSES NUMBER

Start it on every machine with the address of process 0, the number of processes and the number of this one; under
Slurm, MPI, Kubernetes and on TPU pods without the three. Process 0 writes what the digits classifier that gluax ships
says of its test pictures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

import gluax

DIGITS = Path(gluax.__file__).with_name("demo")
ROWS_PER_DEVICE = 16


def main(out: Path) -> None:
    """Predict batch by batch; every process of the cluster calls it."""
    # Axes ("data", "model") of devices in rows would cut the parameters of layers too: np.reshape(devices, (-1, 2)).
    mesh = Mesh(np.array(jax.devices()), ("data",))
    model = gluax.load(DIGITS / "digits-symbol.json", DIGITS / "digits-0000.params").shard(mesh)
    cut = NamedSharding(mesh, PartitionSpec("data"))
    predict = jax.jit(model.apply)
    with np.load(DIGITS / "digits-test.npz") as file:  # of a large file: np.load("images.npy", mmap_mode="r")
        images = file["images"][:, None]
    size, found = ROWS_PER_DEVICE * mesh.size, []
    for start in range(0, len(images), size):
        # The last batch is as large as the others, filled up with the last picture: one program serves all.
        rows = np.minimum(np.arange(start, start + size), len(images) - 1)
        read = lambda index, rows=rows: images[rows[index[0]]].astype("float32") / 16  # noqa: E731  of one device
        batch = jax.make_array_from_callback((size, *images.shape[1:]), cut, read)
        found.append(multihost_utils.process_allgather(predict(model.variables, batch), tiled=True))
    if jax.process_index() == 0:
        np.save(out, np.concatenate(found)[: len(images)])
        print(f"{len(images)} rows on {mesh.size} devices of {jax.process_count()} processes")


if __name__ == "__main__":
    target, *cluster = sys.argv[1:]
    jax.distributed.initialize(*cluster[:1], *map(int, cluster[1:]))
    main(Path(target))
