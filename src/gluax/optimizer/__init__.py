"""``mx.optimizer``: how weights follow their gradients.

The updates are MXNet's operators, `sgd_update` and the like, where it has them, and its formulas elsewhere. States are
saved as .npz bytes with JSON, never as pickles.
"""

from __future__ import annotations

from gluax.optimizer import contrib
from gluax.optimizer.adam import Adam, Adamax, Nadam
from gluax.optimizer.adaptive import FTML, AdaDelta, AdaGrad, Ftrl, RMSProp
from gluax.optimizer.base import Optimizer, create, register
from gluax.optimizer.gradient import DCASGD, NAG, SGD, SGLD, Signum, Test, ccSGD
from gluax.optimizer.large_batch import LAMB, LARS, LBSGD
from gluax.optimizer.updater import Updater, get_updater

__all__ = [
    "DCASGD", "FTML", "LAMB", "LARS", "LBSGD", "NAG", "SGD", "SGLD", "AdaDelta", "AdaGrad", "Adam", "Adamax", "Ftrl",
    "Nadam", "Optimizer", "RMSProp", "Signum", "Test", "Updater", "ccSGD", "contrib", "create", "get_updater",
    "register",
]  # fmt: skip
