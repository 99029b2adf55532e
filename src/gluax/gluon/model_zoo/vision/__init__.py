"""Predefined networks for images, with MXNet's names, so that its parameter files load.

    net = gluax.gluon.model_zoo.vision.resnet18_v1(classes=10)
    net = gluax.gluon.model_zoo.vision.get_model("resnet18_v1", pretrained=True)

The published parameters expect images (N, 3, H, W) of at least 224 x 224 (Inception: 299), in [0, 1] and then
normalized by the means 0.485, 0.456, 0.406 and the deviations 0.229, 0.224, 0.225 of red, green, blue.
"""

from __future__ import annotations

from typing import Any

from gluax.errors import ArgumentError
from gluax.gluon.model_zoo.vision.alexnet import AlexNet, alexnet
from gluax.gluon.model_zoo.vision.common import Classifier
from gluax.gluon.model_zoo.vision.densenet import DenseNet, densenet121, densenet161, densenet169, densenet201
from gluax.gluon.model_zoo.vision.inception import Inception3, inception_v3
from gluax.gluon.model_zoo.vision.mobilenet import (
    MobileNet,
    MobileNetV2,
    get_mobilenet,
    get_mobilenet_v2,
    mobilenet0_5,
    mobilenet0_25,
    mobilenet0_75,
    mobilenet1_0,
    mobilenet_v2_0_5,
    mobilenet_v2_0_25,
    mobilenet_v2_0_75,
    mobilenet_v2_1_0,
)
from gluax.gluon.model_zoo.vision.resnet import (
    BasicBlockV1,
    BasicBlockV2,
    BottleneckV1,
    BottleneckV2,
    ResNetV1,
    ResNetV2,
    get_resnet,
    resnet18_v1,
    resnet18_v2,
    resnet34_v1,
    resnet34_v2,
    resnet50_v1,
    resnet50_v2,
    resnet101_v1,
    resnet101_v2,
    resnet152_v1,
    resnet152_v2,
)
from gluax.gluon.model_zoo.vision.squeezenet import SqueezeNet, squeezenet1_0, squeezenet1_1
from gluax.gluon.model_zoo.vision.vgg import (
    VGG,
    get_vgg,
    vgg11,
    vgg11_bn,
    vgg13,
    vgg13_bn,
    vgg16,
    vgg16_bn,
    vgg19,
    vgg19_bn,
)

__all__ = [
    "VGG", "AlexNet", "BasicBlockV1", "BasicBlockV2", "BottleneckV1", "BottleneckV2", "DenseNet", "Inception3",
    "MobileNet", "MobileNetV2", "ResNetV1", "ResNetV2", "SqueezeNet", "alexnet", "densenet121", "densenet161",
    "densenet169", "densenet201", "get_mobilenet", "get_mobilenet_v2", "get_model", "get_resnet", "get_vgg",
    "inception_v3", "mobilenet0_5", "mobilenet0_25", "mobilenet0_75", "mobilenet1_0", "mobilenet_v2_0_5",
    "mobilenet_v2_0_25", "mobilenet_v2_0_75", "mobilenet_v2_1_0", "resnet18_v1", "resnet18_v2", "resnet34_v1",
    "resnet34_v2", "resnet50_v1", "resnet50_v2", "resnet101_v1", "resnet101_v2", "resnet152_v1", "resnet152_v2",
    "squeezenet1_0", "squeezenet1_1", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19",
    "vgg19_bn",
]  # fmt: skip

_functions = (
    alexnet, densenet121, densenet161, densenet169, densenet201, resnet18_v1, resnet18_v2, resnet34_v1, resnet34_v2,
    resnet50_v1, resnet50_v2, resnet101_v1, resnet101_v2, resnet152_v1, resnet152_v2, vgg11, vgg11_bn, vgg13,
    vgg13_bn, vgg16, vgg16_bn, vgg19, vgg19_bn,
)  # fmt: skip
_models = {function.__name__: function for function in _functions} | {
    "inceptionv3": inception_v3, "squeezenet1.0": squeezenet1_0, "squeezenet1.1": squeezenet1_1, "mobilenet1.0":
    mobilenet1_0, "mobilenet0.75": mobilenet0_75, "mobilenet0.5": mobilenet0_5, "mobilenet0.25": mobilenet0_25,
    "mobilenetv2_1.0": mobilenet_v2_1_0, "mobilenetv2_0.75": mobilenet_v2_0_75, "mobilenetv2_0.5": mobilenet_v2_0_5,
    "mobilenetv2_0.25": mobilenet_v2_0_25,
}  # fmt: skip


def get_model(name: str, **kwargs: Any) -> Classifier:
    """A network by its name, ``"resnet18_v1"`` or ``"squeezenet1.0"`` for two; upper case is lower case.

    Args:
      name: the name.
      **kwargs: pretrained, ctx, root, classes, prefix, params, and what else the network takes.

    Raises:
      ArgumentError: for an unknown name; it is a `ValueError`.
    """
    name = name.lower()
    if name not in _models:
        raise ArgumentError(f"Model {name} is not supported. Available options are\n\t" + "\n\t".join(sorted(_models)))
    return _models[name](**kwargs)
