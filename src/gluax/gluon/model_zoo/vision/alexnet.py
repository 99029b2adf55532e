"""AlexNet: https://arxiv.org/abs/1404.5997"""

from __future__ import annotations

from typing import Any

from gluax.context import Context
from gluax.gluon.model_zoo.vision.common import Classifier, Root, sequence, with_parameters
from gluax.gluon.nn import Conv2D, Dense, Dropout, Flatten, MaxPool2D

__all__ = ["AlexNet", "alexnet"]


class AlexNet(Classifier):
    """AlexNet in its variant for one device.

    Args:
      classes: the size of the output.
      **kwargs: prefix, params.
    """

    def __init__(self, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = sequence(
                Conv2D(64, kernel_size=11, strides=4, padding=2, activation="relu"),
                MaxPool2D(pool_size=3, strides=2),
                Conv2D(192, kernel_size=5, padding=2, activation="relu"),
                MaxPool2D(pool_size=3, strides=2),
                *[Conv2D(channels, kernel_size=3, padding=1, activation="relu") for channels in (384, 256, 256)],
                MaxPool2D(pool_size=3, strides=2),
                Flatten(),
                Dense(4096, activation="relu"),
                Dropout(0.5),
                Dense(4096, activation="relu"),
                Dropout(0.5),
            )
            self.output = Dense(classes)


def alexnet(pretrained: bool = False, ctx: Context | None = None, root: Root = None, **kwargs: Any) -> AlexNet:
    """AlexNet.

    Args:
      pretrained: load the published parameters; see `model_store.get_model_file`.
      ctx: where they live; the current context by default.
      root: the folder of their files.
      **kwargs: those of `AlexNet`.
    """
    return with_parameters(AlexNet(**kwargs), "alexnet", pretrained, ctx, root)
