"""VGG: https://arxiv.org/abs/1409.1556"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gluax.context import Context
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.model_zoo.vision.common import Classifier, Root, sequence, with_parameters
from gluax.gluon.nn import Activation, BatchNorm, Conv2D, Dense, Dropout, MaxPool2D
from gluax.initializer import Xavier

__all__ = ["VGG", "get_vgg", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"]

_FILTERS = (64, 128, 256, 512, 512)

# By depth: how many convolutions come before each pooling.
_LAYERS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


class VGG(Classifier):
    """VGG.

    Args:
      layers: for each part, how many convolutions it has.
      filters: for each part, how many channels.
      classes: the size of the output.
      batch_norm: with batch normalization after each convolution.
      **kwargs: prefix, params.
    """

    def __init__(
        self,
        layers: Sequence[int],
        filters: Sequence[int],
        classes: int = 1000,
        batch_norm: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        assert len(layers) == len(filters), f"layers {layers} and filters {filters} differ in length"
        with self.name_scope():
            self.features = sequence(*_convolutions(layers, filters, batch_norm))
            for _ in range(2):
                self.features.add(_dense(4096, activation="relu"), Dropout(rate=0.5))
            self.output = _dense(classes)


def _convolutions(layers: Sequence[int], filters: Sequence[int], batch_norm: bool) -> Iterator[HybridBlock]:
    for count, channels in zip(layers, filters):
        for _ in range(count):
            weights = Xavier(rnd_type="gaussian", factor_type="out", magnitude=2)
            yield Conv2D(channels, 3, padding=1, weight_initializer=weights, bias_initializer="zeros")
            if batch_norm:
                yield BatchNorm()
            yield Activation("relu")
        yield MaxPool2D(strides=2)


def _dense(units: int, **kwargs: Any) -> Dense:
    return Dense(units, weight_initializer="normal", bias_initializer="zeros", **kwargs)


def get_vgg(
    num_layers: int,
    pretrained: bool = False,
    ctx: Context | None = None,
    root: Root = None,
    **kwargs: Any,
) -> VGG:
    """VGG of 11, 13, 16 or 19 layers.

    Args:
      num_layers: the depth.
      pretrained: load the published parameters; see `model_store.get_model_file`.
      ctx: where they live; the current context by default.
      root: the folder of their files.
      **kwargs: classes, batch_norm, prefix, params.

    Raises:
      KeyError: for another depth.
    """
    net = VGG(_LAYERS[num_layers], _FILTERS, **kwargs)
    name = f"vgg{num_layers}{'_bn' if kwargs.get('batch_norm') else ''}"
    return with_parameters(net, name, pretrained, ctx, root)


def vgg11(**kwargs: Any) -> VGG:
    """VGG-11; the arguments are those of `get_vgg`."""
    return get_vgg(11, **kwargs)


def vgg13(**kwargs: Any) -> VGG:
    """VGG-13; the arguments are those of `get_vgg`."""
    return get_vgg(13, **kwargs)


def vgg16(**kwargs: Any) -> VGG:
    """VGG-16; the arguments are those of `get_vgg`."""
    return get_vgg(16, **kwargs)


def vgg19(**kwargs: Any) -> VGG:
    """VGG-19; the arguments are those of `get_vgg`."""
    return get_vgg(19, **kwargs)


def vgg11_bn(**kwargs: Any) -> VGG:
    """VGG-11 with batch normalization; the arguments are those of `get_vgg`."""
    return get_vgg(11, **{**kwargs, "batch_norm": True})


def vgg13_bn(**kwargs: Any) -> VGG:
    """VGG-13 with batch normalization; the arguments are those of `get_vgg`."""
    return get_vgg(13, **{**kwargs, "batch_norm": True})


def vgg16_bn(**kwargs: Any) -> VGG:
    """VGG-16 with batch normalization; the arguments are those of `get_vgg`."""
    return get_vgg(16, **{**kwargs, "batch_norm": True})


def vgg19_bn(**kwargs: Any) -> VGG:
    """VGG-19 with batch normalization; the arguments are those of `get_vgg`."""
    return get_vgg(19, **{**kwargs, "batch_norm": True})
