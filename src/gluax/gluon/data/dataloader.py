"""``gluon.data.DataLoader``: batches of a dataset, made ahead by threads if wanted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

import gluax.ndarray as nd
from gluax.context import Context, cpu_pinned, current_context
from gluax.errors import ArgumentError, WorkerTimeoutError
from gluax.gluon.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from gluax.gluon.nested import in_mode
from gluax.ndarray import NDArray
from gluax.util import is_np_array, is_np_shape, np_array, np_shape

__all__ = ["DataLoader", "default_batchify_fn", "default_mp_batchify_fn"]


def default_batchify_fn(data: Sequence[Any]) -> Any:
    """A batch of examples: NDArrays stacked, tuples element by element as a list, all else by way of numpy.

    The dtype is that of the NDArrays, or of numpy's array.
    """
    if isinstance(data[0], NDArray):
        if data[0].context.device_type != "cpu":
            return in_mode(nd.stack(*data))
        return in_mode(nd.array(np.stack([array.asnumpy() for array in data]), data[0].context, data[0].dtype))
    if isinstance(data[0], tuple):
        return [default_batchify_fn(each) for each in zip(*data)]
    values = np.asarray(data)
    return in_mode(nd.array(values, dtype=values.dtype))


# Threads share memory without MXNet's second function, whose name scripts use.
default_mp_batchify_fn = default_batchify_fn


class DataLoader:
    """Batches of the examples of a dataset.

    Workers are threads, whatever `thread_pool` says: JAX and forked processes do not mix. Batches come in the
    sampler's order, however many workers there are; what transforms draw at random comes in the order in which the
    threads get to it, so only a loader without workers repeats that from a seed. Decoding and numpy's work run side by
    side, Python code does not. Batches lie on the context that is current where the iteration begins.

    Args:
      dataset: a `Dataset`, or what has ``len()`` and ``[]``.
      batch_size: the number of examples in a batch.
      shuffle: whether to draw an order for each epoch.
      sampler: the numbers of the examples, in place of `shuffle`.
      last_batch: what becomes of a last batch that is too small: ``"keep"`` (by default), ``"discard"`` or
        ``"rollover"``.
      batch_sampler: lists of numbers, in place of the four arguments before.
      batchify_fn: makes a batch of a list of examples; `default_batchify_fn` by default.
      num_workers: the number of threads. With 0 batches are made when they are asked for.
      pin_memory: whether to move batches to ``cpu_pinned(pin_device_id)``.
      pin_device_id: the number of that context.
      prefetch: how many batches workers make ahead, ``2 * num_workers`` by default.
      thread_pool: accepted, see above.
      timeout: how many seconds to wait for a worker's batch.
      auto_reload: whether to make batches ahead already now, and after each epoch those of the next.

    Raises:
      ArgumentError: when arguments are missing or exclude each other; it is a `ValueError` and an `AssertionError`.
      WorkerTimeoutError: by the iteration; it is a `TimeoutError`.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = None,
        shuffle: bool = False,
        sampler: Sampler | None = None,
        last_batch: str | None = None,
        batch_sampler: Sampler | None = None,
        batchify_fn: Callable[[list[Any]], Any] | None = None,
        num_workers: int = 0,
        pin_memory: bool = False,
        pin_device_id: int = 0,
        prefetch: int | None = None,
        thread_pool: bool = False,
        timeout: float = 120,
        auto_reload: bool = False,
    ) -> None:
        if timeout <= 0:
            raise ArgumentError(f"timeout must be positive, given {timeout}")
        self._dataset = dataset
        self._pinned = cpu_pinned(pin_device_id) if pin_memory else None
        self._timeout = timeout
        self._batch_sampler = _batch_sampler(dataset, batch_size, shuffle, sampler, last_batch, batch_sampler)
        self._batchify = batchify_fn or default_batchify_fn
        self._num_workers = max(0, num_workers)
        self._prefetch = max(0, 2 * self._num_workers if prefetch is None else int(prefetch))
        self._pool = ThreadPoolExecutor(self._num_workers) if self._num_workers else None
        self.auto_reload = auto_reload
        self._iter: Iterator[Any] | None = None
        if auto_reload:
            self.refresh()

    def __iter__(self) -> Iterator[Any]:
        if self._iter is None:
            self.refresh()
        batches, self._iter = self._iter, None
        assert batches is not None
        yield from batches
        if self._iter is None and self.auto_reload:
            self.refresh()

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return len(self._batch_sampler)

    def refresh(self) -> None:
        """Begin an epoch: workers make its first batches already now."""
        if self._pool is None:
            self._iter = (self._place(self._make(numbers)) for numbers in self._batch_sampler)
            return
        coming = _Coming(self._pool, self._make, iter(self._batch_sampler))
        for _ in range(self._prefetch):
            coming.more()
        self._iter = self._made_ahead(coming)

    def clean(self) -> None:
        """Forget the batches that were made ahead."""
        self._iter = None

    def _make(self, numbers: list[Any]) -> Any:
        return self._batchify([self._dataset[number] for number in numbers])

    def _place(self, batch: Any) -> Any:
        return batch if self._pinned is None else _in_context(batch, self._pinned)

    def _made_ahead(self, coming: _Coming) -> Iterator[Any]:
        while True:
            coming.more()
            if not coming.batches:
                return
            try:
                batch = coming.batches.popleft().result(self._timeout)
            except TimeoutError as error:
                raise WorkerTimeoutError(
                    f"a worker needed more than {self._timeout} seconds for a batch; a larger timeout= may help"
                ) from error
            yield self._place(batch)


class _Coming:
    """The batches of an epoch that workers are at, in order."""

    def __init__(self, pool: ThreadPoolExecutor, make: Callable[[Any], Any], numbers: Iterator[Any]) -> None:
        self.batches: deque[Future[Any]] = deque()
        self._pool, self._make, self._numbers = pool, make, numbers
        self._modes = current_context(), is_np_shape(), is_np_array()  # each thread has its own

    def more(self) -> None:
        """Have one more batch made, if there is one."""
        for numbers in self._numbers:
            self.batches.append(self._pool.submit(self._work, numbers))
            return

    def _work(self, numbers: Any) -> Any:
        context, shapes, arrays = self._modes
        with context, np_shape(shapes), np_array(arrays):
            return self._make(numbers)


def _batch_sampler(
    dataset: Any,
    batch_size: int | None,
    shuffle: bool,
    sampler: Sampler | None,
    last_batch: str | None,
    batch_sampler: Sampler | None,
) -> Sampler:
    if batch_sampler is not None:
        if batch_size is not None or shuffle or sampler is not None or last_batch is not None:
            raise ArgumentError(
                "batch_size, shuffle, sampler and last_batch must not be specified if batch_sampler is specified."
            )
        return batch_sampler
    if batch_size is None:
        raise ArgumentError("batch_size must be specified unless batch_sampler is specified")
    if sampler is not None and shuffle:
        raise ArgumentError("shuffle must not be specified if sampler is specified")
    if sampler is None:
        sampler = (RandomSampler if shuffle else SequentialSampler)(len(dataset))
    return BatchSampler(sampler, batch_size, last_batch or "keep")


def _in_context(data: Any, context: Context) -> Any:
    """The NDArrays in nested lists, in another context; tuples become lists."""
    if isinstance(data, NDArray):
        return data.as_in_context(context)
    if isinstance(data, (list, tuple)):
        return [_in_context(each, context) for each in data]
    return data
