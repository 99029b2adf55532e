"""The residual blocks of the ResNets, https://arxiv.org/abs/1512.03385 and https://arxiv.org/abs/1603.05027

Their names are not scoped: all convolutions of a stage are numbered through.
"""

from __future__ import annotations

from typing import Any

from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.model_zoo.vision.common import sequence
from gluax.gluon.nn import Activation, BatchNorm, Conv2D


def conv1x1(channels: int, stride: int = 1, in_channels: int = 0) -> Conv2D:
    """A convolution of kernel 1 without bias."""
    return Conv2D(channels, kernel_size=1, strides=stride, use_bias=False, in_channels=in_channels)


def conv3x3(channels: int, stride: int, in_channels: int) -> Conv2D:
    """A convolution of kernel 3 without bias that keeps the size up to its stride."""
    return Conv2D(channels, kernel_size=3, strides=stride, padding=1, use_bias=False, in_channels=in_channels)


class BasicBlockV1(HybridBlock):
    """Two convolutions, and the input added: of ResNet-18 and 34, V1.

    Args:
      channels: of the output.
      stride: of the first convolution.
      downsample: the input passes a convolution too, to have the size of the output.
      in_channels: of the input; 0 if they are not known yet.
      **kwargs: prefix, params.
    """

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.body = sequence(
            conv3x3(channels, stride, in_channels),
            BatchNorm(),
            Activation("relu"),
            conv3x3(channels, 1, channels),
            BatchNorm(),
        )
        self.downsample = sequence(conv1x1(channels, stride, in_channels), BatchNorm()) if downsample else None

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply it."""
        out = self.body(x)
        residual = x if self.downsample is None else self.downsample(x)
        return F.Activation(residual + out, act_type="relu")


class BottleneckV1(HybridBlock):
    """Three convolutions, the middle one on a quarter of the channels: of ResNet-50, 101 and 152, V1.

    Args:
      channels, stride, downsample, in_channels, **kwargs: see `BasicBlockV1`.
    """

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        inside = channels // 4
        self.body = sequence(
            Conv2D(inside, kernel_size=1, strides=stride),
            BatchNorm(),
            Activation("relu"),
            conv3x3(inside, 1, inside),
            BatchNorm(),
            Activation("relu"),
            Conv2D(channels, kernel_size=1, strides=1),
            BatchNorm(),
        )
        self.downsample = sequence(conv1x1(channels, stride, in_channels), BatchNorm()) if downsample else None

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply it."""
        out = self.body(x)
        residual = x if self.downsample is None else self.downsample(x)
        return F.Activation(out + residual, act_type="relu")


class BasicBlockV2(HybridBlock):
    """Two convolutions, each after normalization and ReLU, and the input added: of ResNet-18 and 34, V2.

    Args:
      channels, stride, downsample, in_channels, **kwargs: see `BasicBlockV1`.
    """

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.bn1 = BatchNorm()
        self.conv1 = conv3x3(channels, stride, in_channels)
        self.bn2 = BatchNorm()
        self.conv2 = conv3x3(channels, 1, channels)
        self.downsample = conv1x1(channels, stride, in_channels) if downsample else None

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply it."""
        out = F.Activation(self.bn1(x), act_type="relu")
        residual = x if self.downsample is None else self.downsample(out)
        out = self.conv1(out)
        out = self.conv2(F.Activation(self.bn2(out), act_type="relu"))
        return out + residual


class BottleneckV2(HybridBlock):
    """Three convolutions, each after normalization and ReLU: of ResNet-50, 101 and 152, V2.

    Args:
      channels, stride, downsample, in_channels, **kwargs: see `BasicBlockV1`.
    """

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        inside = channels // 4
        self.bn1 = BatchNorm()
        self.conv1 = conv1x1(inside)
        self.bn2 = BatchNorm()
        self.conv2 = conv3x3(inside, stride, inside)
        self.bn3 = BatchNorm()
        self.conv3 = conv1x1(channels)
        self.downsample = conv1x1(channels, stride, in_channels) if downsample else None

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply it."""
        out = F.Activation(self.bn1(x), act_type="relu")
        residual = x if self.downsample is None else self.downsample(out)
        out = self.conv1(out)
        out = self.conv2(F.Activation(self.bn2(out), act_type="relu"))
        out = self.conv3(F.Activation(self.bn3(out), act_type="relu"))
        return out + residual
