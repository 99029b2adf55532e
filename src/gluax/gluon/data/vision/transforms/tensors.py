"""Transforms to numbers that networks take."""

from __future__ import annotations

from typing import Any

from gluax.gluon.hybrid_block import HybridBlock


class Cast(HybridBlock):
    """The same numbers in another dtype.

    Args:
      dtype: the dtype.
    """

    def __init__(self, dtype: Any = "float32") -> None:
        super().__init__()
        self._dtype = dtype

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Any shape in, the same out."""
        return F.cast(x, self._dtype)


class ToTensor(HybridBlock):
    """(H, W, C) from 0 to 255 becomes (C, H, W) from 0 to 1, float32; with a batch's axis before them too."""

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Channels first, divided by 255."""
        return F.image.to_tensor(x)


class Normalize(HybridBlock):
    """(x - mean) / std by channel, for (C, H, W) or (N, C, H, W).

    Args:
      mean: one number, or one for each channel.
      std: the same.
    """

    def __init__(self, mean: Any = 0.0, std: Any = 1.0) -> None:
        super().__init__()
        self._mean = mean
        self._std = std

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The same shape."""
        return F.image.normalize(x, self._mean, self._std)
