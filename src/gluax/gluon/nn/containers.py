"""Blocks that run other blocks one after the other."""

from __future__ import annotations

import warnings
from typing import Any

from gluax.gluon.block import Block
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.parameter_dict import ParameterDict
from gluax.gluon.utils import indented


class _Chain(Block):
    """Children in order, found by their number."""

    def add(self, *blocks: Block) -> None:
        """Put blocks at the end."""
        for block in blocks:
            self.register_child(block)

    def __repr__(self) -> str:
        lines = "\n".join(f"  ({key}): {indented(repr(block), 2)}" for key, block in self._children.items())
        return f"{type(self).__name__}(\n{lines}\n)"

    def __getitem__(self, key: int | slice) -> Any:
        """One block, or for a slice a container of the same kind that shares the blocks."""
        found = list(self._children.values())[key]
        if isinstance(found, Block):
            return found
        part = type(self)(prefix=self._prefix)
        with part.name_scope():
            part.add(*found)
        return part

    def __len__(self) -> int:
        return len(self._children)


class Sequential(_Chain):
    """Runs its blocks one after the other. For blocks that are all hybrid, `HybridSequential` compiles them as one.

    Args:
      prefix: the beginning of the names of parameters and children.
      params: parameters to share.
    """

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def forward(self, x: Any) -> Any:  # type: ignore[override]
        """What the last block gives, or `x` when there is none."""
        for block in self._children.values():
            x = block(x)
        return x

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Compile each hybrid block on its own; see `HybridBlock.hybridize`.

        Warns:
          UserWarning: when all blocks are hybrid, so that `HybridSequential` could take this one's place.
        """
        if self._children and all(isinstance(block, HybridBlock) for block in self._children.values()):
            warnings.warn(
                f"All children of this Sequential layer '{self.prefix}' are HybridBlocks. "
                "Consider using HybridSequential for the best performance.",
                stacklevel=2,
            )
        super().hybridize(active, **kwargs)


class HybridSequential(_Chain, HybridBlock):
    """Runs its hybrid blocks one after the other; hybridized, as one compiled function.

    Args:
      prefix: the beginning of the names of parameters and children.
      params: parameters to share.
    """

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """What the last block gives, or `x` when there is none."""
        for block in self._children.values():
            x = block(x)
        return x
