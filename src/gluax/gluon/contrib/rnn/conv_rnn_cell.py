"""Recurrent cells with convolutions in the place of products, for one to three spatial dimensions."""

from __future__ import annotations

from typing import Any

from gluax.gluon.contrib.rnn.conv_base import Sizes, _BaseConvRNNCell, _ConvGRUCell, _ConvLSTMCell, _ConvRNNCell
from gluax.gluon.parameter_dict import ParameterDict


class _Conv1D(_BaseConvRNNCell):
    """The arguments and defaults for one spatial dimension.

    Args:
      input_shape: shape of one step's inputs without the batch, (I, W) in layout NCW. I may be 0, to take it from
        the first inputs.
      hidden_channels: H.
      i2h_kernel, i2h_pad, i2h_dilate: of the inputs' convolution, which decides the state's sizes.
      h2h_kernel, h2h_dilate: of the state's convolution; the kernel's sizes are odd.
      i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: of the parameters.
      conv_layout: "NCW" or "NWC", of inputs, outputs and weights.
      activation: the name of an activation, or a block.
      prefix, params: see `RecurrentCell`.

    Raises:
      AssertionError: for an even h2h_kernel, and settings of another number of dimensions.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        hidden_channels: int,
        i2h_kernel: Sizes,
        h2h_kernel: Sizes,
        i2h_pad: Sizes = (0,),
        i2h_dilate: Sizes = (1,),
        h2h_dilate: Sizes = (1,),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(
            input_shape, hidden_channels, i2h_kernel, h2h_kernel, i2h_pad, i2h_dilate, h2h_dilate, *initializers,
            1, conv_layout, activation, prefix, params,
        )  # fmt: skip


class _Conv2D(_BaseConvRNNCell):
    """The arguments and defaults for two spatial dimensions.

    Args:
      input_shape: shape of one step's inputs without the batch, (I, H, W) in layout NCHW. I may be 0, to take it from
        the first inputs.
      hidden_channels: the number of channels of output and states.
      i2h_kernel, i2h_pad, i2h_dilate: of the inputs' convolution, which decides the state's sizes.
      h2h_kernel, h2h_dilate: of the state's convolution; the kernel's sizes are odd.
      i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: of the parameters.
      conv_layout: "NCHW" or "NHWC", of inputs, outputs and weights.
      activation: the name of an activation, or a block.
      prefix, params: see `RecurrentCell`.

    Raises:
      AssertionError: for an even h2h_kernel, and settings of another number of dimensions.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        hidden_channels: int,
        i2h_kernel: Sizes,
        h2h_kernel: Sizes,
        i2h_pad: Sizes = (0, 0),
        i2h_dilate: Sizes = (1, 1),
        h2h_dilate: Sizes = (1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCHW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(
            input_shape, hidden_channels, i2h_kernel, h2h_kernel, i2h_pad, i2h_dilate, h2h_dilate, *initializers,
            2, conv_layout, activation, prefix, params,
        )  # fmt: skip


class _Conv3D(_BaseConvRNNCell):
    """The arguments and defaults for three spatial dimensions.

    Args:
      input_shape: shape of one step's inputs without the batch, (I, D, H, W) in layout NCDHW. I may be 0, to take it
        from the first inputs.
      hidden_channels: the number of channels of output and states.
      i2h_kernel, i2h_pad, i2h_dilate: of the inputs' convolution, which decides the state's sizes.
      h2h_kernel, h2h_dilate: of the state's convolution; the kernel's sizes are odd.
      i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: of the parameters.
      conv_layout: "NCDHW" or "NDHWC", of inputs, outputs and weights.
      activation: the name of an activation, or a block.
      prefix, params: see `RecurrentCell`.

    Raises:
      AssertionError: for an even h2h_kernel, and settings of another number of dimensions.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        hidden_channels: int,
        i2h_kernel: Sizes,
        h2h_kernel: Sizes,
        i2h_pad: Sizes = (0, 0, 0),
        i2h_dilate: Sizes = (1, 1, 1),
        h2h_dilate: Sizes = (1, 1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCDHW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(
            input_shape, hidden_channels, i2h_kernel, h2h_kernel, i2h_pad, i2h_dilate, h2h_dilate, *initializers,
            3, conv_layout, activation, prefix, params,
        )  # fmt: skip


class Conv1DRNNCell(_Conv1D, _ConvRNNCell):
    """``h = activation(i2h(x) + h2h(h))`` with convolutions over (N, C, W); arguments as of `_Conv1D`."""


class Conv2DRNNCell(_Conv2D, _ConvRNNCell):
    """``h = activation(i2h(x) + h2h(h))`` with convolutions over (N, C, H, W); arguments as of `_Conv2D`."""


class Conv3DRNNCell(_Conv3D, _ConvRNNCell):
    """``h = activation(i2h(x) + h2h(h))`` with convolutions over (N, C, D, H, W); arguments as of `_Conv3D`."""


class Conv1DLSTMCell(_Conv1D, _ConvLSTMCell):
    """Long short-term memory with convolutions over (N, C, W); arguments as of `_Conv1D`."""


class Conv2DLSTMCell(_Conv2D, _ConvLSTMCell):
    """Long short-term memory with convolutions over (N, C, H, W); arguments as of `_Conv2D`."""


class Conv3DLSTMCell(_Conv3D, _ConvLSTMCell):
    """Long short-term memory with convolutions over (N, C, D, H, W); arguments as of `_Conv3D`."""


class Conv1DGRUCell(_Conv1D, _ConvGRUCell):
    """Gated recurrent unit with convolutions over (N, C, W); arguments as of `_Conv1D`."""


class Conv2DGRUCell(_Conv2D, _ConvGRUCell):
    """Gated recurrent unit with convolutions over (N, C, H, W); arguments as of `_Conv2D`."""


class Conv3DGRUCell(_Conv3D, _ConvGRUCell):
    """Gated recurrent unit with convolutions over (N, C, D, H, W); arguments as of `_Conv3D`."""
