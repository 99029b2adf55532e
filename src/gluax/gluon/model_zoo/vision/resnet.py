"""ResNet V1: https://arxiv.org/abs/1512.03385, and V2: https://arxiv.org/abs/1603.05027"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gluax.context import Context
from gluax.errors import ArgumentError
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.model_zoo.vision.common import Classifier, Root, sequence, with_parameters
from gluax.gluon.model_zoo.vision.residual import BasicBlockV1, BasicBlockV2, BottleneckV1, BottleneckV2, conv3x3
from gluax.gluon.nn import Activation, BatchNorm, Conv2D, Dense, Flatten, GlobalAvgPool2D, HybridSequential, MaxPool2D

__all__ = [
    "BasicBlockV1", "BasicBlockV2", "BottleneckV1", "BottleneckV2", "ResNetV1", "ResNetV2", "get_resnet",
    "resnet18_v1", "resnet18_v2", "resnet34_v1", "resnet34_v2", "resnet50_v1", "resnet50_v2",
    "resnet101_v1", "resnet101_v2", "resnet152_v1", "resnet152_v2",
]  # fmt: skip


ResidualBlock = Callable[..., HybridBlock]


def _first_layers(channels: int, thumbnail: bool) -> list[HybridBlock]:
    if thumbnail:
        return [conv3x3(channels, 1, 0)]
    convolution = Conv2D(channels, 7, 2, 3, use_bias=False)
    return [convolution, BatchNorm(), Activation("relu"), MaxPool2D(3, 2, 1)]


def _stages(block: ResidualBlock, layers: Sequence[int], channels: Sequence[int]) -> Iterator[HybridSequential]:
    """Each stage but the first halves the size in its first block."""
    assert len(layers) == len(channels) - 1, f"channels {channels} must be one more than layers {layers}"
    for index, (count, before, after) in enumerate(zip(layers, channels, channels[1:])):
        stage = HybridSequential(prefix=f"stage{index + 1}_")
        with stage.name_scope():
            stage.add(block(after, 2 if index else 1, after != before, in_channels=before, prefix=""))
            stage.add(*[block(after, 1, False, in_channels=after, prefix="") for _ in range(count - 1)])
        yield stage


class ResNetV1(Classifier):
    """ResNet V1: each block ends with ReLU.

    Args:
      block: makes a block; `BasicBlockV1` or `BottleneckV1`.
      layers: how many blocks each stage has.
      channels: of the first convolution, and of each stage.
      classes: the size of the output.
      thumbnail: for small images: the first convolution keeps their size.
      **kwargs: prefix, params.
    """

    def __init__(
        self,
        block: ResidualBlock,
        layers: Sequence[int],
        channels: Sequence[int],
        classes: int = 1000,
        thumbnail: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = sequence(
                *_first_layers(channels[0], thumbnail),
                *_stages(block, layers, channels),
                GlobalAvgPool2D(),
            )
            self.output = Dense(classes, in_units=channels[-1])


class ResNetV2(Classifier):
    """ResNet V2: each block begins with normalization and ReLU, as does what follows the last; the input is normalized.

    Args:
      block: makes a block; `BasicBlockV2` or `BottleneckV2`.
      layers, channels, classes, thumbnail, **kwargs: see `ResNetV1`.
    """

    def __init__(
        self,
        block: ResidualBlock,
        layers: Sequence[int],
        channels: Sequence[int],
        classes: int = 1000,
        thumbnail: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = sequence(
                BatchNorm(scale=False, center=False),
                *_first_layers(channels[0], thumbnail),
                *_stages(block, layers, channels),
                BatchNorm(),
                Activation("relu"),
                GlobalAvgPool2D(),
                Flatten(),
            )
            self.output = Dense(classes, in_units=channels[-1])


# By depth: blocks in each stage, and whether they are bottlenecks.
_LAYERS = {
    18: ((2, 2, 2, 2), False),
    34: ((3, 4, 6, 3), False),
    50: ((3, 4, 6, 3), True),
    101: ((3, 4, 23, 3), True),
    152: ((3, 8, 36, 3), True),
}
_CHANNELS = {False: (64, 64, 128, 256, 512), True: (64, 256, 512, 1024, 2048)}
_VERSIONS = {
    1: (ResNetV1, {False: BasicBlockV1, True: BottleneckV1}),
    2: (ResNetV2, {False: BasicBlockV2, True: BottleneckV2}),
}


def get_resnet(
    version: int,
    num_layers: int,
    pretrained: bool = False,
    ctx: Context | None = None,
    root: Root = None,
    **kwargs: Any,
) -> Any:
    """ResNet of 18, 34, 50, 101 or 152 layers.

    Args:
      version: 1 or 2.
      num_layers: the depth.
      pretrained: load the published parameters; see `model_store.get_model_file`.
      ctx: where they live; the current context by default.
      root: the folder of their files.
      **kwargs: classes, thumbnail, prefix, params.

    Raises:
      ArgumentError: for another version or depth; it is an `AssertionError`.
    """
    if num_layers not in _LAYERS:
        raise ArgumentError(f"Invalid number of layers: {num_layers}. Options are {list(_LAYERS)}")
    if version not in _VERSIONS:
        raise ArgumentError(f"Invalid resnet version: {version}. Options are {list(_VERSIONS)}")
    layers, bottleneck = _LAYERS[num_layers]
    network, blocks = _VERSIONS[version]
    net = network(blocks[bottleneck], layers, _CHANNELS[bottleneck], **kwargs)
    return with_parameters(net, f"resnet{num_layers}_v{version}", pretrained, ctx, root)


def resnet18_v1(**kwargs: Any) -> ResNetV1:
    """ResNet-18 V1; the arguments are those of `get_resnet`."""
    return get_resnet(1, 18, **kwargs)


def resnet34_v1(**kwargs: Any) -> ResNetV1:
    """ResNet-34 V1; the arguments are those of `get_resnet`."""
    return get_resnet(1, 34, **kwargs)


def resnet50_v1(**kwargs: Any) -> ResNetV1:
    """ResNet-50 V1; the arguments are those of `get_resnet`."""
    return get_resnet(1, 50, **kwargs)


def resnet101_v1(**kwargs: Any) -> ResNetV1:
    """ResNet-101 V1; the arguments are those of `get_resnet`."""
    return get_resnet(1, 101, **kwargs)


def resnet152_v1(**kwargs: Any) -> ResNetV1:
    """ResNet-152 V1; the arguments are those of `get_resnet`."""
    return get_resnet(1, 152, **kwargs)


def resnet18_v2(**kwargs: Any) -> ResNetV2:
    """ResNet-18 V2; the arguments are those of `get_resnet`."""
    return get_resnet(2, 18, **kwargs)


def resnet34_v2(**kwargs: Any) -> ResNetV2:
    """ResNet-34 V2; the arguments are those of `get_resnet`."""
    return get_resnet(2, 34, **kwargs)


def resnet50_v2(**kwargs: Any) -> ResNetV2:
    """ResNet-50 V2; the arguments are those of `get_resnet`."""
    return get_resnet(2, 50, **kwargs)


def resnet101_v2(**kwargs: Any) -> ResNetV2:
    """ResNet-101 V2; the arguments are those of `get_resnet`."""
    return get_resnet(2, 101, **kwargs)


def resnet152_v2(**kwargs: Any) -> ResNetV2:
    """ResNet-152 V2; the arguments are those of `get_resnet`."""
    return get_resnet(2, 152, **kwargs)
