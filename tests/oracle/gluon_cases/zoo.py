"""The model zoo: all networks of gluon.model_zoo.vision at the smallest input that each of them takes."""

from __future__ import annotations

from typing import Any

from tests.oracle.gluon_cases import Family

case = Family("zoo", lambda mx: mx.gluon.model_zoo.vision)

# Side of the square input: pooling windows of fixed size need the sizes that the networks were made for.
SIDES = {
    "alexnet": 63, "squeezenet1.0": 224, "squeezenet1.1": 224, "inceptionv3": 299,
    **{f"densenet{depth}": 224 for depth in (121, 161, 169, 201)},
    **{f"vgg{depth}{kind}": 32 for depth in (11, 13, 16, 19) for kind in ("", "_bn")},
    **{f"resnet{depth}_{version}": 33 for depth in (18, 34, 50, 101, 152) for version in ("v1", "v2")},
    **{f"mobilenet{width}": 32 for width in ("1.0", "0.75", "0.5", "0.25")},
    **{f"mobilenetv2_{width}": 33 for width in ("1.0", "0.75", "0.5", "0.25")},
}  # fmt: skip


def build(vision: Any, name: str) -> Any:
    return vision.get_model(name, classes=10)


for name, side in SIDES.items():
    # Some 50 layers of sums in another order.
    case(name, lambda vision, name=name: build(vision, name), (1, 3, side, side), rtol=5e-5,
         why="deep networks")  # fmt: skip

# Blocks and arguments that the named networks do not have.
for version in ("V1", "V2"):
    for kind in ("BasicBlock", "Bottleneck"):
        name = f"{kind}{version}"
        case(f"{name} alone", lambda vision, name=name: getattr(vision, name)(8, 1), (2, 8, 5, 5))
        case(
            f"{name} downsampling",
            lambda vision, name=name: getattr(vision, name)(16, 2, True, in_channels=8),
            (2, 8, 5, 5),
        )
    case(
        f"ResNet{version} thumbnail",
        lambda vision, v=version: getattr(vision, f"ResNet{v}")(
            getattr(vision, f"Bottleneck{v}"), [1, 2], [8, 8, 16], classes=3, thumbnail=True
        ),
        (1, 3, 8, 8),
    )
case(
    "DenseNet small",
    lambda vision: vision.DenseNet(8, 4, [2, 1], bn_size=2, dropout=0.5, classes=3, prefix="net_"),
    (1, 3, 56, 56),
)
case("VGG small", lambda vision: vision.VGG([1, 2], [4, 8], classes=3, batch_norm=True, prefix=""), (1, 3, 8, 8))
case("MobileNet wide", lambda vision: vision.get_mobilenet(1.1, classes=3), (1, 3, 32, 32), rtol=5e-5, why="deep")
case("MobileNetV2 wide", lambda vision: vision.get_mobilenet_v2(1.1, classes=3), (1, 3, 32, 32), rtol=5e-5, why="deep")
