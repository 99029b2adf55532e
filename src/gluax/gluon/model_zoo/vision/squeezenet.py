"""SqueezeNet: https://arxiv.org/abs/1602.07360"""

from __future__ import annotations

from typing import Any

from gluax.context import Context
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.model_zoo.vision.common import Classifier, Root, parallel, sequence, with_parameters
from gluax.gluon.nn import Activation, AvgPool2D, Conv2D, Dropout, Flatten, HybridSequential, MaxPool2D

__all__ = ["SqueezeNet", "squeezenet1_0", "squeezenet1_1"]

# By version: channels and kernel of the first convolution; then the squeezed channels of each fire module, with the
# poolings between them.
_SPECIFICATIONS = {
    "1.0": ((96, 7), ("pool", 16, 16, 32, "pool", 32, 48, 48, 64, "pool", 64)),
    "1.1": ((64, 3), ("pool", 16, 16, "pool", 32, 32, "pool", 48, 48, 64, 64)),
}


class SqueezeNet(Classifier):
    """SqueezeNet. Version 1.1 computes 2.4 times less than 1.0 and is as accurate.

    Args:
      version: "1.0" or "1.1".
      classes: the size of the output.
      **kwargs: prefix, params.
    """

    def __init__(self, version: str, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        assert version in _SPECIFICATIONS, f"Unsupported SqueezeNet version {version}: 1.0 or 1.1 expected"
        (channels, kernel_size), parts = _SPECIFICATIONS[version]
        with self.name_scope():
            self.features = sequence(
                Conv2D(channels, kernel_size, strides=2),
                Activation("relu"),
                *map(_part, parts),
                Dropout(0.5),
            )
            self.output = sequence(Conv2D(classes, kernel_size=1), Activation("relu"), AvgPool2D(13), Flatten())


def _part(squeezed: int | str) -> HybridBlock:
    """A pooling, or a fire module: squeezed to few channels, then expanded by two kinds of kernels."""
    if isinstance(squeezed, str):
        return MaxPool2D(pool_size=3, strides=2, ceil_mode=True)
    narrow = _convolution(squeezed, 1)
    return sequence(narrow, parallel(_convolution(4 * squeezed, 1), _convolution(4 * squeezed, 3, padding=1)))


def _convolution(channels: int, kernel_size: int, padding: int = 0) -> HybridSequential:
    return sequence(Conv2D(channels, kernel_size, padding=padding), Activation("relu"))


def get_squeezenet(
    version: str,
    pretrained: bool = False,
    ctx: Context | None = None,
    root: Root = None,
    **kwargs: Any,
) -> SqueezeNet:
    """SqueezeNet.

    Args:
      version: "1.0" or "1.1".
      pretrained: load the published parameters; see `model_store.get_model_file`.
      ctx: where they live; the current context by default.
      root: the folder of their files.
      **kwargs: classes, prefix, params.
    """
    return with_parameters(SqueezeNet(version, **kwargs), f"squeezenet{version}", pretrained, ctx, root)


def squeezenet1_0(**kwargs: Any) -> SqueezeNet:
    """SqueezeNet 1.0; the arguments are those of `get_squeezenet`."""
    return get_squeezenet("1.0", **kwargs)


def squeezenet1_1(**kwargs: Any) -> SqueezeNet:
    """SqueezeNet 1.1; the arguments are those of `get_squeezenet`."""
    return get_squeezenet("1.1", **kwargs)
