"""Optimizers for large batches, whose rates depend on norms of the weights: LARS, LAMB, LBSGD."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.ndarray import NDArray
from gluax.ndarray.invoke import invoke
from gluax.ops._optimizers import lamb_direction, lamb_step, sum_of_squares
from gluax.ops.optimizer_norms import multi_lars
from gluax.optimizer.adam import TwoStates
from gluax.optimizer.base import register
from gluax.optimizer.gradient import Momentum, sgd_step


@register
class LARS(Momentum):
    """SGD whose rate is scaled for each weight by the ratio of its norm to that of its gradient.

    Parameters whose names end with gamma, beta or bias keep the plain rate; names are known by `param_idx2name`, which
    `gluon.Trainer` does not give. With `multi_precision` the norms are those of the float32 copy; MXNet takes those of
    the 16-bit weight.

    Args:
      momentum: how much of the last step is kept.
      lazy_update: for sparse gradients in MXNet; all are dense here.
      eta: the factor of the ratio.
      eps: keeps the divisor above 0.
      momentum_correction: whether the momentum follows a change of the rate, for the first four parameters of a step,
        as in MXNet.
      kwargs: as `Optimizer`.
    """

    _numbers = ("lr", "wd", "rescale_grad", "momentum", "scales")
    _settings = ("eta", "eps", "clip_gradient")
    _master_last = True

    def __init__(
        self,
        momentum: float = 0.0,
        lazy_update: bool = True,
        eta: float = 0.001,
        eps: float = 0,
        momentum_correction: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.momentum_correction = momentum_correction
        self.lazy_update = lazy_update
        self.aggregate_num = 4
        self.eta = eta
        self.eps = eps
        self.skip = 0
        self.last_lr: float | None = None
        self.cur_lr: float | None = None

    def _decays(self, name: str) -> bool:
        return name.endswith("_weight")

    def _get_lrs(self, indices: Sequence[Any]) -> list[float]:
        before, self.cur_lr = self.cur_lr, self.learning_rate
        self.last_lr = self.cur_lr if before is None else before
        return super()._get_lrs(indices)

    def _rows(self, indices: Sequence[Any]) -> list[tuple[float, ...]]:
        rows = super()._rows(indices)
        momentum = self.momentum
        if self.momentum_correction and self.cur_lr and self.last_lr:
            momentum *= self.cur_lr / self.last_lr
        names = [self.idx2name.get(index, str(index)) for index in indices]
        return [(*row, momentum, not name.endswith(("gamma", "beta", "bias"))) for row, name in zip(rows, names)]

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *,
        lr: Any, wd: Any, rescale_grad: Any, momentum: Any, scales: Any, eta: float, eps: float,
        clip_gradient: float | None,
    ) -> tuple[Any, Any]:  # fmt: skip
        plain, decay = lr.astype(np.float32), wd.astype(np.float32)
        norms = sum_of_squares(weight), sum_of_squares(grad)
        lars = multi_lars(plain, *norms, decay, eta=eta, eps=eps, rescale_grad=rescale_grad)
        numbers = {"wd": wd, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
        momentum = 0 if state is None else momentum
        return sgd_step(weight, grad, state, lr=jnp.where(scales > 0, lars, plain), momentum=momentum, **numbers)


@register
class LAMB(TwoStates):
    """Adam whose steps are as long as the weight's norm asks.

    Args:
      learning_rate: the rate.
      beta1, beta2: how much of the averages of the gradient and of its square is kept.
      epsilon: keeps the divisor above 0.
      lower_bound, upper_bound: bounds of the weight's norm; None for none.
      bias_correction: whether to correct for the averages' beginning.
      kwargs: as `Optimizer`.
    """

    _numbers = ("lr", "wd", "rescale_grad", "t")
    _settings = ("beta1", "beta2", "epsilon", "lower_bound", "upper_bound", "bias_correction", "clip_gradient")

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-6,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        bias_correction: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.bias_correction = bias_correction

    def _rows(self, indices: Sequence[Any]) -> list[tuple[float, ...]]:
        return [(*row, self._index_update_count[index]) for index, row in zip(indices, super()._rows(indices))]

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *,
        lr: Any, lower_bound: float | None, upper_bound: float | None, clip_gradient: float | None, **numbers: Any,
    ) -> tuple[Any, Any]:  # fmt: skip
        direction, mean, var = lamb_direction(weight, grad, *state, clip_gradient=clip_gradient or -1.0, **numbers)
        norms = (jnp.sqrt(sum_of_squares(array)) for array in (weight, direction))
        bounds = {"lower_bound": lower_bound or -1.0, "upper_bound": upper_bound or -1.0}
        return lamb_step(weight, direction, *norms, lr=lr, **bounds), (mean, var)


@register
class LBSGD(Momentum):
    """SGD that adds up `batch_scale` gradients for each step, with a rate that grows while it warms up.

    Args:
      momentum: how much of the last step is kept.
      multi_precision: keep a float32 copy of 16-bit weights.
      warmup_strategy: how the rate grows to `batch_scale` times itself: "linear", "power2" or "sqrt"; or "lars", by
        the norms of weight and gradient.
      warmup_epochs, updates_per_epoch: how long.
      batch_scale: how many gradients a step takes.
      begin_epoch: where the count begins.
      num_epochs: not used.
      kwargs: as `Optimizer`.
    """

    def __init__(
        self,
        momentum: float = 0.0,
        multi_precision: bool = False,
        warmup_strategy: str = "linear",
        warmup_epochs: int = 5,
        batch_scale: int = 1,
        updates_per_epoch: int = 32,
        begin_epoch: int = 0,
        num_epochs: int = 60,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        logging.info("Running Large-Batch SGD Algorithm")
        logging.info(
            "(Batch_scale=%f, warmup_epochs=%d, warmup_strategy=%s, updates_per_epoch=%d)",
            batch_scale, warmup_epochs, warmup_strategy, updates_per_epoch,
        )  # fmt: skip
        self.momentum = momentum
        self.multi_precision = multi_precision
        self.warmup_strategy = warmup_strategy
        self.warmup_epochs = warmup_epochs
        self.batch_scale = batch_scale
        self.updates_per_epoch = updates_per_epoch
        self.init_updates = begin_epoch * updates_per_epoch
        self.num_epochs = num_epochs
        self.cumgrads: dict[Any, tuple[NDArray | None, int]] = {}  # by index: the sum, and the count of gradients

    def _get_lbmult(self, nup: int) -> float:
        """What the rate is multiplied by after `nup` gradients."""
        total = self.warmup_epochs * self.updates_per_epoch
        if nup >= total:
            return float(self.batch_scale)
        powers = {"linear": 1.0, "power2": 2.0, "sqrt": 0.5}
        if total <= 1 or self.warmup_strategy not in powers:
            return 1.0
        return 1.0 + (self.batch_scale - 1) * (nup / total) ** powers[self.warmup_strategy]

    def _get_lars(self, weight: NDArray, grad: NDArray, wd: float) -> float:
        weights, grads = (float(np.sum(np.square(array.asnumpy()))) for array in (weight, grad))
        return min(max(math.sqrt(weights / (grads + wd * weights + 1e-18)), 0.01), 100)

    def update(self, index: Any, weight: NDArray, grad: NDArray, state: Any) -> None:
        """Add the gradient up, and do a step when there are enough; see `Optimizer.update`."""
        lr, wd = self._get_lr(index), self._get_wd(index)
        self._update_count(index)
        added, count = self.cumgrads.get(index, (None, self.init_updates))
        added, count = grad.copy() if added is None else added + grad, count + 1
        self.cumgrads[index] = (added, count)
        if count % self.batch_scale != 0:
            return
        self.cumgrads[index] = (added * 0, count)
        grad = added / self.batch_scale
        lars = self.warmup_strategy == "lars"
        lr *= self._get_lars(weight, grad, wd) if lars else self._get_lbmult(count)
        attrs = {"lr": lr, "wd": wd, "rescale_grad": self.rescale_grad, "clip_gradient": self.clip_gradient or -1.0}
        if state is None:
            invoke("sgd_update", (weight, grad), attrs, out=weight)
        else:
            invoke("sgd_mom_update", (weight, grad, state), {**attrs, "momentum": max(self.momentum, 0)}, out=weight)
