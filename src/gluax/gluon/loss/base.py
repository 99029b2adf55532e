"""`Loss`, and the weights that all losses have."""

from __future__ import annotations

from typing import Any

import numpy as np

from gluax.gluon.hybrid_block import HybridBlock


class Loss(HybridBlock):
    """Base of the losses, which give one value for each example.

    Args:
      weight: a number that multiplies the loss, None for none.
      batch_axis: the axis of the examples, over which no mean is taken.
    """

    def __init__(self, weight: float | None, batch_axis: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._weight = weight
        self._batch_axis = batch_axis

    def __repr__(self) -> str:
        return f"{type(self).__name__}(batch_axis={self._batch_axis}, w={self._weight})"

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute the loss; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} does not define hybrid_forward")

    def _mean(self, F: Any, loss: Any, sample_weight: Any) -> Any:
        """The weighted mean over all axes but that of the examples."""
        return F.mean(weighted(F, loss, self._weight, sample_weight), axis=self._batch_axis, exclude=True)


def weighted(F: Any, loss: Any, weight: float | None, sample_weight: Any) -> Any:
    """`loss` times weights for each element, broadcast to it, and a number; None stands for one.

    Raises:
      AssertionError: when `weight` is no number.
    """
    if sample_weight is not None:
        loss = F.broadcast_mul(loss, sample_weight)
    if weight is not None:
        assert isinstance(weight, (int, float, np.generic)), f"weight must be a number, got {weight!r}"
        loss = loss * weight
    return loss


def softplus_of_minus_abs(F: Any, x: Any) -> Any:
    """``log(1 + exp(-|x|))``, which cannot overflow."""
    return F.Activation(-F.abs(x), act_type="softrelu")
