"""What iterators give, batches and their descriptions, and what they all are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from gluax.errors import ArgumentError
from gluax.ndarray import NDArray


class _NameAndShape(NamedTuple):
    name: str
    shape: tuple[int, ...]


class DataDesc(_NameAndShape):
    """Name and shape of a batch's array, as a pair, with its dtype and layout.

    Args:
      name: the name of the graph's input.
      shape: the shape, the batch among its axes.
      dtype: the dtype of the elements.
      layout: a letter for each axis; ``N`` is that of the batch.
    """

    dtype: Any
    layout: str | None

    def __new__(
        cls, name: str, shape: tuple[int, ...], dtype: Any = np.float32, layout: str | None = "NCHW"
    ) -> DataDesc:
        """Describe an array; see the class."""
        made = super().__new__(cls, name, shape)
        made.dtype = dtype
        made.layout = layout
        return made

    def __repr__(self) -> str:
        return f"DataDesc[{self.name},{self.shape},{self.dtype},{self.layout}]"

    @staticmethod
    def get_batch_axis(layout: str | None) -> int:
        """The axis called ``N``: 0 without a layout, -1 where none is called so."""
        return 0 if layout is None else layout.find("N")

    @staticmethod
    def get_list(shapes: Iterable[tuple[str, tuple[int, ...]]], types: Any) -> list[DataDesc]:
        """Descriptions of pairs of names and shapes.

        Args:
          shapes: the pairs.
          types: pairs of names and dtypes, or None for float32.
        """
        if types is None:
            return [DataDesc(pair[0], pair[1]) for pair in shapes]
        dtypes = dict(types)
        return [DataDesc(pair[0], pair[1], dtypes[pair[0]]) for pair in shapes]


class DataBatch:
    """The arrays of one batch.

    Args:
      data: the inputs, a list of NDArrays.
      label: the labels, a list of NDArrays.
      pad: how many examples at the end only fill the batch.
      index: the numbers of the examples, a numpy array.
      bucket_key: which bucket the batch is for, where there are buckets.
      provide_data: a `DataDesc` for each of `data`.
      provide_label: a `DataDesc` for each of `label`.

    Raises:
      ArgumentError: when `data` or `label` is no list; it is an `AssertionError`.
    """

    def __init__(
        self,
        data: Sequence[NDArray] | None,
        label: Sequence[NDArray] | None = None,
        pad: int | None = None,
        index: np.ndarray | None = None,
        bucket_key: Any = None,
        provide_data: Any = None,
        provide_label: Any = None,
    ) -> None:
        for name, arrays in (("Data", data), ("Label", label)):
            if arrays is not None and not isinstance(arrays, (list, tuple)):
                raise ArgumentError(f"{name} must be list of NDArrays, not {type(arrays).__name__}")
        self.data: Any = data
        self.label: Any = label
        self.pad = pad
        self.index = index
        self.bucket_key = bucket_key
        self.provide_data = provide_data
        self.provide_label = provide_label

    def __str__(self) -> str:
        data = [array.shape for array in self.data]
        label = [array.shape for array in self.label] if self.label else None
        return f"{type(self).__name__}: data shapes: {data} label shapes: {label}"


class DataIter:
    """An iterator over batches. Those who derive from it write `iter_next`, `getdata`, `getlabel` and `getpad`.

    Args:
      batch_size: the number of examples in a batch.
    """

    provide_data: Any
    provide_label: Any

    def __init__(self, batch_size: int = 0) -> None:
        self.batch_size = batch_size

    def __iter__(self) -> DataIter:
        return self

    def __next__(self) -> DataBatch:
        return self.next()

    def reset(self) -> None:
        """Go back to the first batch."""

    def next(self) -> DataBatch:
        """The next batch.

        Raises:
          StopIteration: after the last one.
        """
        if not self.iter_next():
            raise StopIteration
        return DataBatch(self.getdata(), self.getlabel(), self.getpad(), self.getindex())

    def iter_next(self) -> bool:
        """Go to the next batch; False when there is none."""
        return False

    def getdata(self) -> Any:
        """The inputs of the current batch."""

    def getlabel(self) -> Any:
        """The labels of the current batch."""

    def getindex(self) -> np.ndarray | None:
        """The numbers of the examples in the current batch, where known."""
        return None

    def getpad(self) -> Any:
        """How many examples at the end of the current batch only fill it."""
