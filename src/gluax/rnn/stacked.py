"""Cells on top of each other, and cells that run from both ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gluax import symbol
from gluax.errors import ArgumentError
from gluax.ndarray import NDArray
from gluax.rnn.base import Arrays, BaseRNNCell, RNNParams, Sequence, as_sequence
from gluax.symbol import Symbol


class _CellOfCells(BaseRNNCell):
    """A cell made of cells: what it has is what they have, one after the other."""

    def __init__(self, params: RNNParams | None) -> None:
        super().__init__("", params)
        self._override_cell_params = params is not None
        self._cells = []

    def _take(self, cell: BaseRNNCell) -> None:
        if self._override_cell_params:
            if not cell._own_params:
                raise ArgumentError("give params to the outer cell or to its cells, not to both")
            cell.params._params.update(self.params._params)
        self.params._params.update(cell.params._params)
        self._cells.append(cell)

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """Shape and layout of each state, one cell's after the other's."""
        return [info for cell in self._cells for info in cell.state_info]

    def begin_state(self, **kwargs: Any) -> list[Symbol]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The states of all cells before the first step; `func` is given by name."""
        self._check_unmodified()
        return [state for cell in self._cells for state in cell.begin_state(**kwargs)]

    def unpack_weights(self, args: Mapping[str, NDArray]) -> Arrays:
        """See `BaseRNNCell.unpack_weights`; of all cells."""
        found = dict(args)
        for cell in self._cells:
            found = cell.unpack_weights(found)
        return found

    def pack_weights(self, args: Mapping[str, NDArray]) -> Arrays:
        """See `BaseRNNCell.pack_weights`; of all cells."""
        found = dict(args)
        for cell in self._cells:
            found = cell.pack_weights(found)
        return found

    def _shares(self, states: list[Symbol]) -> list[list[Symbol]]:
        """Each cell's states."""
        rest = iter(states)
        return [[next(rest) for _ in cell.state_info] for cell in self._cells]


class SequentialRNNCell(_CellOfCells):
    """Cells one on top of the other.

    Args:
      params: variables that all of them shall use.
    """

    def __init__(self, params: RNNParams | None = None) -> None:
        super().__init__(params)

    def add(self, cell: BaseRNNCell) -> None:
        """Put a cell on top.

        Raises:
          ArgumentError: when both this cell and that one share their variables.
        """
        self._take(cell)

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step; see `BaseRNNCell.__call__`."""
        self._counter += 1
        after: list[Symbol] = []
        for cell, share in zip(self._cells, self._shares(states)):
            inputs, share = cell(inputs, share)
            after += share
        return inputs, after

    def unroll(
        self,
        length: int,
        inputs: Sequence,
        begin_state: list[Symbol] | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Sequence, list[Any]]:
        """See `BaseRNNCell.unroll`."""
        self.reset()
        states = self.begin_state() if begin_state is None else begin_state
        after: list[Any] = []
        for cell, share in zip(self._cells, self._shares(states)):
            merge = merge_outputs if cell is self._cells[-1] else None
            inputs, share = cell.unroll(length, inputs, share, layout, merge)
            after.extend(share)
        return inputs, after


class BidirectionalCell(_CellOfCells):
    """Two cells, one from the first step on and one from the last step back; their outputs side by side.

    Args:
      l_cell: from the first step on.
      r_cell: from the last step back.
      params: variables that both shall use.
      output_prefix: what the names of the outputs begin with.

    Raises:
      ArgumentError: when both this cell and those share their variables.
    """

    def __init__(
        self,
        l_cell: BaseRNNCell,
        r_cell: BaseRNNCell,
        params: RNNParams | None = None,
        output_prefix: str = "bi_",
    ) -> None:
        super().__init__(params)
        self._output_prefix = output_prefix
        self._take(l_cell)
        self._take(r_cell)

    def unroll(
        self,
        length: int,
        inputs: Sequence,
        begin_state: list[Symbol] | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Sequence, list[Any]]:
        """See `BaseRNNCell.unroll`; the states are a list of the left cell's and a list of the right one's."""
        self.reset()
        steps, axis = as_sequence(length, inputs, layout, False)
        states = self.begin_state() if begin_state is None else begin_state
        found = [
            cell.unroll(length, given, share, layout, merge_outputs)
            for cell, given, share in zip(self._cells, (steps, list(reversed(steps))), self._shares(states))
        ]
        left, right = [outputs for outputs, _ in found]
        if merge_outputs is None:
            merge_outputs = isinstance(left, Symbol) and isinstance(right, Symbol)
            if not merge_outputs:
                left, right = [_steps(length, outputs, axis) for outputs in (left, right)]
        name = self._output_prefix
        if merge_outputs:
            merged = symbol.Concat(left, symbol.reverse(right, axis=axis), dim=2, name=f"{name}out")
            return merged, [after for _, after in found]
        pairs = enumerate(zip(left, reversed(list(right))))
        outputs = [symbol.Concat(*pair, dim=1, name=f"{name}t{number}") for number, pair in pairs]
        return outputs, [after for _, after in found]


def _steps(length: int, outputs: Sequence, axis: int) -> list[Symbol]:
    if isinstance(outputs, Symbol):  # SliceChannel and not its other name, split, which would name the node
        return list(symbol.SliceChannel(outputs, axis=axis, num_outputs=length, squeeze_axis=1))
    return outputs
