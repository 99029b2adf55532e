"""``gluax run --distributed``: one program on the devices of several processes, by JAX's own distributed runtime."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import jax
import numpy as np
import typer
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gluax.compile.numbers import mxnet_numbers
from gluax.errors import ArgumentError
from gluax.gluon import SymbolBlock

Distributed = Annotated[
    bool,
    typer.Option(
        "--distributed",
        help="Start this on every machine: the devices of all share the rows of the inputs; process 0 writes.",
    ),
]
Coordinator = Annotated[
    str | None,
    typer.Option(help="HOST:PORT of process 0. Slurm, MPI, Kubernetes and TPU pods tell this and the next two."),
]
Processes = Annotated[int | None, typer.Option(help="How many processes take part.")]
ProcessId = Annotated[int | None, typer.Option(help="The number of this process, from 0.")]


def join(coordinator: str | None, processes: int | None, process_id: int | None) -> None:
    """Meet the other processes; what is None, JAX takes from the environment.

    Raises:
      ArgumentError: when the environment does not tell either.
    """
    try:
        jax.distributed.initialize(coordinator, processes, process_id)
    except (ValueError, TypeError) as error:
        raise ArgumentError(
            f"--distributed: {error} No cluster that JAX knows tells: give --coordinator, --processes, --process-id"
        ) from None


def run_on_all(block: SymbolBlock, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Run a block on the devices of all processes, which must all do so, and give each process the whole outputs.

    Args:
      block: hybridized, with the same parameters in each process.
      arrays: the whole inputs; each process takes only the rows that its devices compute.

    Raises:
      ArgumentError: when the devices cannot share an input's rows evenly.
    """
    mesh = Mesh(np.array(jax.devices()), ("rows",))
    rows = NamedSharding(mesh, PartitionSpec("rows"))
    for name, array in zip(block.input_names, arrays):
        if array.ndim == 0 or array.shape[0] % mesh.size:
            raise ArgumentError(
                f"input {name!r} of shape {array.shape}: {mesh.size} devices cannot share its rows evenly"
            )
    with mxnet_numbers(), _standard_output_kept_clean():
        spread = [jax.make_array_from_callback(x.shape, rows, lambda index, x=x: x[index]) for x in arrays]
        results = block(*spread)
        whole = multihost_utils.process_allgather(results if isinstance(results, list) else [results], tiled=True)
    return [np.asarray(array) for array in whole]


@contextmanager
def _standard_output_kept_clean() -> Iterator[None]:
    """Gloo, by which CPUs talk, reports connections on standard output, where only results belong."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
