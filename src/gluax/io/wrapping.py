"""Iterators over other iterators: another length, and batches made ahead."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from gluax.errors import ArgumentError
from gluax.io.base import DataBatch, DataDesc, DataIter


class _Current(DataIter):
    """An iterator that holds its current batch."""

    current_batch: DataBatch | None = None

    def _current(self) -> DataBatch:
        if self.current_batch is None:
            raise ArgumentError("there is no batch yet: call iter_next first")
        return self.current_batch

    def getdata(self) -> Any:
        """The inputs of the current batch."""
        return self._current().data

    def getlabel(self) -> Any:
        """The labels of the current batch."""
        return self._current().label

    def getindex(self) -> np.ndarray | None:
        """The numbers of the examples in the current batch, where known."""
        return self._current().index

    def getpad(self) -> Any:
        """How many examples at the end of the current batch only fill it."""
        return self._current().pad


class ResizeIter(_Current):
    """Another iterator with as many batches per epoch as one likes; it is reset whenever it ends.

    Args:
      data_iter: the iterator.
      size: the number of batches.
      reset_internal: whether `reset` resets that iterator too.
    """

    def __init__(self, data_iter: DataIter, size: int, reset_internal: bool = True) -> None:
        super().__init__(data_iter.batch_size)
        self.data_iter = data_iter
        self.size = size
        self.reset_internal = reset_internal
        self.cur = 0
        self.provide_data = data_iter.provide_data
        self.provide_label = data_iter.provide_label
        if hasattr(data_iter, "default_bucket_key"):
            self.default_bucket_key = data_iter.default_bucket_key  # pyright: ignore[reportAttributeAccessIssue]

    def reset(self) -> None:
        """Begin a new epoch."""
        self.cur = 0
        if self.reset_internal:
            self.data_iter.reset()

    def iter_next(self) -> bool:
        """Go to the next batch; False after `size` of them."""
        if self.cur == self.size:
            return False
        try:
            self.current_batch = self.data_iter.next()
        except StopIteration:
            self.data_iter.reset()
            self.current_batch = self.data_iter.next()
        self.cur += 1
        return True


class PrefetchingIter(_Current):
    """One or several iterators whose next batches are made by threads, and joined.

    An error in an iterator is raised where its batch is asked for; MXNet waits forever.

    Args:
      iters: an iterator, or a list of them. A batch holds the arrays of all.
      rename_data: for each iterator a dict from its names to those to give.
      rename_label: the same for labels.

    Raises:
      ArgumentError: for an empty list; it is an `AssertionError`.
    """

    def __init__(self, iters: DataIter | list[DataIter], rename_data: Any = None, rename_label: Any = None) -> None:
        self.iters = iters if isinstance(iters, list) else [iters]
        if not self.iters:
            raise ArgumentError("PrefetchingIter needs an iterator")
        self.n_iter = len(self.iters)
        self.rename_data = rename_data
        self.rename_label = rename_label
        super().__init__(self.provide_data[0][1][0])
        self._pool = ThreadPoolExecutor(self.n_iter)
        self._coming: list[Future[DataBatch | None]] = []
        self._fetch()

    def _fetch(self) -> None:
        self._coming = [self._pool.submit(_next_or_none, each) for each in self.iters]

    @property
    def provide_data(self) -> list[DataDesc]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Descriptions of all inputs, under their new names."""
        return _renamed([each.provide_data for each in self.iters], self.rename_data)

    @property
    def provide_label(self) -> list[DataDesc]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Descriptions of all labels, under their new names."""
        return _renamed([each.provide_label for each in self.iters], self.rename_label)

    def reset(self) -> None:
        """Reset the iterators; what they made ahead is lost."""
        for coming in self._coming:
            coming.exception()  # waits; whoever resets does not mind an error
        for each in self.iters:
            each.reset()
        self._fetch()

    def iter_next(self) -> bool:
        """Go to the next batch; False when there is none.

        Raises:
          ArgumentError: when the iterators end at different batches; it is an `AssertionError`.
        """
        batches = [coming.result() for coming in self._coming]
        found = [batch for batch in batches if batch is not None]
        if len(found) not in (0, self.n_iter) or len({batch.pad for batch in found}) > 1:
            raise ArgumentError("Number of entry mismatches between iterators")
        if not found:
            return False
        self._fetch()
        self.current_batch = DataBatch(
            [array for batch in found for array in batch.data or ()],
            [array for batch in found for array in batch.label or ()],
            found[0].pad,
            found[0].index,
            provide_data=self.provide_data,
            provide_label=self.provide_label,
        )
        return True

    def next(self) -> DataBatch:
        """The next batch.

        Raises:
          StopIteration: after the last one.
        """
        if not self.iter_next():
            raise StopIteration
        return self._current()


def _next_or_none(iterator: DataIter) -> DataBatch | None:
    return next(iterator, None)


def _renamed(provided: list[list[Any]], names: list[dict[str, str]] | None) -> list[Any]:
    if names is None:
        return [each for descriptions in provided for each in descriptions]
    return [
        DataDesc(new[each.name], each.shape, each.dtype) if isinstance(each, DataDesc) else DataDesc(*each)
        for new, descriptions in zip(names, provided)
        for each in descriptions
    ]
