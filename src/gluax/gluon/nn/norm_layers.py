"""Normalization layers. All but the batch normalizations compute alike in training and inference."""

from __future__ import annotations

from typing import Any

import numpy as np

from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.parameter import Parameter
from gluax.gluon.parameter_dict import ParameterDict
from gluax.initializer import Initializer

Init = Initializer | str | None


class _Normalization(HybridBlock):
    """Creates parameters with one element for each channel, and prints the options."""

    _kwargs: dict[str, Any]
    gamma: Parameter

    def _create(self, name: str, size: int, init: Init, learned: bool, differentiable: bool = True) -> Parameter:
        return self.params.get(
            name,
            grad_req="write" if learned else "null",
            shape=(size,),
            init=init,
            allow_deferred_init=True,
            differentiable=differentiable,
        )

    def _options(self) -> str:
        return ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())

    def __repr__(self) -> str:
        assert self.gamma.shape is not None
        return f"{type(self).__name__}({self._options()}, in_channels={self.gamma.shape[0]})"


class _BatchNorm(_Normalization):
    """Normalizes each channel, by the batch while training and by running statistics otherwise."""

    def __init__(
        self,
        axis: int = 1,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        fuse_relu: bool = False,
        beta_initializer: Init = "zeros",
        gamma_initializer: Init = "ones",
        running_mean_initializer: Init = "zeros",
        running_variance_initializer: Init = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {
            "axis": axis,
            "eps": epsilon,
            "momentum": momentum,
            "fix_gamma": not scale,
            "use_global_stats": use_global_stats,
        }
        self.fuse_relu = fuse_relu
        self.gamma = self._create("gamma", in_channels, gamma_initializer, scale, differentiable=scale)
        self.beta = self._create("beta", in_channels, beta_initializer, center, differentiable=center)
        self.running_mean = self._create("running_mean", in_channels, running_mean_initializer, False, False)
        self.running_var = self._create("running_var", in_channels, running_variance_initializer, False, False)

    def cast(self, dtype: Any) -> None:
        """Change the dtype of the parameters; for float16 they are float32, to which the operator adds up."""
        super().cast("float32" if np.dtype(dtype) == np.float16 else dtype)

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any) -> Any:
        """Normalize; same shape."""
        normalize = F.contrib.BatchNormWithReLU if self.fuse_relu else F.BatchNorm
        return normalize(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        assert self.gamma.shape is not None
        return f"{type(self).__name__}({self._options()}, in_channels={self.gamma.shape[0] or None})"


class BatchNorm(_BatchNorm):
    """Normalizes each channel, by the batch while training and by running statistics otherwise.

    Args:
      axis: of the channels.
      momentum: the part of the running statistics that stays at each training step.
      epsilon: added to the variance.
      center: whether beta is learned.
      scale: whether gamma is used and learned; without it gamma counts as one.
      use_global_stats: use the running statistics while training too.
      beta_initializer, gamma_initializer, running_mean_initializer, running_variance_initializer: for the parameters.
      in_channels: number of channels; 0 leaves it to the first call.
    """

    def __init__(
        self,
        axis: int = 1,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Init = "zeros",
        gamma_initializer: Init = "ones",
        running_mean_initializer: Init = "zeros",
        running_variance_initializer: Init = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            axis, momentum, epsilon, center, scale, use_global_stats, False, beta_initializer, gamma_initializer,
            running_mean_initializer, running_variance_initializer, in_channels, **kwargs,
        )  # fmt: skip


class BatchNormReLU(_BatchNorm):
    """`BatchNorm` and relu as one operator; the same arguments."""

    def __init__(
        self,
        axis: int = 1,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Init = "zeros",
        gamma_initializer: Init = "ones",
        running_mean_initializer: Init = "zeros",
        running_variance_initializer: Init = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            axis, momentum, epsilon, center, scale, use_global_stats, True, beta_initializer, gamma_initializer,
            running_mean_initializer, running_variance_initializer, in_channels, **kwargs,
        )  # fmt: skip


class InstanceNorm(_Normalization):
    """Normalizes each channel of each example over the other axes.

    Args:
      axis: of the channels.
      epsilon: added to the variance.
      center, scale: whether beta and gamma are learned.
      beta_initializer, gamma_initializer: for them.
      in_channels: number of channels; 0 leaves it to the first call.
    """

    def __init__(
        self,
        axis: int = 1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = False,
        beta_initializer: Init = "zeros",
        gamma_initializer: Init = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {"eps": epsilon, "axis": axis, "center": center, "scale": scale}
        self._axis, self._epsilon = axis, epsilon
        self.gamma = self._create("gamma", in_channels, gamma_initializer, scale)
        self.beta = self._create("beta", in_channels, beta_initializer, center)

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any) -> Any:
        """Normalize; same shape."""
        if self._axis == 1:
            return F.InstanceNorm(x, gamma, beta, name="fwd", eps=self._epsilon)
        x = x.swapaxes(1, self._axis)
        return F.InstanceNorm(x, gamma, beta, name="fwd", eps=self._epsilon).swapaxes(1, self._axis)


class LayerNorm(_Normalization):
    """Normalizes over one axis.

    Args:
      axis: the axis.
      epsilon: added to the variance.
      center, scale: whether beta and gamma are learned.
      beta_initializer, gamma_initializer: for them.
      in_channels: size of the axis; 0 leaves it to the first call.
      prefix: the beginning of the names of the parameters.
      params: parameters to share.
    """

    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Init = "zeros",
        gamma_initializer: Init = "ones",
        in_channels: int = 0,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {"eps": epsilon, "axis": axis, "center": center, "scale": scale}
        self._axis, self._epsilon = axis, epsilon
        self.gamma = self._create("gamma", in_channels, gamma_initializer, scale)
        self.beta = self._create("beta", in_channels, beta_initializer, center)

    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:
        """Normalize; same shape."""
        return F.LayerNorm(data, gamma=gamma, beta=beta, axis=self._axis, eps=self._epsilon)


class GroupNorm(_Normalization):
    """Normalizes each of `num_groups` groups of channels, which are axis 1; gamma and beta are one for each group.

    Args:
      num_groups: number of groups.
      epsilon: added to the variance.
      center, scale: whether beta and gamma are learned.
      beta_initializer, gamma_initializer: for them.
      prefix: the beginning of the names of the parameters.
      params: parameters to share.
    """

    def __init__(
        self,
        num_groups: int = 1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Init = "zeros",
        gamma_initializer: Init = "ones",
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {"eps": epsilon, "num_groups": num_groups, "center": center, "scale": scale}
        self._num_groups, self._epsilon = num_groups, epsilon
        self.gamma = self._create("gamma", num_groups, gamma_initializer, scale)
        self.beta = self._create("beta", num_groups, beta_initializer, center)

    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:
        """Normalize; same shape."""
        return F.GroupNorm(data, gamma=gamma, beta=beta, num_groups=self._num_groups, eps=self._epsilon)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._options()})"
