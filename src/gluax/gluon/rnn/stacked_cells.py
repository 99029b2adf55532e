"""Cells made of cells: one after the other, or both directions of a sequence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gluax.gluon.parameter import tensor_types
from gluax.gluon.parameter_dict import ParameterDict
from gluax.gluon.rnn.recurrent_cell import HybridRecurrentCell, RecurrentCell
from gluax.gluon.rnn.sequences import (
    format_sequence,
    initial_states,
    mask_sequence,
    reverse_sequence,
    takes_foreign_arrays,
)
from gluax.gluon.utils import indented


def _state_info(cells: Iterable[Any], batch_size: int) -> list[dict[str, Any]]:
    return [info for cell in cells for info in cell.state_info(batch_size)]


def _begin_state(cells: Iterable[Any], **kwargs: Any) -> list[Any]:
    return [state for cell in cells for state in cell.begin_state(**kwargs)]


class _Stack(RecurrentCell):
    """Cells that run one after the other; their states in one list."""

    def __repr__(self) -> str:
        lines = "\n".join(f"({number}): {indented(repr(cell), 2)}" for number, cell in self._children.items())
        return f"{type(self).__name__}(\n{lines}\n)"

    def __len__(self) -> int:
        return len(self._children)

    def __getitem__(self, i: int) -> Any:
        return self._children[str(i)]

    def add(self, cell: RecurrentCell) -> None:
        """Put a cell on top of the others."""
        self.register_child(cell)

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Those of all cells, in order."""
        return _state_info(self._children.values(), batch_size)

    def begin_state(self, **kwargs: Any) -> list[Any]:  # type: ignore[override]  # MXNet's takes keywords only
        """States of all cells, in order; see `RecurrentCell.begin_state`."""
        self._check_not_modified()
        return _begin_state(self._children.values(), **kwargs)

    def _with_states(self, states: Any) -> Iterator[tuple[Any, Any]]:
        """The cells, and each one's part of the states."""
        position = 0
        for cell in self._children.values():
            count = len(cell.state_info())  # type: ignore[attr-defined]
            yield cell, states[position : position + count]
            position += count

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:  # type: ignore[override]
        """One step through all cells.

        Raises:
          AssertionError: when a cell is bidirectional: such a one needs the whole sequence.
        """
        self._counter += 1
        assert not any(isinstance(cell, BidirectionalCell) for cell in self._children.values()), (
            "BidirectionalCell cannot be stepped. Please use unroll"
        )
        following: list[Any] = []
        for cell, own in self._with_states(states):
            inputs, own = cell(inputs, own)
            following.extend(own)
        return inputs, following

    @takes_foreign_arrays
    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Run each cell over the whole sequence that the one below puts out; see `RecurrentCell.unroll`."""
        self.reset()
        inputs, _, F, batch_size = format_sequence(length, inputs, layout, None)
        begin_state = initial_states(self, F, begin_state, inputs, batch_size)
        following: list[Any] = []
        for number, (cell, own) in enumerate(self._with_states(begin_state), start=1):
            merge = merge_outputs if number == len(self) else None
            inputs, own = cell.unroll(length, inputs, own, layout, merge, valid_length)
            following.extend(own)
        return inputs, following


class SequentialRNNCell(_Stack):
    """Cells that run one after the other."""

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, *args: Any, **kwargs: Any) -> Any:
        """Not possible: raises `NotImplementedError`."""
        raise NotImplementedError("a SequentialRNNCell is not hybrid; see HybridSequentialRNNCell")


class HybridSequentialRNNCell(_Stack, HybridRecurrentCell):  # type: ignore[override]
    """Hybrid cells that run one after the other."""

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        """One step through all cells."""
        return self(inputs, states)


class BidirectionalCell(HybridRecurrentCell):
    """Two cells that run over a sequence in both directions; needs `unroll`, it cannot be stepped.

    Args:
      l_cell: runs forward.
      r_cell: runs backward.
      output_prefix: the beginning of the names of the joined outputs, ``bi_t0`` and so on.
    """

    def __init__(self, l_cell: RecurrentCell, r_cell: RecurrentCell, output_prefix: str = "bi_") -> None:
        super().__init__(prefix="", params=None)
        self.register_child(l_cell, "l_cell")
        self.register_child(r_cell, "r_cell")
        self._output_prefix = output_prefix

    def __call__(self, inputs: Any, states: Any) -> Any:  # type: ignore[override]
        """Not possible: raises `NotImplementedError`."""
        raise NotImplementedError("Bidirectional cannot be stepped. Please use unroll")

    def __repr__(self) -> str:
        forward, backward = self._children.values()
        return f"{type(self).__name__}(forward={forward}, backward={backward})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Those of the forward cell, then those of the backward cell."""
        return _state_info(self._children.values(), batch_size)

    def begin_state(self, **kwargs: Any) -> list[Any]:  # type: ignore[override]  # MXNet's takes keywords only
        """States of both cells; see `RecurrentCell.begin_state`."""
        self._check_not_modified()
        return _begin_state(self._children.values(), **kwargs)

    @takes_foreign_arrays
    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Run both cells over the sequence and join their outputs by channel; see `RecurrentCell.unroll`.

        With `valid_length` the backward cell starts at each sequence's last valid step.
        """
        self.reset()
        inputs, axis, F, batch_size = format_sequence(length, inputs, layout, False)
        turned = list(reverse_sequence(inputs, length, valid_length))
        begin_state = initial_states(self, F, begin_state, inputs, batch_size)
        forward, backward = (cell for cell in self._children.values() if isinstance(cell, RecurrentCell))
        count = len(forward.state_info(batch_size))
        ahead, ahead_states = forward.unroll(length, inputs, begin_state[:count], layout, merge_outputs, valid_length)
        back, back_states = backward.unroll(length, turned, begin_state[count:], layout, False, valid_length)
        back = reverse_sequence(back, length, valid_length)
        if merge_outputs is None:
            merge_outputs = isinstance(ahead, tensor_types)
        outputs = self._joined(F, ahead, back, axis, merge_outputs)
        if valid_length is not None:
            outputs = mask_sequence(F, outputs, length, valid_length, axis, merge_outputs)
        return outputs, ahead_states + back_states

    def _joined(self, F: Any, ahead: Any, back: Any, axis: int, merge: bool) -> Any:
        prefix = self._output_prefix
        if merge:
            return F.concat(ahead, F.stack(*back, axis=axis), dim=2, name=f"{prefix}out")
        return [F.concat(a, b, dim=1, name=f"{prefix}t{step}") for step, (a, b) in enumerate(zip(ahead, back))]
