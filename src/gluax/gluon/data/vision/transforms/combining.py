"""One transform after the other, and one at random times."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from gluax.gluon.block import Block
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nn import HybridSequential, Sequential


class Compose(Sequential):
    """Transforms one after the other; hybrid ones that follow each other are compiled as one, for each shape once.

    Args:
      transforms: the blocks.
    """

    def __init__(self, transforms: Sequence[Block]) -> None:
        super().__init__()
        for hybrid, group in groupby(transforms, lambda block: isinstance(block, HybridBlock)):
            blocks = list(group)
            if hybrid and len(blocks) > 1:
                chain = HybridSequential()
                chain.add(*blocks)
                chain.hybridize()
                blocks = [chain]
            self.add(*blocks)


class RandomApply(Sequential):
    """A transform, or nothing, as Python's generator decides.

    Args:
      transforms: the transform; several as a `Compose`.
      p: how often it is applied, from 0 to 1.
    """

    def __init__(self, transforms: Any, p: float = 0.5) -> None:
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, x: Any) -> Any:
        """What the transform gives, or `x`."""
        return x if self.p < random.random() else self.transforms(x)
