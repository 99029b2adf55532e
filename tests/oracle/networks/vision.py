"""Classifiers and a segmentation network: the shapes of the published families, with a few channels each."""

from __future__ import annotations

import mxnet as mx
from mxnet.gluon import nn
from mxnet.gluon.contrib.nn import HybridConcurrent
from mxnet.gluon.model_zoo.vision import densenet, mobilenet, resnet, squeezenet

from tests.oracle.networks import Built, network


def stack(*layers) -> nn.HybridSequential:
    net = nn.HybridSequential()
    net.add(*layers)
    return net


def pointwise_head(classes: int) -> list:
    return [nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(classes)]


@network()
def residual_v1() -> Built:
    """Shortcuts that are identities and shortcuts that are convolutions."""
    net = resnet.ResNetV1(resnet.BasicBlockV1, [1, 1], [4, 4, 8], classes=5, thumbnail=True)
    return Built(net, {"data": (2, 3, 12, 12)}, gradients=True)


@network()
def residual_v2() -> Built:
    """Normalisation before convolution, and a first one without scale and shift."""
    net = resnet.ResNetV2(resnet.BottleneckV2, [1, 1], [8, 8, 16], classes=5, thumbnail=True)
    return Built(net, {"data": (2, 3, 10, 10)})


@network()
def mobile_v1() -> Built:
    """Depthwise convolutions."""
    net = stack()
    mobilenet._add_conv(net, channels=6, kernel=3, pad=1, stride=2)
    for before, after, stride in [(6, 8, 1), (8, 12, 2), (12, 12, 1)]:
        mobilenet._add_conv_dw(net, dw_channels=before, channels=after, stride=stride)
    net.add(*pointwise_head(5))
    return Built(net, {"data": (2, 3, 13, 13)})


@network()
def mobile_v2() -> Built:
    """Inverted bottlenecks with clipping to 6."""
    net = stack()
    mobilenet._add_conv(net, 4, kernel=3, stride=2, pad=1, relu6=True)
    for before, after, expansion, stride in [(4, 4, 1, 1), (4, 6, 2, 2), (6, 6, 2, 1)]:
        net.add(mobilenet.LinearBottleneck(before, after, expansion, stride))
    net.add(nn.Conv2D(5, 1, use_bias=False), nn.GlobalAvgPool2D(), nn.Flatten())
    return Built(net, {"data": (2, 3, 12, 12)}, gradients=True)


@network()
def squeeze() -> Built:
    """Concatenated paths, pooling that rounds sizes up, and dropout."""
    net = stack(nn.Conv2D(6, 3, strides=2), nn.Activation("relu"))
    net.add(nn.MaxPool2D(3, 2, ceil_mode=True), squeezenet._make_fire(4, 6, 6))
    net.add(nn.MaxPool2D(3, 2, ceil_mode=True), squeezenet._make_fire(4, 8, 8))
    net.add(nn.Dropout(0.5), nn.Conv2D(5, 1), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Flatten())
    return Built(net, {"data": (2, 3, 21, 17)})


@network()
def dense_chain() -> Built:
    """BatchNorm of growing concatenations."""
    net = stack(nn.Conv2D(6, 3, strides=2, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
    net.add(nn.MaxPool2D(3, 2, 1), densenet._make_dense_block(3, 2, 3, 0, 1), densenet._make_transition(7))
    net.add(densenet._make_dense_block(2, 2, 3, 0, 2), nn.BatchNorm(), nn.Activation("relu"))
    net.add(*pointwise_head(5))
    return Built(net, {"data": (2, 3, 18, 18)})


def convolution(channels: int, kernel, **keywords) -> nn.HybridSequential:
    return stack(
        nn.Conv2D(channels, kernel, use_bias=False, **keywords), nn.BatchNorm(epsilon=0.001), nn.Activation("relu")
    )


def paths(*branches) -> HybridConcurrent:
    block = HybridConcurrent(axis=1)
    block.add(*branches)
    return block


@network()
def inception() -> Built:
    """Kernels of several sizes, asymmetric ones with asymmetric padding, and two kinds of average pooling."""
    mixed = paths(
        convolution(3, 1),
        stack(convolution(3, 1), convolution(4, 5, padding=2)),
        stack(convolution(3, 1), convolution(3, (1, 7), padding=(0, 3)), convolution(4, (7, 1), padding=(3, 0))),
        stack(nn.AvgPool2D(3, 1, 1), convolution(3, 1)),
    )
    reduction = paths(
        convolution(4, 3, strides=2),
        stack(convolution(3, 1), paths(convolution(2, (1, 3), padding=(0, 1)), convolution(2, (3, 1), padding=(1, 0))),
              nn.AvgPool2D(3, 2, count_include_pad=False)),
        nn.MaxPool2D(3, 2),
    )  # fmt: skip
    net = stack(convolution(4, 3, strides=(2, 1)), mixed, reduction, nn.AvgPool2D(2, 2, 1, count_include_pad=False))
    net.add(*pointwise_head(5))
    return Built(net, {"data": (2, 3, 19, 11)})


@network()
def segmentation() -> Built:
    """Down and up again: transposed convolutions, repeated and bilinear upsampling, crops to another's size.

    No gradients: MXNet's executor overwrites what the gradient of prelu's slopes reads.
    """
    data = mx.sym.var("data")

    def step(x, name, channels, **keywords):
        x = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), num_filter=channels, name=name, **keywords)
        return mx.sym.LeakyReLU(x, act_type="prelu", name=f"{name}_act")

    full = step(data, "full", 4)
    half = step(full, "half", 5, stride=(2, 2))
    quarter = step(half, "quarter", 6, stride=(2, 2), dilate=(1, 1))
    up = mx.sym.Deconvolution(
        quarter, kernel=(4, 4), stride=(2, 2), pad=(1, 1), num_filter=5, no_bias=False, name="up"
    )  # fmt: skip
    joined = half + mx.sym.Crop(up, half, num_args=2, name="crop_half")
    smooth = mx.sym.UpSampling(joined, scale=2, sample_type="bilinear", num_filter=5, num_args=2, name="smooth")
    coarse = mx.sym.UpSampling(quarter, scale=4, sample_type="nearest", num_args=1, name="coarse")
    pieces = [mx.sym.Crop(x, full, num_args=2, offset=o) for x, o in [(smooth, (0, 1)), (coarse, (1, 0))]]
    scores = mx.sym.Convolution(mx.sym.concat(full, *pieces, dim=1), kernel=(1, 1), num_filter=3, name="scores")
    net = mx.sym.Group([mx.sym.softmax(scores, axis=1), mx.sym.argmax(scores, axis=1)])
    return Built(net, {"data": (1, 3, 13, 9)})
