"""Cells that change what another cell, or none, puts out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gluax import symbol
from gluax.errors import ArgumentError
from gluax.ndarray import NDArray
from gluax.rnn.base import Arrays, BaseRNNCell, RNNParams, Sequence, as_sequence
from gluax.rnn.fused import FusedRNNCell
from gluax.rnn.stacked import BidirectionalCell, SequentialRNNCell
from gluax.symbol import Symbol


class ModifierCell(BaseRNNCell):
    """Base of the cells around a cell, which from now on shall not be called itself.

    Args:
      base_cell: the cell, whose variables and states this one has.
    """

    def __init__(self, base_cell: BaseRNNCell) -> None:
        super().__init__()
        base_cell._modified = True
        self.base_cell = base_cell

    @property
    def params(self) -> RNNParams:
        """The variables of the inner cell."""
        self._own_params = False
        return self.base_cell.params

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """Shape and layout of each of the inner cell's states."""
        return self.base_cell.state_info

    def begin_state(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, init_sym: Callable[..., Symbol] = symbol.zeros, **kwargs: Any
    ) -> list[Symbol]:
        """The states of the inner cell; see `BaseRNNCell.begin_state`."""
        self._check_unmodified()
        self.base_cell._modified = False
        states = self.base_cell.begin_state(func=init_sym, **kwargs)
        self.base_cell._modified = True
        return states

    def unpack_weights(self, args: Mapping[str, NDArray]) -> Arrays:
        """See `BaseRNNCell.unpack_weights`."""
        return self.base_cell.unpack_weights(args)

    def pack_weights(self, args: Mapping[str, NDArray]) -> Arrays:
        """See `BaseRNNCell.pack_weights`."""
        return self.base_cell.pack_weights(args)


class ZoneoutCell(ModifierCell):
    """Keeps elements of the step before at random, while training.

    Args:
      base_cell: the cell, which must have single steps.
      zoneout_outputs: the share of the outputs that is kept.
      zoneout_states: the share of the states that is kept.

    Raises:
      ArgumentError: for a fused or a bidirectional cell.
    """

    def __init__(self, base_cell: BaseRNNCell, zoneout_outputs: float = 0.0, zoneout_states: float = 0.0) -> None:
        if isinstance(base_cell, FusedRNNCell):
            raise ArgumentError("FusedRNNCell has no single steps for zoneout: unfuse it")
        if _runs_backwards(base_cell):
            raise ArgumentError("BidirectionalCell has no single steps for zoneout: put ZoneoutCells inside of it")
        super().__init__(base_cell)
        self.zoneout_outputs = zoneout_outputs
        self.zoneout_states = zoneout_states
        self.prev_output: Symbol | None = None

    def reset(self) -> None:
        """Forget the last output too."""
        super().reset()
        self.prev_output = None

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step; see `BaseRNNCell.__call__`."""
        output, after = self.base_cell(inputs, states)
        before = symbol.zeros((0, 0)) if self.prev_output is None else self.prev_output
        if self.zoneout_outputs:
            output = _mixed(self.zoneout_outputs, output, before)
        if self.zoneout_states:
            after = [_mixed(self.zoneout_states, new, old) for new, old in zip(after, states)]
        self.prev_output = output
        return output, after


def _runs_backwards(cell: BaseRNNCell) -> bool:
    inner = cell._cells if isinstance(cell, SequentialRNNCell) else ()
    return isinstance(cell, BidirectionalCell) or any(map(_runs_backwards, inner))


def _mixed(share: float, new: Symbol, old: Symbol) -> Symbol:
    return symbol.where(symbol.Dropout(symbol.ones_like(new), p=share), new, old)


class ResidualCell(ModifierCell):
    """Adds the input to the output.

    Args:
      base_cell: the cell, whose output is as long as its input.
    """

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step; see `BaseRNNCell.__call__`."""
        output, states = self.base_cell(inputs, states)
        return _sum(output, inputs), states

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
        self.base_cell._modified = False
        outputs, states = self.base_cell.unroll(length, inputs, begin_state, layout, merge_outputs)
        self.base_cell._modified = True
        merge = isinstance(outputs, Symbol) if merge_outputs is None else merge_outputs
        added, _ = as_sequence(length, inputs, layout, merge)
        if isinstance(outputs, Symbol):
            return _sum(outputs, added), states
        return [_sum(output, step) for output, step in zip(outputs, added)], states


def _sum(output: Symbol, inputs: Symbol) -> Symbol:
    return symbol.elemwise_add(output, inputs, name=f"{output.name}_plus_residual")
