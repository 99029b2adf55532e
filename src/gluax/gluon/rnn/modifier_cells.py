"""Cells that change what other cells do: dropout, zoneout, residual connections."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np

from gluax import symbol
from gluax.gluon.parameter import tensor_types
from gluax.gluon.parameter_dict import ParameterDict
from gluax.gluon.rnn.recurrent_cell import HybridRecurrentCell
from gluax.gluon.rnn.sequences import format_sequence, mask_sequence, takes_foreign_arrays
from gluax.gluon.rnn.stacked_cells import BidirectionalCell


class DropoutCell(HybridRecurrentCell):
    """Dropout of the inputs, without a state. For use between the cells of a stack.

    Args:
      rate: the share that is dropped.
      axes: the axes along which one mask is shared.
      prefix, params: see `RecurrentCell`.
    """

    def __init__(
        self,
        rate: float,
        axes: tuple[int, ...] = (),
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix, params)
        assert isinstance(rate, (Number, np.generic)), "rate must be a number"
        self._rate = rate
        self._axes = axes

    def __repr__(self) -> str:
        return f"{type(self).__name__}(rate={self._rate}, axes={self._axes})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """No states."""
        return []

    def _alias(self) -> str:
        return "dropout"

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> tuple[Any, Any]:
        """One step; the states pass through."""
        if self._rate > 0:
            inputs = F.Dropout(data=inputs, p=self._rate, axes=self._axes, name=f"t{self._counter}_fwd")
        return inputs, states

    @takes_foreign_arrays
    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, Any]:
        """Drop out of the whole sequence, at once where it is one array; see `RecurrentCell.unroll`."""
        self.reset()
        inputs, _, F, _ = format_sequence(length, inputs, layout, merge_outputs)
        if isinstance(inputs, tensor_types):
            return self.hybrid_forward(F, inputs, begin_state if begin_state else [])
        return super().unroll(length, inputs, begin_state, layout, merge_outputs)


class ModifierCell(HybridRecurrentCell):
    """Base of cells that take over another cell, which must not be called itself any more.

    Parameters are those of the base cell.

    Args:
      base_cell: the cell to modify, once only.

    Raises:
      AssertionError: for a cell that is modified already.
    """

    def __init__(self, base_cell: HybridRecurrentCell) -> None:
        assert not base_cell._modified, f"Cell {base_cell.name} is already modified. One cell cannot be modified twice"
        base_cell._modified = True
        super().__init__(prefix=base_cell.prefix + self._alias(), params=None)
        self.base_cell = base_cell

    @property
    def params(self) -> ParameterDict:
        """The base cell's parameters."""
        return self.base_cell.params

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_cell})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The base cell's states."""
        return self.base_cell.state_info(batch_size)

    def begin_state(  # type: ignore[override]  # MXNet's takes the function first, and makes symbols by default
        self, func: Callable[..., Any] = symbol.zeros, **kwargs: Any
    ) -> list[Any]:
        """The base cell's states for the first step; see `RecurrentCell.begin_state`."""
        self._check_not_modified()
        self.base_cell._modified = False
        try:
            return self.base_cell.begin_state(func=func, **kwargs)
        finally:
            self.base_cell._modified = True

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        """One step; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} does not define hybrid_forward")


class ZoneoutCell(ModifierCell):
    """Zoneout: in training, outputs and states keep some of the values of the step before.

    Args:
      base_cell: the cell to modify.
      zoneout_outputs: the share of the output that stays.
      zoneout_states: the share of the states that stays.

    Raises:
      AssertionError: for a bidirectional cell, which has no steps.
    """

    def __init__(
        self, base_cell: HybridRecurrentCell, zoneout_outputs: float = 0.0, zoneout_states: float = 0.0
    ) -> None:
        assert not isinstance(base_cell, BidirectionalCell), (
            "BidirectionalCell doesn't support zoneout since it doesn't support step. Please add ZoneoutCell to the "
            "cells underneath instead."
        )
        super().__init__(base_cell)
        self.zoneout_outputs = zoneout_outputs
        self.zoneout_states = zoneout_states
        self._prev_output: Any = None

    def __repr__(self) -> str:
        shares = f"p_out={self.zoneout_outputs}, p_state={self.zoneout_states}"
        return f"{type(self).__name__}({shares}, {self.base_cell})"

    def _alias(self) -> str:
        return "zoneout"

    def reset(self) -> None:
        """Forget the steps so far, and the last output."""
        super().reset()
        self._prev_output = None

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> tuple[Any, Any]:
        """One step."""
        output, following = self.base_cell(inputs, states)
        before = F.zeros_like(output) if self._prev_output is None else self._prev_output
        if self.zoneout_outputs != 0.0:
            output = _zoned_out(F, self.zoneout_outputs, output, before)
        if self.zoneout_states != 0.0:
            following = [_zoned_out(F, self.zoneout_states, new, old) for new, old in zip(following, states)]
        self._prev_output = output
        return output, following


def _zoned_out(F: Any, share: float, new: Any, old: Any) -> Any:
    """New values, but old ones where dropout of that share, active in training only, leaves a zero."""
    return F.where(F.Dropout(F.ones_like(new), p=share), new, old)


class ResidualCell(ModifierCell):
    """Adds the inputs to the outputs of a cell (https://arxiv.org/abs/1609.08144).

    Args:
      base_cell: the cell to modify; its outputs have the shape of its inputs.
    """

    def __init__(self, base_cell: HybridRecurrentCell) -> None:
        super().__init__(base_cell)

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> tuple[Any, Any]:
        """One step."""
        output, states = self.base_cell(inputs, states)
        return F.elemwise_add(output, inputs, name=f"t{self._counter}_fwd"), states

    @takes_foreign_arrays
    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, Any]:
        """Unroll the base cell, then add the inputs, zero behind the valid lengths; see `RecurrentCell.unroll`."""
        self.reset()
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(length, inputs, begin_state, layout, merge_outputs, valid_length)
        finally:
            self.base_cell._modified = True
        if merge_outputs is None:
            merge_outputs = isinstance(outputs, tensor_types)
        inputs, axis, F, _ = format_sequence(length, inputs, layout, merge_outputs)
        if valid_length is not None:
            inputs = mask_sequence(F, inputs, length, valid_length, axis, merge_outputs)
        if merge_outputs:
            return F.elemwise_add(outputs, inputs), states
        return [F.elemwise_add(output, step) for output, step in zip(outputs, inputs)], states
