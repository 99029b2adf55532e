"""What all convolution layers are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nn._windows import Sizes, repeated
from gluax.gluon.nn.basic_layers import activation_or_none
from gluax.gluon.parameter import Parameter
from gluax.gluon.parameter_dict import ParameterDict
from gluax.initializer import Initializer
from gluax.ops._windows import make_window
from gluax.ops.convolution import check_groups

Init = Initializer | str | None


def weight_shape(options: dict[str, Any], in_channels: int, transposed: bool = False) -> tuple[int, ...]:
    """The shape of the weight of a convolution with these attributes.

    (out, in / groups, *kernel), transposed (in, out / groups, *kernel), with axes in the layout's order.

    Raises:
      MXNetError: for sizes that no convolution has.
    """
    window = make_window(*(tuple(options[key]) for key in ("kernel", "stride", "dilate", "pad")))
    outer, inner = options["num_filter"], in_channels
    check_groups(in_channels or -1, outer, options["num_group"])
    if transposed:
        outer, inner = inner, outer
    spatial = [axis for axis in options["layout"] if axis not in "NC"]
    sizes = {"N": outer, "C": inner // options["num_group"], **dict(zip(spatial, window.kernel))}
    return tuple(sizes[axis] for axis in options["layout"])


def printed(layer: Any, options: dict[str, Any], weight: Parameter, bias: Parameter | None) -> str:
    """The printed form of a convolution layer, which leaves defaults out."""
    assert weight.shape is not None
    outer, inner, *_ = weight.shape
    rank = len(options["kernel"])
    parts = [f"{inner or None} -> {outer}", f"kernel_size={options['kernel']}", f"stride={options['stride']}"]
    if options["pad"] != (0,) * rank:
        parts.append(f"padding={options['pad']}")
    if options["dilate"] != (1,) * rank:
        parts.append(f"dilation={options['dilate']}")
    if options["num_group"] != 1:
        parts.append(f"groups={options['num_group']}")
    if bias is None:
        parts.append("bias=False")
    if layer.act is not None:
        parts.append(repr(layer.act))
    return f"{type(layer).__name__}({', '.join(parts)})"


class _Conv(HybridBlock):
    """A convolution of any rank, transposed when the operator is Deconvolution."""

    def __init__(
        self,
        channels: int,
        kernel_size: Sequence[int],
        strides: Sizes,
        padding: Sizes,
        dilation: Sizes,
        groups: int,
        layout: str,
        in_channels: int = 0,
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Init = None,
        bias_initializer: Init = "zeros",
        op_name: str = "Convolution",
        adj: Sequence[int] | None = None,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        rank = len(kernel_size)
        self._channels, self._in_channels, self._op_name = channels, in_channels, op_name
        self._kwargs: dict[str, Any] = {
            "kernel": kernel_size,
            "stride": repeated(strides, rank),
            "dilate": repeated(dilation, rank),
            "pad": repeated(padding, rank),
            "num_filter": channels,
            "num_group": groups,
            "no_bias": not use_bias,
            "layout": layout,
        }
        if adj is not None:
            self._kwargs["adj"] = adj
        with self.name_scope():
            shape = weight_shape(self._kwargs, in_channels, op_name == "Deconvolution")
            self.weight = self.params.get("weight", shape=shape, init=weight_initializer, allow_deferred_init=True)
            self.bias = (
                self.params.get("bias", shape=(channels,), init=bias_initializer, allow_deferred_init=True)
                if use_bias
                else None
            )
            self.act = activation_or_none(activation)

    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        """Apply the layer."""
        inputs = (x, weight) if bias is None else (x, weight, bias)
        out = getattr(F, self._op_name)(*inputs, name="fwd", **self._kwargs)
        return out if self.act is None else self.act(out)

    def _alias(self) -> str:
        return "conv"

    def __repr__(self) -> str:
        return printed(self, self._kwargs, self.weight, self.bias)
