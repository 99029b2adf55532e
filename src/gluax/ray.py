"""Models for Ray Data: `Predictor` is a callable for `map_batches`. Nothing here imports Ray (``gluax[ray]``)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np

from gluax.errors import ArgumentError
from gluax.gluon import SymbolBlock


class Predictor:
    """A model that takes and gives dictionaries of columns, as `ray.data.Dataset.map_batches` wants it::

        dataset.map_batches(
            gluax.ray.Predictor,
            fn_constructor_args=("model-symbol.json", ["data"], "model-0000.params"),
            fn_constructor_kwargs={"batch_size": 64},
            batch_size=64,
            compute=ray.data.ActorPoolStrategy(size=2),
        )

    Each of Ray's workers loads and compiles the model once. Shorter batches, such as the last one, are padded with
    zeros, so that nothing is compiled again: row i of the outputs must depend on row i of the inputs alone.

    Args:
      symbol_file, input_names, param_file: as `SymbolBlock.imports` takes them.
      batch_size: how many rows the model runs on at once; longer batches run in parts.

    Raises:
      As `SymbolBlock.imports`; ArgumentError for a size below 1.
    """

    def __init__(
        self,
        symbol_file: str | os.PathLike[str],
        input_names: str | Sequence[str],
        param_file: str | os.PathLike[str] | None = None,
        *,
        batch_size: int,
    ) -> None:
        if batch_size < 1:
            raise ArgumentError(f"batch_size must be at least 1, got {batch_size}")
        self.batch_size = batch_size
        self._block = SymbolBlock.imports(symbol_file, input_names, param_file)
        self._block.hybridize(static_alloc=True, static_shape=True)

    def __call__(self, batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run on a batch.

        Args:
          batch: columns by name, the model's inputs among them, of the dtypes that it takes.

        Returns:
          The other columns, and the model's outputs by their names in the symbol.

        Raises:
          ArgumentError: when an input has no column, or an output not a row for each of the inputs.
        """
        names = self._block.input_names
        missing = [name for name in names if name not in batch]
        if missing:
            raise ArgumentError(f"the batch lacks columns for the inputs {missing}; it has {list(batch)}")
        inputs = [np.asarray(batch[name]) for name in names]
        starts = range(0, max(len(inputs[0]), 1), self.batch_size)
        parts = [self._part([array[start : start + self.batch_size] for array in inputs]) for start in starts]
        found = {name: np.concatenate(column) for name, column in zip(self._block.symbol.list_outputs(), zip(*parts))}
        return {**{name: column for name, column in batch.items() if name not in names}, **found}

    def _part(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        rows = len(inputs[0])
        padded = [np.pad(x, [(0, self.batch_size - rows)] + [(0, 0)] * (x.ndim - 1)) for x in inputs]
        results = self._block(*padded)
        outputs = [np.asarray(result) for result in (results if isinstance(results, list) else [results])]
        if any(output.shape[:1] != (self.batch_size,) for output in outputs):
            shapes = [output.shape for output in outputs]
            raise ArgumentError(f"{self.batch_size} rows gave outputs of the shapes {shapes}: not a row for each")
        return [output[:rows] for output in outputs]
