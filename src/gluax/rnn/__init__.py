"""``mx.rnn``: the old cells, which build symbols; new code uses `gluax.gluon.rnn`.

MXNet's deprecated `rnn_unroll` is `cell.unroll`.
"""

from gluax.rnn.base import BaseRNNCell, RNNParams
from gluax.rnn.cells import DropoutCell, GRUCell, LSTMCell, RNNCell
from gluax.rnn.checkpoints import do_rnn_checkpoint, load_rnn_checkpoint, save_rnn_checkpoint
from gluax.rnn.conv_cells import BaseConvRNNCell, ConvGRUCell, ConvLSTMCell, ConvRNNCell
from gluax.rnn.fused import FusedRNNCell
from gluax.rnn.modifiers import ModifierCell, ResidualCell, ZoneoutCell
from gluax.rnn.sentences import BucketSentenceIter, encode_sentences
from gluax.rnn.stacked import BidirectionalCell, SequentialRNNCell

__all__ = [
    "BaseConvRNNCell", "BaseRNNCell", "BidirectionalCell", "BucketSentenceIter", "ConvGRUCell", "ConvLSTMCell",
    "ConvRNNCell", "DropoutCell", "FusedRNNCell", "GRUCell", "LSTMCell",
    "ModifierCell", "RNNCell", "RNNParams", "ResidualCell", "SequentialRNNCell", "ZoneoutCell", "do_rnn_checkpoint",
    "encode_sentences", "load_rnn_checkpoint", "save_rnn_checkpoint",
]  # fmt: skip
