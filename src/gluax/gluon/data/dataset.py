"""Datasets: examples by their numbers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from gluax.errors import ArgumentError
from gluax.gluon.data.sampler import FilterSampler, Sampler, SequentialSampler
from gluax.ndarray import NDArray
from gluax.recordio import MXIndexedRecordIO

__all__ = ["ArrayDataset", "Dataset", "RecordFileDataset", "SimpleDataset"]

Function = Callable[..., Any]


class Dataset:
    """Examples by their numbers. Those who derive from it write `__getitem__` and `__len__`."""

    def __getitem__(self, idx: Any) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def filter(self, fn: Function) -> Dataset:
        """The examples for which a function of an example says true; it is asked at once."""
        return _Sampled(self, FilterSampler(fn, self))

    def shard(self, num_shards: int, index: int) -> Dataset:
        """One of as many stretches of the dataset; the first ones may be longer by one example.

        Args:
          num_shards: how many.
          index: which, from 0 on.

        Raises:
          ArgumentError: when there is no such stretch; it is an `AssertionError`.
        """
        if not 0 <= index < num_shards:
            raise ArgumentError(f"there is no shard {index} of {num_shards}")
        each, longer = divmod(len(self), num_shards)
        start = each * index + min(index, longer)
        return _Sampled(self, SequentialSampler(each + (index < longer), start))

    def take(self, count: int | None) -> Dataset:
        """The first `count` examples, or all when it is None or there are fewer."""
        return _Sampled(self, SequentialSampler(len(self) if count is None else min(count, len(self))))

    def sample(self, sampler: Sampler) -> Dataset:
        """The examples whose numbers a sampler gives, which is asked once.

        Raises:
          TypeError: when it is no `Sampler`.
        """
        if not isinstance(sampler, Sampler):
            raise TypeError(f"Invalid sampler type: {type(sampler)}. Expected gluon.data.Sampler instead.")
        return _Sampled(self, sampler)

    def transform(self, fn: Function, lazy: bool = True) -> Dataset:
        """The examples after a function.

        Args:
          fn: the function; an example that is a tuple is its arguments.
          lazy: whether to call it each time an example is asked for, or now and once.
        """
        transformed = _Transformed(self, fn)
        return transformed if lazy else SimpleDataset(list(transformed))  # pyright: ignore[reportArgumentType]

    def transform_first(self, fn: Function, lazy: bool = True) -> Dataset:
        """The examples with a function applied to the first element of each; see `transform`."""
        return self.transform(_First(fn), lazy)


class SimpleDataset(Dataset):
    """A list or an array as a dataset.

    Args:
      data: what has ``len()`` and ``[]``.
    """

    def __init__(self, data: Any) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, idx: Any) -> Any:
        return self._data[idx]


class _Transformed(Dataset):
    def __init__(self, data: Any, fn: Function) -> None:
        self._data = data
        self._fn = fn

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, idx: Any) -> Any:
        item = self._data[idx]
        return self._fn(*item) if isinstance(item, tuple) else self._fn(item)


class _First:
    """A function of the first argument; the others stay as they are."""

    def __init__(self, fn: Function) -> None:
        self._fn = fn

    def __call__(self, x: Any, *args: Any) -> Any:
        return (self._fn(x), *args) if args else self._fn(x)


class _Sampled(Dataset):
    def __init__(self, dataset: Dataset, sampler: Sampler) -> None:
        self._dataset = dataset
        self._numbers = list(iter(sampler))  # of any length

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, idx: Any) -> Any:
        return self._dataset[self._numbers[idx]]


class ArrayDataset(Dataset):
    """Datasets, lists or arrays side by side: example i is ``(x1[i], x2[i], ...)``, or ``x1[i]`` for a single one.

    Args:
      args: what has ``len()`` and ``[]``. NDArrays with one axis become numpy's, so that examples are numbers.

    Raises:
      ArgumentError: for none, and for different lengths; it is an `AssertionError`.
    """

    def __init__(self, *args: Any) -> None:
        if not args:
            raise ArgumentError("Needs at least 1 arrays")
        self._length = len(args[0])
        for number, data in enumerate(args):
            if len(data) != self._length:
                raise ArgumentError(
                    "All arrays must have the same length; "
                    f"array[0] has length {self._length} while array[{number}] has {len(data)}."
                )
        self._data = [data.asnumpy() if isinstance(data, NDArray) and len(data.shape) == 1 else data for data in args]

    def __getitem__(self, idx: Any) -> Any:
        if len(self._data) == 1:
            return self._data[0][idx]
        return tuple(data[idx] for data in self._data)

    def __len__(self) -> int:
        return self._length


class RecordFileDataset(Dataset):
    """The records of a .rec file, as bytes. The index file lies beside it, with the ending .idx.

    Args:
      filename: the .rec file.
    """

    def __init__(self, filename: str) -> None:
        self.idx_file = os.path.splitext(filename)[0] + ".idx"
        self.filename = filename
        self._record = MXIndexedRecordIO(self.idx_file, self.filename, "r")
        self._lock = threading.Lock()  # reading moves the file's position

    def __getitem__(self, idx: int) -> bytes:
        with self._lock:
            return self._record.read_idx(self._record.keys[idx])

    def __len__(self) -> int:
        return len(self._record.keys)
