"""What the networks share: their form, and the ways to put layers together."""

from __future__ import annotations

import os
from typing import Any, TypeVar

from gluax.context import Context
from gluax.gluon.contrib.nn import HybridConcurrent
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.model_zoo.model_store import get_model_file
from gluax.gluon.nn import HybridSequential

Root = str | os.PathLike[str] | None


class Classifier(HybridBlock):
    """A network of two parts: `features`, and `output` on top of them, to take away for other tasks."""

    features: HybridSequential
    output: HybridBlock

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Images (N, 3, H, W) to scores (N, classes)."""
        return self.output(self.features(x))


Network = TypeVar("Network", bound=Classifier)


def sequence(*layers: HybridBlock) -> HybridSequential:
    """The layers one after the other, under names of the block around."""
    found = HybridSequential(prefix="")
    found.add(*layers)
    return found


def parallel(*branches: HybridBlock) -> HybridConcurrent:
    """The branches side by side, their channels joined, under names of the block around."""
    found = HybridConcurrent(axis=1, prefix="")
    found.add(*branches)
    return found


def with_parameters(net: Network, name: str, pretrained: bool, ctx: Context | None, root: Root) -> Network:
    """The network, with its published parameters if they are wanted; see `model_store.get_model_file`."""
    if pretrained:
        net.load_parameters(get_model_file(name, root=root), ctx=ctx)
    return net
