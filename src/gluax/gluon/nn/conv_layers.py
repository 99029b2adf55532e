"""Convolution layers, and padding by reflection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nn._conv import Init, _Conv
from gluax.gluon.nn._windows import Sizes, check_layout, sizes_of


class Conv1D(_Conv):
    """1D convolution: (N, C, W) -> (N, channels, out W), or as `layout` says.

    Args:
      channels: number of output channels.
      kernel_size, strides, padding, dilation: one number, or one for each axis.
      groups: parts of the channels that are convolved apart.
      layout: "NCW".
      activation: an `act_type` of Activation; None for none.
      use_bias: add a bias.
      weight_initializer: for the weight (channels, in_channels / groups, *kernel_size).
      bias_initializer: for the bias (channels,).
      in_channels: number of input channels; 0 leaves it to the first call.

    Raises:
      AssertionError: for a kernel of another rank, or an unknown layout.
      MXNetError: for sizes that no convolution has.
    """

    def __init__(
        self,
        channels: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        layout: str = "NCW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Init = None,
        bias_initializer: Init = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCW")
        kernel = sizes_of("kernel_size", kernel_size, 1)
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv2D(_Conv):
    """2D convolution: (N, C, H, W) -> (N, channels, out H, out W), or as `layout` says.

    Args:
      channels: number of output channels.
      kernel_size, strides, padding, dilation: one number, or one for each axis.
      groups: parts of the channels that are convolved apart.
      layout: "NCHW" or "NHWC".
      activation: an `act_type` of Activation; None for none.
      use_bias: add a bias.
      weight_initializer: for the weight (channels, in_channels / groups, *kernel_size).
      bias_initializer: for the bias (channels,).
      in_channels: number of input channels; 0 leaves it to the first call.

    Raises:
      AssertionError: for a kernel of another rank, or an unknown layout.
      MXNetError: for sizes that no convolution has.
    """

    def __init__(
        self,
        channels: int,
        kernel_size: Sizes,
        strides: Sizes = (1, 1),
        padding: Sizes = (0, 0),
        dilation: Sizes = (1, 1),
        groups: int = 1,
        layout: str = "NCHW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Init = None,
        bias_initializer: Init = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCHW", "NHWC")
        kernel = sizes_of("kernel_size", kernel_size, 2)
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv3D(_Conv):
    """3D convolution: (N, C, D, H, W) -> (N, channels, out D, out H, out W), or as `layout` says.

    Args:
      channels: number of output channels.
      kernel_size, strides, padding, dilation: one number, or one for each axis.
      groups: parts of the channels that are convolved apart.
      layout: "NCDHW" or "NDHWC".
      activation: an `act_type` of Activation; None for none.
      use_bias: add a bias.
      weight_initializer: for the weight (channels, in_channels / groups, *kernel_size).
      bias_initializer: for the bias (channels,).
      in_channels: number of input channels; 0 leaves it to the first call.

    Raises:
      AssertionError: for a kernel of another rank, or an unknown layout.
      MXNetError: for sizes that no convolution has.
    """

    def __init__(
        self,
        channels: int,
        kernel_size: Sizes,
        strides: Sizes = (1, 1, 1),
        padding: Sizes = (0, 0, 0),
        dilation: Sizes = (1, 1, 1),
        groups: int = 1,
        layout: str = "NCDHW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Init = None,
        bias_initializer: Init = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCDHW", "NDHWC")
        kernel = sizes_of("kernel_size", kernel_size, 3)
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv1DTranspose(_Conv):
    """1D transposed convolution, the gradient of `Conv1D`, whose arguments it has.

    The weight is (in_channels, channels / groups, *kernel_size). `output_padding` is added to one side of the output.
    """

    def __init__(
        self,
        channels: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        layout: str = "NCW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Init = None,
        bias_initializer: Init = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCW")
        kernel = sizes_of("kernel_size", kernel_size, 1)
        adj = sizes_of("output_padding", output_padding, 1)
        kwargs = {"op_name": "Deconvolution", "adj": adj, **kwargs}
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip
        self.outpad = adj


class Conv2DTranspose(_Conv):
    """2D transposed convolution, the gradient of `Conv2D`, whose arguments it has.

    The weight is (in_channels, channels / groups, *kernel_size). `output_padding` is added to one side of the output.
    """

    def __init__(
        self,
        channels: int,
        kernel_size: Sizes,
        strides: Sizes = (1, 1),
        padding: Sizes = (0, 0),
        output_padding: Sizes = (0, 0),
        dilation: Sizes = (1, 1),
        groups: int = 1,
        layout: str = "NCHW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Init = None,
        bias_initializer: Init = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCHW", "NHWC")
        kernel = sizes_of("kernel_size", kernel_size, 2)
        adj = sizes_of("output_padding", output_padding, 2)
        kwargs = {"op_name": "Deconvolution", "adj": adj, **kwargs}
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip
        self.outpad = adj


class Conv3DTranspose(_Conv):
    """3D transposed convolution, the gradient of `Conv3D`, whose arguments it has.

    The weight is (in_channels, channels / groups, *kernel_size). `output_padding` is added to one side of the output.
    """

    def __init__(
        self,
        channels: int,
        kernel_size: Sizes,
        strides: Sizes = (1, 1, 1),
        padding: Sizes = (0, 0, 0),
        output_padding: Sizes = (0, 0, 0),
        dilation: Sizes = (1, 1, 1),
        groups: int = 1,
        layout: str = "NCDHW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Init = None,
        bias_initializer: Init = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCDHW", "NDHWC")
        kernel = sizes_of("kernel_size", kernel_size, 3)
        adj = sizes_of("output_padding", output_padding, 3)
        kwargs = {"op_name": "Deconvolution", "adj": adj, **kwargs}
        super().__init__(
            channels, kernel, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
            weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip
        self.outpad = adj


class ReflectionPad2D(HybridBlock):
    """Pads the last two axes with their mirror image: (N, C, H, W) -> (N, C, H + 2 padding, W + 2 padding).

    Args:
      padding: one number, or eight: before and after each axis.

    Raises:
      AssertionError: for another count of numbers.
    """

    def __init__(self, padding: Sizes = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(padding, Sequence):
            padding = (0, 0, 0, 0, padding, padding, padding, padding)
        assert len(padding) == 8, f"padding must be one number or eight, got {padding}"
        self._padding = padding

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Pad."""
        return F.pad(x, mode="reflect", pad_width=self._padding)
