"""DenseNet: https://arxiv.org/abs/1608.06993"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gluax.context import Context
from gluax.gluon.contrib.nn import HybridConcurrent, Identity
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.model_zoo.vision.common import Classifier, Root, parallel, sequence, with_parameters
from gluax.gluon.nn import (
    Activation,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    HybridSequential,
    MaxPool2D,
)

__all__ = ["DenseNet", "densenet121", "densenet161", "densenet169", "densenet201"]

# By depth: the channels of the first convolution, those that each layer adds, and the layers of each stage.
_SPECIFICATIONS = {
    121: (64, 32, (6, 12, 24, 16)),
    161: (96, 48, (6, 12, 36, 24)),
    169: (64, 32, (6, 12, 32, 32)),
    201: (64, 32, (6, 12, 48, 32)),
}


class DenseNet(Classifier):
    """DenseNet-BC.

    Args:
      num_init_features: the channels of the first convolution.
      growth_rate: how many channels each layer adds.
      block_config: how many layers each stage has.
      bn_size: the channels inside a layer, as a multiple of `growth_rate`.
      dropout: the share that is dropped after each layer.
      classes: the size of the output.
      **kwargs: prefix, params.
    """

    def __init__(
        self,
        num_init_features: int,
        growth_rate: int,
        block_config: Sequence[int],
        bn_size: int = 4,
        dropout: float = 0,
        classes: int = 1000,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = sequence(
                Conv2D(num_init_features, kernel_size=7, strides=2, padding=3, use_bias=False),
                BatchNorm(),
                Activation("relu"),
                MaxPool2D(pool_size=3, strides=2, padding=1),
            )
            channels = num_init_features
            for number, layers in enumerate(block_config, 1):
                stage = HybridSequential(prefix=f"stage{number}_")
                with stage.name_scope():
                    stage.add(*[_layer(growth_rate, bn_size, dropout) for _ in range(layers)])
                self.features.add(stage)
                channels += layers * growth_rate
                if number < len(block_config):
                    channels //= 2
                    self.features.add(sequence(*_normalized(channels, 1), AvgPool2D(pool_size=2, strides=2)))
            self.features.add(BatchNorm(), Activation("relu"), AvgPool2D(pool_size=7), Flatten())
            self.output = Dense(classes)


def _normalized(channels: int, kernel_size: int, padding: int = 0) -> list[HybridBlock]:
    convolution = {"padding": padding, "use_bias": False}
    return [BatchNorm(), Activation("relu"), Conv2D(channels, kernel_size, **convolution)]


def _layer(growth_rate: int, bn_size: int, dropout: float) -> HybridConcurrent:
    """The input, and what is computed from it."""
    found = sequence(*_normalized(bn_size * growth_rate, 1), *_normalized(growth_rate, 3, padding=1))
    if dropout:
        found.add(Dropout(dropout))
    return parallel(Identity(), found)


def get_densenet(
    num_layers: int,
    pretrained: bool = False,
    ctx: Context | None = None,
    root: Root = None,
    **kwargs: Any,
) -> DenseNet:
    """DenseNet-BC of 121, 161, 169 or 201 layers.

    Args:
      num_layers: the depth.
      pretrained: load the published parameters; see `model_store.get_model_file`.
      ctx: where they live; the current context by default.
      root: the folder of their files.
      **kwargs: bn_size, dropout, classes, prefix, params.

    Raises:
      KeyError: for another depth.
    """
    net = DenseNet(*_SPECIFICATIONS[num_layers], **kwargs)
    return with_parameters(net, f"densenet{num_layers}", pretrained, ctx, root)


def densenet121(**kwargs: Any) -> DenseNet:
    """DenseNet-BC of 121 layers; the arguments are those of `get_densenet`."""
    return get_densenet(121, **kwargs)


def densenet161(**kwargs: Any) -> DenseNet:
    """DenseNet-BC of 161 layers; the arguments are those of `get_densenet`."""
    return get_densenet(161, **kwargs)


def densenet169(**kwargs: Any) -> DenseNet:
    """DenseNet-BC of 169 layers; the arguments are those of `get_densenet`."""
    return get_densenet(169, **kwargs)


def densenet201(**kwargs: Any) -> DenseNet:
    """DenseNet-BC of 201 layers; the arguments are those of `get_densenet`."""
    return get_densenet(201, **kwargs)
