"""Convolutions that learn where to look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nn._conv import Init, printed, weight_shape
from gluax.gluon.nn._windows import Sizes, check_layout, repeated
from gluax.gluon.nn.basic_layers import activation_or_none
from gluax.gluon.parameter_dict import ParameterDict


class _Deformable(HybridBlock):
    """A convolution whose points are moved by offsets, which another convolution computes."""

    _channels_per_point: ClassVar[int]
    """Output channels of the other convolution for each point of the kernel."""
    _offset_first: ClassVar[bool]
    """Whether the other convolution's parameters come first."""

    def __init__(
        self,
        channels: int,
        kernel_size: Sizes,
        strides: Sizes,
        padding: Sizes,
        dilation: Sizes,
        groups: int,
        num_deformable_group: int,
        layout: str,
        use_bias: bool,
        in_channels: int,
        activation: str | None,
        weight_initializer: Init,
        bias_initializer: Init,
        offset_weight_initializer: Init,
        offset_bias_initializer: Init,
        offset_use_bias: bool,
        adj: Any,
        prefix: str | None,
        params: ParameterDict | None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        check_layout(layout, "NCHW", "NHWC")
        kernel = repeated(kernel_size, 2)
        window = {name: repeated(value, len(kernel)) for name, value in
                  (("stride", strides), ("dilate", dilation), ("pad", padding))}  # fmt: skip
        common = {"kernel": kernel, **window, "num_group": groups, "layout": layout, **({"adj": adj} if adj else {})}
        points = kernel[0] * kernel[1] * num_deformable_group
        offset = {"num_filter": self._channels_per_point * points, "no_bias": not offset_use_bias}
        convolution = {"num_filter": channels, "num_deformable_group": num_deformable_group, "no_bias": not use_bias}
        self._kwargs_offset: dict[str, Any] = {**common, **offset}
        self._kwargs_deformable_conv: dict[str, Any] = {**common, **convolution}
        with self.name_scope():
            if self._offset_first:
                self._create_offset(in_channels, offset_weight_initializer, offset_bias_initializer)
            self._create_convolution(weight_initializer, bias_initializer)
            if not self._offset_first:
                self._create_offset(in_channels, offset_weight_initializer, offset_bias_initializer)
            self.act = activation_or_none(activation or None)

    def _create_offset(self, in_channels: int, weight_initializer: Init, bias_initializer: Init) -> None:
        options = self._kwargs_offset
        shape = weight_shape(options, in_channels)
        self.offset_weight = self._create("offset_weight", shape, weight_initializer)
        self.offset_bias = self._create("offset_bias", (options["num_filter"],), bias_initializer, options["no_bias"])

    def _create_convolution(self, weight_initializer: Init, bias_initializer: Init) -> None:
        options = self._kwargs_deformable_conv
        channels = options["num_filter"]
        # A list, which shows in exported graphs; the input channels always wait for the first call: as in MXNet.
        shape = [channels, 0, *options["kernel"]]
        self.deformable_conv_weight = self._create("deformable_conv_weight", shape, weight_initializer)
        self.deformable_conv_bias = self._create(
            "deformable_conv_bias", (channels,), bias_initializer, options["no_bias"]
        )

    def _create(self, name: str, shape: Sequence[int], init: Init, absent: bool = False) -> Any:
        return None if absent else self.params.get(name, shape=shape, init=init, allow_deferred_init=True)

    def _offsets(self, F: Any, x: Any, weight: Any, bias: Any) -> Any:
        inputs = (x, weight) if bias is None else (x, weight, bias)
        return F.Convolution(*inputs, cudnn_off=True, **self._kwargs_offset)

    def _convolved(self, operator: Any, bias: Any, **inputs: Any) -> Any:
        if bias is not None:
            inputs["bias"] = bias
        out = operator(**inputs, name="fwd", **self._kwargs_deformable_conv)
        return out if self.act is None else self.act(out)


class DeformableConvolution(_Deformable):
    """Convolution whose points are moved by learned offsets: (N, C, H, W) -> (N, channels, out H, out W).

    Args:
      channels: number of output channels.
      kernel_size, strides, padding, dilation: one number, or two.
      groups: parts of the channels that are convolved apart.
      num_deformable_group: parts of the channels with offsets of their own.
      layout: "NCHW"; "NHWC" makes parameters of such shapes, and does not run.
      use_bias, offset_use_bias: add a bias to the convolution, and to the one that computes the offsets.
      in_channels: number of input channels; 0 leaves it to the first call.
      activation: an `act_type` of Activation; None for none.
      weight_initializer, bias_initializer, offset_weight_initializer, offset_bias_initializer: for the parameters.
      op_name: without effect, as in MXNet.
      adj: an attribute for both operators, which neither has.
      prefix: the beginning of the names of the parameters.
      params: parameters to share.

    Raises:
      AssertionError: for an unknown layout.
      MXNetError: for sizes that no convolution has.
    """

    _channels_per_point = 2
    _offset_first = True

    def __init__(
        self,
        channels: int,
        kernel_size: Sizes = (1, 1),
        strides: Sizes = (1, 1),
        padding: Sizes = (0, 0),
        dilation: Sizes = (1, 1),
        groups: int = 1,
        num_deformable_group: int = 1,
        layout: str = "NCHW",
        use_bias: bool = True,
        in_channels: int = 0,
        activation: str | None = None,
        weight_initializer: Init = None,
        bias_initializer: Init = "zeros",
        offset_weight_initializer: Init = "zeros",
        offset_bias_initializer: Init = "zeros",
        offset_use_bias: bool = True,
        op_name: str = "DeformableConvolution",
        adj: Any = None,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, num_deformable_group, layout, use_bias,
            in_channels, activation, weight_initializer, bias_initializer, offset_weight_initializer,
            offset_bias_initializer, offset_use_bias, adj, prefix, params,
        )  # fmt: skip

    def hybrid_forward(
        self,
        F: Any,
        x: Any,
        offset_weight: Any,
        deformable_conv_weight: Any,
        offset_bias: Any = None,
        deformable_conv_bias: Any = None,
    ) -> Any:
        """Apply the layer."""
        offset = self._offsets(F, x, offset_weight, offset_bias)
        operator = F.contrib.DeformableConvolution
        return self._convolved(operator, deformable_conv_bias, data=x, offset=offset, weight=deformable_conv_weight)

    def _alias(self) -> str:
        return "deformable_conv"

    def __repr__(self) -> str:
        return printed(self, self._kwargs_deformable_conv, self.deformable_conv_weight, self.deformable_conv_bias)


class ModulatedDeformableConvolution(_Deformable):
    """`DeformableConvolution` whose points also have learned weights between 0 and 2; the same arguments."""

    _channels_per_point = 3
    _offset_first = False

    def __init__(
        self,
        channels: int,
        kernel_size: Sizes = (1, 1),
        strides: Sizes = (1, 1),
        padding: Sizes = (0, 0),
        dilation: Sizes = (1, 1),
        groups: int = 1,
        num_deformable_group: int = 1,
        layout: str = "NCHW",
        use_bias: bool = True,
        in_channels: int = 0,
        activation: str | None = None,
        weight_initializer: Init = None,
        bias_initializer: Init = "zeros",
        offset_weight_initializer: Init = "zeros",
        offset_bias_initializer: Init = "zeros",
        offset_use_bias: bool = True,
        op_name: str = "ModulatedDeformableConvolution",
        adj: Any = None,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, num_deformable_group, layout, use_bias,
            in_channels, activation, weight_initializer, bias_initializer, offset_weight_initializer,
            offset_bias_initializer, offset_use_bias, adj, prefix, params,
        )  # fmt: skip

    def hybrid_forward(
        self,
        F: Any,
        x: Any,
        offset_weight: Any,
        deformable_conv_weight: Any,
        offset_bias: Any = None,
        deformable_conv_bias: Any = None,
    ) -> Any:
        """Apply the layer."""
        out = self._offsets(F, x, offset_weight, offset_bias)
        offset = F.slice_axis(out, axis=1, begin=0, end=self.offset_split_index)
        mask = F.slice_axis(out, axis=1, begin=self.offset_split_index, end=None)
        mask = F.sigmoid(mask) * 2
        operator = F.contrib.ModulatedDeformableConvolution
        return self._convolved(
            operator, deformable_conv_bias, data=x, offset=offset, mask=mask, weight=deformable_conv_weight
        )

    @property
    def offset_split_index(self) -> int:
        """The number of channels that are offsets; the others are weights of points."""
        return self._kwargs_offset["num_filter"] * 2 // 3

    def _alias(self) -> str:
        return "modulated_deformable_conv"
