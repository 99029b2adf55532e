"""``mx.io.NDArrayIter``: batches of arrays in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from gluax.errors import ArgumentError
from gluax.io.base import DataBatch, DataDesc, DataIter
from gluax.ndarray import NDArray, array, op

Named = list[tuple[str, NDArray]]


class NDArrayIter(DataIter):
    """Batches of arrays, cut along the axis that `layout` calls ``N``.

    numpy's and JAX's arrays are copied to float32, as `mx.nd.array` does; NDArrays stay as they are, on their
    devices. A shuffled array is float32 whatever it was. The order comes from numpy's global generator, so that
    `numpy.random.seed` gives MXNet's.

    Args:
      data: an array, a list of arrays, or a dict from names to arrays. Names are `data_name` for one array and
        ``_0_data``, ``_1_data``... for several; a dict's are sorted.
      label: the same, or None.
      batch_size: the number of examples in a batch.
      shuffle: whether to draw an order now and at each reset.
      last_batch_handle: what becomes of a last batch that is too small. ``"pad"`` fills it with the first examples,
        ``"discard"`` leaves it out, ``"roll_over"`` begins the next epoch with it.
      data_name: the name of the inputs.
      label_name: the name of the labels.
      layout: a letter for each axis. The number of examples is the size of the first axis, wherever ``N`` is.

    Raises:
      TypeError: for inputs of another kind.
      ArgumentError: without data, and for arrays with fewer examples than the first.
    """

    def __init__(
        self,
        data: Any,
        label: Any = None,
        batch_size: int = 1,
        shuffle: bool = False,
        last_batch_handle: str = "pad",
        data_name: str = "data",
        label_name: str = "softmax_label",
        layout: str = "NCHW",
    ) -> None:
        super().__init__(batch_size)
        self.data = _named(data, data_name)
        self.label = _named(label, label_name)
        if not self.data:
            raise ArgumentError("NDArrayIter needs data")
        self.layout = layout
        self.shuffle = shuffle
        self.last_batch_handle = last_batch_handle
        self.num_data = self.data[0][1].shape[0]
        self._axis = layout.find("N")
        for name, values in self.data + self.label:
            if values.shape[self._axis] < self.num_data and self._axis == 0:
                raise ArgumentError(f"{name} has {values.shape[0]} examples, fewer than {self.num_data}")
        self.idx = np.arange(self.num_data)
        self._kept: tuple[list[NDArray], list[NDArray]] | None = None
        self.cursor = -batch_size
        self.reset()

    @property
    def provide_data(self) -> list[DataDesc]:
        """A description of each input, in the order of the batches' arrays."""
        return self._describe(self.data)

    @property
    def provide_label(self) -> list[DataDesc]:
        """A description of each label."""
        return self._describe(self.label)

    def _describe(self, source: Named) -> list[DataDesc]:
        made = []
        for name, values in source:
            shape = list(values.shape)
            shape[self._axis : self._axis + 1] = [self.batch_size]
            made.append(DataDesc(name, tuple(shape), values.dtype, layout=self.layout))
        return made

    def hard_reset(self) -> None:
        """Go back to the first example, whatever was rolled over."""
        self._shuffle()
        self.cursor = -self.batch_size
        self._kept = None

    def reset(self) -> None:
        """Go back to the first batch, which begins with the examples that were rolled over."""
        self._shuffle()
        in_last = self.num_data - self.batch_size < self.cursor < self.num_data
        if self.last_batch_handle == "roll_over" and in_last:
            self.cursor -= self.num_data + self.batch_size
        else:
            self.cursor = -self.batch_size

    def _shuffle(self) -> None:
        if not self.shuffle:
            return
        np.random.shuffle(self.idx)
        self.data, self.label = (
            [(name, array(values.asnumpy()[self.idx], values.context)) for name, values in source]
            for source in (self.data, self.label)
        )

    def iter_next(self) -> bool:
        """Go to the next batch; False when no example is left."""
        self.cursor += self.batch_size
        return self.cursor < self.num_data

    def next(self) -> DataBatch:
        """The next batch.

        Raises:
          StopIteration: after the last one.
        """
        if not self.iter_next():
            raise StopIteration
        data, label = self.getdata(), self.getlabel()
        if data[0].shape[self._axis] != self.batch_size:
            self._kept = (data, label)
            raise StopIteration
        return DataBatch(data, label, self.getpad())

    def getdata(self) -> list[NDArray]:
        """The inputs of the current batch."""
        return self._batch(self.data, 0)

    def getlabel(self) -> list[NDArray]:
        """The labels of the current batch."""
        return self._batch(self.label, 1)

    def _batch(self, source: Named, which: int) -> list[NDArray]:
        if self.cursor >= self.num_data:
            raise ArgumentError("DataIter needs reset.")
        end = self.cursor + self.batch_size
        if self.last_batch_handle == "roll_over" and -self.batch_size < self.cursor < 0:
            if self._kept is None:
                raise ArgumentError("next epoch should have cached data")
            if end > self.num_data:
                raise ArgumentError("a batch that is rolled over must be smaller than the data")
            pairs = zip(self._kept[which], source)
            return [op.concat(kept, self._cut(values, 0, end), dim=self._axis) for kept, (_, values) in pairs]
        if self.last_batch_handle == "pad" and end > self.num_data:
            return [self._padded(values, end) for _, values in source]
        return [self._cut(values, self.cursor, min(end, self.num_data)) for _, values in source]

    def _padded(self, values: NDArray, end: int) -> NDArray:
        """The last examples, and then all from the first on, as often as it takes."""
        rounds, rest = divmod(end - self.num_data, self.num_data)
        ranges = [(self.cursor, self.num_data), *[(0, self.num_data)] * rounds, *[(0, rest)] * bool(rest)]
        return op.concat(*(self._cut(values, *each) for each in ranges), dim=self._axis)

    def _cut(self, values: NDArray, begin: int, end: int) -> NDArray:
        if self._axis == 0:  # one compiled function serves all batches
            return values[begin:end].copy()
        return op.slice_axis(values, axis=self._axis, begin=begin, end=end)

    def getpad(self) -> int:
        """How many examples of the current batch fill it: at its end, or those rolled over at its beginning."""
        if self.last_batch_handle == "pad":
            return max(0, self.cursor + self.batch_size - self.num_data)
        if self.last_batch_handle == "roll_over" and -self.batch_size < self.cursor < 0:
            return -self.cursor
        return 0


def _named(source: Any, name: str) -> Named:
    """Arrays by name, sorted."""
    if source is None:
        return []
    if not isinstance(source, (list, dict)) and getattr(source, "shape", ()):
        source = [source]
    if isinstance(source, list):
        one = len(source) == 1
        source = {name if one else f"_{number}_{name}": values for number, values in enumerate(source)}
    if not isinstance(source, dict):
        raise TypeError(f"Input must be an array, a list of them or a dict with them as values, not {type(source)}")
    made = {}
    for key, values in source.items():
        try:
            made[key] = values if isinstance(values, NDArray) else array(values)
        except (TypeError, ValueError) as error:
            raise TypeError(f"Invalid type {type(values)} for {key}: {error}") from error
    return sorted(made.items())
