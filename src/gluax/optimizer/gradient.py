"""Optimizers that follow the gradient: SGD and its momentum, Nesterov's, signs, delays and noise."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.ndarray import NDArray
from gluax.ops.optimizer_sgd import nag_mom_update, sgd_mom_update, sgd_update, signsgd_update, signum_update
from gluax.optimizer.base import Optimizer, State, register
from gluax.optimizer.steps import bounded, by_operator, like, zeros_like

_plain, _with_momentum = by_operator(sgd_update), by_operator(sgd_mom_update)
_nesterov, _sign, _signum = by_operator(nag_mom_update), by_operator(signsgd_update), by_operator(signum_update)


def sgd_step(weight: jax.Array, grad: jax.Array, state: Any, *, momentum: Any, **numbers: Any) -> tuple[Any, Any]:
    """sgd_update, or with a momentum above 0 sgd_mom_update. A negative momentum has a state that is not used."""
    if isinstance(momentum, float | int) and momentum <= 0:
        return _plain(weight, grad, None, **numbers)[0], state
    return _with_momentum(weight, grad, state, momentum=momentum, **numbers)


class Momentum(Optimizer):
    """An optimizer whose state is the momentum, where that is not 0."""

    momentum: float

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The momentum, 0 at first; None without one."""
        return zeros_like(weight) if self.momentum != 0.0 else None


@register
class SGD(Momentum):
    """Stochastic gradient descent with momentum and weight decay.

    Args:
      momentum: how much of the last step is kept.
      lazy_update: for sparse gradients in MXNet; all are dense here.
      kwargs: as `Optimizer`.
    """

    _step = staticmethod(sgd_step)
    _settings = ("momentum", "clip_gradient")
    _master_last = True

    def __init__(self, momentum: float = 0.0, lazy_update: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.lazy_update = lazy_update
        self.aggregate_num = 4


@register
class ccSGD(SGD):
    """An old name of `SGD`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


@register
class NAG(Momentum):
    """Nesterov's accelerated gradient.

    Args:
      momentum: how much of the last step is kept; 0 makes it `SGD`.
      kwargs: as `Optimizer`.
    """

    _settings = ("momentum", "clip_gradient")
    _master_last = True

    def __init__(self, momentum: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum

    @staticmethod
    def _step(weight: jax.Array, grad: jax.Array, state: Any, *, momentum: float, **numbers: Any) -> tuple[Any, Any]:
        if state is None:
            return _plain(weight, grad, None, **numbers)
        return _nesterov(weight, grad, state, momentum=max(momentum, 0.0), **numbers)


@register
class Signum(Momentum):
    """The sign of the momentum, or without one of the gradient.

    Args:
      learning_rate: the rate.
      momentum: how much of the average is kept.
      wd_lh: weight decay as Loshchilov and Hutter have it, apart from the gradient.
      kwargs: as `Optimizer`.
    """

    _settings = ("momentum", "wd_lh", "clip_gradient")

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.9, wd_lh: float = 0.0, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum
        self.wd_lh = wd_lh

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *, momentum: float, wd_lh: float, **numbers: Any
    ) -> tuple[Any, Any]:
        if state is None:
            return _sign(weight, grad, None, **numbers)
        return _signum(weight, grad, state, momentum=max(momentum, 0.0), wd_lh=wd_lh, **numbers)


@register
class DCASGD(Momentum):
    """SGD that makes up for gradients of older weights.

    With a momentum MXNet's raises an error for every weight of more than one element; this one does what it documents.

    Args:
      momentum: how much of the last step is kept.
      lamda: how strongly the weight's change since the last update counts.
      kwargs: as `Optimizer`.
    """

    _settings = ("momentum", "lamda", "clip_gradient")

    def __init__(self, momentum: float = 0.0, lamda: float = 0.04, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.weight_previous: dict[Any, Any] = {}
        self.lamda = lamda

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The momentum, if any, and the weight before the last update."""
        return (super().create_state(index, weight), weight.copy())

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *,
        lr: Any, wd: Any, rescale_grad: Any, momentum: float, lamda: float, clip_gradient: float | None,
    ) -> tuple[Any, Any]:  # fmt: skip
        rate, decay, scale = like(weight, lr, wd, rescale_grad)
        grad = bounded(grad * scale, clip_gradient)
        mom, previous = state
        step = -rate * (grad + decay * weight + lamda * grad * grad * (weight - previous))
        if mom is not None:
            step = mom = momentum * mom + step
        return weight + step, (mom, weight)


@register
class SGLD(Optimizer):
    """Stochastic gradient Langevin dynamics: half a step of SGD, and noise of variance `learning_rate`."""

    _draws = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *,
        lr: Any, wd: Any, rescale_grad: Any, clip_gradient: float | None, key: jax.Array,
    ) -> tuple[Any, Any]:  # fmt: skip
        rate, decay, scale = like(weight, lr, wd, rescale_grad)
        grad = bounded(grad * scale, clip_gradient)
        noise = jax.random.normal(key, weight.shape, np.float32) * jnp.sqrt(lr).astype(np.float32)
        return weight - rate / 2 * (grad + decay * weight) + noise.astype(weight.dtype), None


@register
class Test(Optimizer):
    """Adds the gradient to the weight, and copies the weight to the state; for tests."""

    __test__ = False  # not one of pytest's

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def create_state(self, index: Any, weight: NDArray) -> State:
        """Zeros of the weight's shape."""
        return zeros_like(weight)

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *, rescale_grad: Any, **unused: Any
    ) -> tuple[Any, Any]:  # fmt: skip
        new = weight + grad * rescale_grad.astype(weight.dtype)
        return new, new
