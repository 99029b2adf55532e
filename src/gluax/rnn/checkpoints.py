"""Checkpoints of networks with cells: the files hold an array for each gate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gluax import model
from gluax.ndarray import NDArray
from gluax.rnn.base import Arrays, BaseRNNCell
from gluax.symbol import Symbol

Cells = BaseRNNCell | Iterable[BaseRNNCell]


def _listed(cells: Cells) -> list[BaseRNNCell]:
    return [cells] if isinstance(cells, BaseRNNCell) else list(cells)


def save_rnn_checkpoint(
    cells: Cells,
    prefix: str,
    epoch: int,
    symbol: Symbol | None,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
) -> None:
    """`mx.model.save_checkpoint` with the weights of the cells unpacked.

    Args:
      cells: the cell, or the cells, of the network.
      prefix, epoch, symbol, arg_params, aux_params: see `gluax.model.save_checkpoint`.
    """
    arrays = dict(arg_params)
    for cell in _listed(cells):
        arrays = cell.unpack_weights(arrays)
    model.save_checkpoint(prefix, epoch, symbol, arrays, aux_params)


def load_rnn_checkpoint(cells: Cells, prefix: str, epoch: int) -> tuple[Symbol, Arrays, Arrays]:
    """`mx.model.load_checkpoint` for what `save_rnn_checkpoint` wrote: the weights of the cells are packed.

    Args:
      cells: the cell, or the cells, of the network.
      prefix, epoch: see `gluax.model.load_checkpoint`.
    """
    symbol, arrays, aux = model.load_checkpoint(prefix, epoch)
    for cell in _listed(cells):
        arrays = cell.pack_weights(arrays)
    return symbol, arrays, aux


def do_rnn_checkpoint(cells: Cells, prefix: str, period: int = 1) -> Callable[..., None]:
    """An epoch callback that calls `save_rnn_checkpoint`.

    Args:
      cells: the cell, or the cells, of the network.
      prefix: the beginning of the files' names.
      period: how many epochs lie between two saves.
    """
    period = max(1, int(period))

    def save(iter_no: int, sym: Any = None, arg: Any = None, aux: Any = None) -> None:
        if (iter_no + 1) % period == 0:
            save_rnn_checkpoint(cells, prefix, iter_no + 1, sym, arg, aux)

    return save
