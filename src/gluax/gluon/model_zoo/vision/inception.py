"""Inception v3: https://arxiv.org/abs/1512.00567"""

from __future__ import annotations

from typing import Any

from gluax.context import Context
from gluax.gluon.contrib.nn import HybridConcurrent
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.model_zoo.vision.common import Classifier, Root, parallel, sequence, with_parameters
from gluax.gluon.nn import Activation, AvgPool2D, BatchNorm, Conv2D, Dense, Dropout, HybridSequential, MaxPool2D

__all__ = ["Inception3", "inception_v3"]

# A part of the network is written as
#   "avg" or "max"    a pooling
#   (64, 3, 1, 1)     a convolution: channels, kernel, and where they are not 1 and 0 strides and padding
#   [part, ...]       parts one after the other
#   ([...], [...])    branches side by side
_WIDE, _TALL = ((1, 7), 1, (0, 3)), ((7, 1), 1, (3, 0))


def _module_a(pooled: int) -> tuple[Any, ...]:
    return [(64, 1)], [(48, 1), (64, 5, 1, 2)], [(64, 1), (96, 3, 1, 1), (96, 3, 1, 1)], ["avg", (pooled, 1)]


def _module_c(inner: int) -> tuple[Any, ...]:
    return (
        [(192, 1)],
        [(inner, 1), (inner, *_WIDE), (192, *_TALL)],
        [(inner, 1), (inner, *_TALL), (inner, *_WIDE), (inner, *_TALL), (192, *_WIDE)],
        ["avg", (192, 1)],
    )


_MODULE_B = ([(384, 3, 2)], [(64, 1), (96, 3, 1, 1), (96, 3, 2)], ["max"])
_MODULE_D = ([(192, 1), (320, 3, 2)], [(192, 1), (192, *_WIDE), (192, *_TALL), (192, 3, 2)], ["max"])
_SPLIT = ([(384, (1, 3), 1, (0, 1))], [(384, (3, 1), 1, (1, 0))])
_MODULE_E = ([(320, 1)], [[(384, 1)], _SPLIT], [[(448, 1), (384, 3, 1, 1)], _SPLIT], ["avg", (192, 1)])

_STEM = [(32, 3, 2), (32, 3), (64, 3, 1, 1), "max", (80, 1), (192, 3), "max"]
_MODULES = {
    "A1_": _module_a(32), "A2_": _module_a(64), "A3_": _module_a(64),
    "B_": _MODULE_B,
    "C1_": _module_c(128), "C2_": _module_c(160), "C3_": _module_c(160), "C4_": _module_c(192),
    "D_": _MODULE_D,
    "E1_": _MODULE_E, "E2_": _MODULE_E,
}  # fmt: skip


class Inception3(Classifier):
    """Inception v3, for images of 299 x 299.

    Args:
      classes: the size of the output.
      **kwargs: prefix, params.
    """

    def __init__(self, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = sequence(
                *map(_build, _STEM),
                *[_module(prefix, branches) for prefix, branches in _MODULES.items()],
                AvgPool2D(pool_size=8),
                Dropout(0.5),
            )
            self.output = Dense(classes)


def _module(prefix: str, branches: tuple[Any, ...]) -> HybridConcurrent:
    found = HybridConcurrent(axis=1, prefix=prefix)
    with found.name_scope():
        found.add(*map(_build, branches))
    return found


def _build(part: Any) -> HybridBlock:
    if part == "avg":
        return AvgPool2D(pool_size=3, strides=1, padding=1)
    if part == "max":
        return MaxPool2D(pool_size=3, strides=2)
    if isinstance(part, list):
        return sequence(*map(_build, part))
    if isinstance(part[0], list):
        return parallel(*map(_build, part))
    return _convolution(*part)


def _convolution(channels: int, kernel_size: Any, strides: int = 1, padding: Any = 0) -> HybridSequential:
    convolution = Conv2D(channels, kernel_size, strides, padding, use_bias=False)
    return sequence(convolution, BatchNorm(epsilon=0.001), Activation("relu"))


def inception_v3(
    pretrained: bool = False,
    ctx: Context | None = None,
    root: Root = None,
    **kwargs: Any,
) -> Inception3:
    """Inception v3.

    Args:
      pretrained: load the published parameters; see `model_store.get_model_file`.
      ctx: where they live; the current context by default.
      root: the folder of their files.
      **kwargs: those of `Inception3`.
    """
    return with_parameters(Inception3(**kwargs), "inceptionv3", pretrained, ctx, root)
