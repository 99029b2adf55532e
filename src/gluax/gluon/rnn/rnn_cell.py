"""All recurrent cells, under MXNet's module name."""

from __future__ import annotations

from gluax.gluon.rnn.cells import GRUCell, LSTMCell, RNNCell
from gluax.gluon.rnn.modifier_cells import DropoutCell, ModifierCell, ResidualCell, ZoneoutCell
from gluax.gluon.rnn.recurrent_cell import HybridRecurrentCell, RecurrentCell
from gluax.gluon.rnn.stacked_cells import BidirectionalCell, HybridSequentialRNNCell, SequentialRNNCell

__all__ = [
    "BidirectionalCell", "DropoutCell", "GRUCell", "HybridRecurrentCell", "HybridSequentialRNNCell", "LSTMCell",
    "ModifierCell", "RNNCell", "RecurrentCell", "ResidualCell", "SequentialRNNCell", "ZoneoutCell",
]  # fmt: skip
