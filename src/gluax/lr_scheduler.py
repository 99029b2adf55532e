"""``mx.lr_scheduler``: learning rates by the number of updates, with a warm-up."""

from __future__ import annotations

import logging
from itertools import pairwise
from math import cos, pi

from gluax.errors import ArgumentError

__all__ = ["CosineScheduler", "FactorScheduler", "LRScheduler", "MultiFactorScheduler", "PolyScheduler"]


class LRScheduler:
    """Base of schedulers: called with the number of updates, a scheduler gives the rate.

    Args:
      base_lr: the rate after the warm-up.
      warmup_steps: how many updates warm up.
      warmup_begin_lr: the rate to begin with.
      warmup_mode: "linear" to rise to `base_lr`, "constant" to stay.

    Raises:
      ValueError: for `warmup_begin_lr` above `base_lr`, negative `warmup_steps`, or another mode.
      AssertionError: for `warmup_steps` that is no integer.
    """

    def __init__(
        self, base_lr: float = 0.01, warmup_steps: int = 0, warmup_begin_lr: float = 0, warmup_mode: str = "linear"
    ) -> None:
        if not isinstance(warmup_steps, int):
            raise ArgumentError(f"warmup_steps must be an integer, got {warmup_steps!r}")
        if warmup_begin_lr > base_lr:
            raise ArgumentError("Base lr has to be higher than warmup_begin_lr")
        if warmup_steps < 0:
            raise ArgumentError("Warmup steps has to be positive or 0")
        if warmup_mode not in ("linear", "constant"):
            raise ArgumentError("Supports only linear and constant modes of warmup")
        self.base_lr = base_lr
        self.warmup_steps = warmup_steps
        self.warmup_final_lr = base_lr
        self.warmup_begin_lr = warmup_begin_lr
        self.warmup_mode = warmup_mode

    def get_warmup_lr(self, num_update: int) -> float:
        """The rate of an update within the warm-up.

        Raises:
          AssertionError: for an update after it.
        """
        if num_update >= self.warmup_steps:
            raise ArgumentError(f"update {num_update} is not within the {self.warmup_steps} steps of the warm-up")
        if self.warmup_mode == "constant":
            return self.warmup_begin_lr
        rise = (self.warmup_final_lr - self.warmup_begin_lr) * float(num_update) / float(self.warmup_steps)
        return self.warmup_begin_lr + rise

    def __call__(self, num_update: int) -> float:
        """The rate after so many updates."""
        raise NotImplementedError("must override this")


def _check_factor(factor: float) -> None:
    if factor > 1.0:
        raise ArgumentError("Factor must be no more than 1 to make lr reduce")


class FactorScheduler(LRScheduler):
    """Multiply the rate by `factor` after every `step` updates, down to `stop_factor_lr`.

    The rate never rises again, also when a smaller number of updates is asked for.

    Args:
      step: how many updates.
      factor: at most 1.
      stop_factor_lr: the lowest rate.
      base_lr, warmup_steps, warmup_begin_lr, warmup_mode: as `LRScheduler`.
    """

    def __init__(
        self,
        step: int,
        factor: float = 1,
        stop_factor_lr: float = 1e-8,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if step < 1:
            raise ArgumentError("Schedule step must be greater or equal than 1 round")
        _check_factor(factor)
        self.step = step
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.count = 0

    def __call__(self, num_update: int) -> float:
        """The rate after so many updates."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while num_update > self.count + self.step:
            self.count += self.step
            self.base_lr = max(self.base_lr * self.factor, self.stop_factor_lr)
            end = ", and will not change any more" if self.base_lr == self.stop_factor_lr else ""
            logging.info("Update[%d]: learning rate %0.5e%s", num_update, self.base_lr, end)
        return self.base_lr


class MultiFactorScheduler(LRScheduler):
    """Multiply the rate by `factor` after each of the numbers of updates in `step`.

    Args:
      step: increasing numbers of updates.
      factor: at most 1.
      base_lr, warmup_steps, warmup_begin_lr, warmup_mode: as `LRScheduler`.
    """

    def __init__(
        self,
        step: list[int],
        factor: float = 1,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if not isinstance(step, list) or not step:
            raise ArgumentError(f"step must be a list of numbers of updates, got {step!r}")
        if any(later <= earlier for earlier, later in pairwise(step)):
            raise ArgumentError("Schedule step must be an increasing integer list")
        if step[0] < 1:
            raise ArgumentError("Schedule step must be greater or equal than 1 round")
        _check_factor(factor)
        self.step = step
        self.cur_step_ind = 0
        self.factor = factor
        self.count = 0

    def __call__(self, num_update: int) -> float:
        """The rate after so many updates."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while self.cur_step_ind < len(self.step) and num_update > self.step[self.cur_step_ind]:
            self.count = self.step[self.cur_step_ind]
            self.cur_step_ind += 1
            self.base_lr *= self.factor
            logging.info("Update[%d]: learning rate %0.5e", num_update, self.base_lr)
        return self.base_lr


class _Falling(LRScheduler):
    """From the warm-up on the rate falls to `final_lr` at `max_update`, and stays what it was last."""

    def __init__(
        self,
        max_update: int,
        base_lr: float,
        final_lr: float,
        warmup_steps: int,
        warmup_begin_lr: float,
        warmup_mode: str,
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if not isinstance(max_update, int):
            raise ArgumentError(f"max_update must be an integer, got {max_update!r}")
        if max_update < 1:
            raise ArgumentError("maximum number of updates must be strictly positive")
        self.base_lr_orig = base_lr
        self.max_update = max_update
        self.final_lr = final_lr
        self.max_steps = max_update - warmup_steps

    def _left(self, done: int) -> float:
        """Which share of the fall is left after `done` of the `max_steps` updates."""
        raise NotImplementedError

    def __call__(self, num_update: int) -> float:
        """The rate after so many updates."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        if num_update <= self.max_update:
            left = self._left(num_update - self.warmup_steps)
            self.base_lr = self.final_lr + (self.base_lr_orig - self.final_lr) * left
        return self.base_lr


class PolyScheduler(_Falling):
    """The rate falls as a power of the updates that are left.

    Args:
      max_update: where it reaches `final_lr`.
      base_lr: the rate to fall from.
      pwr: the power.
      final_lr: the last rate.
      warmup_steps, warmup_begin_lr, warmup_mode: as `LRScheduler`.
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        pwr: float = 2,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        self.power = pwr

    def _left(self, done: int) -> float:
        return pow(1 - float(done) / float(self.max_steps), self.power)


class CosineScheduler(_Falling):
    """The rate falls as half a wave of a cosine.

    Args:
      max_update: where it reaches `final_lr`.
      base_lr: the rate to fall from.
      final_lr: the last rate.
      warmup_steps, warmup_begin_lr, warmup_mode: as `LRScheduler`.
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr, warmup_mode)

    def _left(self, done: int) -> float:
        return (1 + cos(pi * done / self.max_steps)) / 2
