"""Run a model over a large file on Ray, so that stopping and dying workers lose nothing.

    pip install 'gluax[ray]'
    python examples/batch_inference.py IMAGES.npy FOLDER

IMAGES.npy holds pictures for the digits classifier that gluax ships, (N, 1, 8, 8) in float32. Each shard of their rows
gets a file in FOLDER, under its name only once it is whole. Started again, the script does what has no file yet; when a
worker dies, Ray gives its shard to another. On a cluster both paths must be on storage that all machines see.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import ray

import gluax
from gluax.ir.atomic import atomic_write

DIGITS = Path(gluax.__file__).with_name("demo")
MODEL = (DIGITS / "digits-symbol.json", ["data"], DIGITS / "digits-0000.params")
ROWS = 256  # of a shard


def shard_file(folder: Path, start: int) -> Path:
    """Where the outputs of rows `start`, `start` + 1, ... go."""
    return folder / f"rows-{start:012d}.npy"


class Shards:
    """Reads, predicts and writes shards; one object for each worker."""

    def __init__(self, images: Path, folder: Path) -> None:
        self.images = np.load(images, mmap_mode="r")
        self.folder = folder
        self.predictor = gluax.ray.Predictor(*MODEL, batch_size=ROWS)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, Any]:
        """Do the shards that begin at ``batch["start"]``."""
        for start in batch["start"]:
            rows = self.predictor({"data": self.images[start : start + ROWS]})
            with atomic_write(shard_file(self.folder, start)) as stream:  # whole or not at all; twice does no harm
                np.save(stream, next(iter(rows.values())))
        return batch


def main(images: Path, folder: Path, *, workers: int = 2, shards: type[Shards] = Shards) -> np.ndarray:
    """Do what is left to do, and return the outputs of all rows in order."""
    folder.mkdir(parents=True, exist_ok=True)
    count = len(np.load(images, mmap_mode="r"))
    starts = range(0, count, ROWS)
    todo = [start for start in starts if not shard_file(folder, start).exists()]
    if todo:
        dataset = ray.data.from_items([{"start": start} for start in todo], override_num_blocks=len(todo))
        pool = ray.data.ActorPoolStrategy(size=workers)
        dataset.map_batches(shards, fn_constructor_args=(images, folder), batch_size=1, compute=pool).materialize()
    print(f"{len(todo)} of {len(starts)} shards were left to do")
    return np.concatenate([np.load(shard_file(folder, start)) for start in starts])


if __name__ == "__main__":
    outputs = main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
    print(f"{len(outputs)} rows, digits {np.bincount(outputs.argmax(axis=1), minlength=10).tolist()}")
