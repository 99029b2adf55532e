"""MobileNet: https://arxiv.org/abs/1704.04861, and MobileNetV2: https://arxiv.org/abs/1801.04381"""

from __future__ import annotations

from typing import Any

from gluax.context import Context
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.model_zoo.vision.common import Classifier, Root, sequence, with_parameters
from gluax.gluon.nn import Activation, BatchNorm, Conv2D, Dense, Flatten, GlobalAvgPool2D, HybridSequential

__all__ = [
    "MobileNet",
    "MobileNetV2",
    "get_mobilenet",
    "get_mobilenet_v2",
    "mobilenet0_5",
    "mobilenet0_25",
    "mobilenet0_75",
    "mobilenet1_0",
    "mobilenet_v2_0_5",
    "mobilenet_v2_0_25",
    "mobilenet_v2_0_75",
    "mobilenet_v2_1_0",
]  # fmt: skip

# Channels and stride of each separable convolution.
_V1 = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))

# Expansion, channels, count of bottlenecks, and stride of the first of them.
_V2 = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip


class RELU6(HybridBlock):
    """What is below 0 becomes 0, what is above 6 becomes 6."""

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply it."""
        return F.clip(x, 0, 6, name="relu6")


def _normalized(channels: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> list[HybridBlock]:
    """A convolution that keeps the size up to its stride, and normalization."""
    return [Conv2D(channels, kernel, stride, kernel // 2, groups=groups, use_bias=False), BatchNorm(scale=True)]


class LinearBottleneck(HybridBlock):
    """MobileNetV2's residual part: to more channels, a convolution of each of them, to fewer channels.

    Args:
      in_channels: of the input.
      channels: of the output; the input is added where it has as many, and the stride is 1.
      t: how many times more channels there are inside.
      stride: of the convolution.
      **kwargs: prefix, params.
    """

    def __init__(self, in_channels: int, channels: int, t: int, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_shortcut = stride == 1 and in_channels == channels
        inside = in_channels * t
        with self.name_scope():
            self.out = HybridSequential()
            self.out.add(*_normalized(inside), RELU6())
            self.out.add(*_normalized(inside, 3, stride, groups=inside), RELU6())
            self.out.add(*_normalized(channels))

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply it."""
        out = self.out(x)
        return F.elemwise_add(out, x) if self.use_shortcut else out


class MobileNet(Classifier):
    """MobileNet.

    Args:
      multiplier: of the channels of all layers; at least 0.25.
      classes: the size of the output.
      **kwargs: prefix, params.
    """

    def __init__(self, multiplier: float = 1.0, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            before = int(32 * multiplier)
            self.features = sequence(*_normalized(before, 3, 2), Activation("relu"))
            for width, stride in _V1:
                channels = int(width * multiplier)
                self.features.add(*_normalized(before, 3, stride, groups=before), Activation("relu"))
                self.features.add(*_normalized(channels), Activation("relu"))
                before = channels
            self.features.add(GlobalAvgPool2D(), Flatten())
            self.output = Dense(classes)


class MobileNetV2(Classifier):
    """MobileNetV2.

    Args:
      multiplier: of the channels of all layers; the last one never has fewer than 1280.
      classes: the size of the output.
      **kwargs: prefix, params.
    """

    def __init__(self, multiplier: float = 1.0, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = HybridSequential(prefix="features_")
            with self.features.name_scope():
                before = int(32 * multiplier)
                self.features.add(*_normalized(before, 3, 2), RELU6())
                for expansion, width, count, first in _V2:
                    for number in range(count):
                        channels = int(width * multiplier)
                        self.features.add(LinearBottleneck(before, channels, expansion, 1 if number else first))
                        before = channels
                self.features.add(*_normalized(int(1280 * max(multiplier, 1))), RELU6(), GlobalAvgPool2D())
            self.output = HybridSequential(prefix="output_")
            with self.output.name_scope():
                self.output.add(Conv2D(classes, 1, use_bias=False, prefix="pred_"), Flatten())


def get_mobilenet(
    multiplier: float,
    pretrained: bool = False,
    ctx: Context | None = None,
    root: Root = None,
    **kwargs: Any,
) -> MobileNet:
    """MobileNet.

    Args:
      multiplier: of the channels; there are published parameters for 1, 0.75, 0.5 and 0.25.
      pretrained: load them; see `model_store.get_model_file`.
      ctx: where they live; the current context by default.
      root: the folder of their files.
      **kwargs: classes, prefix, params.
    """
    return with_parameters(MobileNet(multiplier, **kwargs), f"mobilenet{_width(multiplier)}", pretrained, ctx, root)


def get_mobilenet_v2(
    multiplier: float,
    pretrained: bool = False,
    ctx: Context | None = None,
    root: Root = None,
    **kwargs: Any,
) -> MobileNetV2:
    """MobileNetV2; the arguments are as of `get_mobilenet`."""
    name = f"mobilenetv2_{_width(multiplier)}"
    return with_parameters(MobileNetV2(multiplier, **kwargs), name, pretrained, ctx, root)


def _width(multiplier: float) -> str:
    """As the files' names have it: two digits, or one where the second is a zero."""
    text = f"{multiplier:.2f}"
    return text.removesuffix("0")


def mobilenet1_0(**kwargs: Any) -> MobileNet:
    """MobileNet with all channels; the arguments are those of `get_mobilenet`."""
    return get_mobilenet(1.0, **kwargs)


def mobilenet0_75(**kwargs: Any) -> MobileNet:
    """MobileNet with 0.75 of the channels; the arguments are those of `get_mobilenet`."""
    return get_mobilenet(0.75, **kwargs)


def mobilenet0_5(**kwargs: Any) -> MobileNet:
    """MobileNet with 0.5 of the channels; the arguments are those of `get_mobilenet`."""
    return get_mobilenet(0.5, **kwargs)


def mobilenet0_25(**kwargs: Any) -> MobileNet:
    """MobileNet with 0.25 of the channels; the arguments are those of `get_mobilenet`."""
    return get_mobilenet(0.25, **kwargs)


def mobilenet_v2_1_0(**kwargs: Any) -> MobileNetV2:
    """MobileNetV2 with all channels; the arguments are those of `get_mobilenet_v2`."""
    return get_mobilenet_v2(1.0, **kwargs)


def mobilenet_v2_0_75(**kwargs: Any) -> MobileNetV2:
    """MobileNetV2 with 0.75 of the channels; the arguments are those of `get_mobilenet_v2`."""
    return get_mobilenet_v2(0.75, **kwargs)


def mobilenet_v2_0_5(**kwargs: Any) -> MobileNetV2:
    """MobileNetV2 with 0.5 of the channels; the arguments are those of `get_mobilenet_v2`."""
    return get_mobilenet_v2(0.5, **kwargs)


def mobilenet_v2_0_25(**kwargs: Any) -> MobileNetV2:
    """MobileNetV2 with 0.25 of the channels; the arguments are those of `get_mobilenet_v2`."""
    return get_mobilenet_v2(0.25, **kwargs)
