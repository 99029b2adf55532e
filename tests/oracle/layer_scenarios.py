"""Scenarios of layers, losses and containers: printed forms, parameters, arguments that are refused.

What the layers compute and export is checked in `tests.oracle.gluon_cases`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised, warned

SCENARIOS = Scenarios("layers")
scenario = SCENARIOS.add


def attempt(function: Any) -> Any:
    """What the function returns, or the exception it raises."""
    found: list[Any] = []
    error = raised(lambda: found.append(function()))
    return found[0] if found else error


def chain(mx: Any, kind: str, **kwargs: Any) -> Any:
    nn, contrib = mx.gluon.nn, mx.gluon.contrib.nn
    net = getattr(nn if hasattr(nn, kind) else contrib, kind)(**kwargs)
    with net.name_scope():
        net.add(nn.Dense(2), nn.Dense(3, activation="relu"), nn.Flatten())
    return net


CHAINS = ("Sequential", "HybridSequential", "Concurrent", "HybridConcurrent")


@scenario
def items_of_containers(mx):
    def items(net):
        parts = [net[:2], net[::2], net[1:], net[:0]]
        return {
            "len": [len(net), *map(len, parts)],
            "repr": [repr(net), repr(net[0]), repr(net[-1]), *map(repr, parts)],
            "kinds": [type(part) is type(net) for part in parts],
            "names": [part.prefix for part in parts],
            "params": [list(part.collect_params()) for part in parts],
            "shared": [net[:2][1] is net[1], net[-2] is net[1]],
            "iterated": [type(block).__name__ for block in net],
            "beyond": attempt(lambda: net[7]),
            "text": attempt(lambda: net["0"]),
        }

    return {kind: items(chain(mx, kind, prefix="s_")) for kind in CHAINS}


@scenario
def adding_to_containers(mx):
    nn = mx.gluon.nn
    return {
        kind: {
            "number": attempt(lambda kind=kind: len(chain(mx, kind).add(3) or "")),
            "plain block": attempt(lambda kind=kind: chain(mx, kind).add(nn.Lambda("relu"))),
            "nothing": attempt(lambda kind=kind: chain(mx, kind).add()),
        }
        for kind in CHAINS
    }


@scenario
def hybridize_warns_of_hybrid_children(mx):
    nn = mx.gluon.nn

    def nested():
        net = nn.Sequential(prefix="outer_")
        net.add(chain(mx, "Sequential", prefix="s_"), chain(mx, "HybridSequential"))
        return net

    def mixed():
        net = nn.Sequential()
        net.add(nn.Lambda("relu"), nn.Dense(2))
        return net

    nets = {kind: chain(mx, kind, prefix="s_") for kind in CHAINS}
    nets |= {"nested": nested(), "mixed": mixed(), "empty": nn.Sequential()}
    return {
        name: [warned(lambda net=net: net.hybridize()), warned(lambda net=net: net.hybridize(False))]
        for name, net in nets.items()
    }


CONSTRUCTORS = (
    "nn.Conv2D(4, 3, layout='NCW')", "nn.Conv1D(4, 3, layout='NWC')", "nn.Conv3D(4, (3, 3))", "nn.Conv2D(4, (3, 3, 3))",
    "nn.Conv2D(4, 3, groups=3, in_channels=4)", "nn.Conv2D(4, 3, groups=2, in_channels=3)", "nn.Conv2D(4, 3, groups=2)",
    "nn.Conv2D(4, 3, strides=(1,))", "nn.Conv2D(4, 3, strides=0)", "nn.Conv2D(4, 3, dilation=0)", "nn.Conv2D(0, 3)",
    "nn.Conv2D(4, 0)", "nn.Conv2D(4, [3, 3], padding=[1, 1])", "nn.Conv2D(4, np.int64(3))", "nn.Conv2D(4, 3, foo=1)",
    "nn.Conv2D(4, 3, padding=(1, 0), dilation=2, groups=2, use_bias=False, activation='tanh')",
    "nn.Conv2D(4, 3, op_name='Deconvolution')", "nn.Conv2D(4, 3, layout='NHWC')",
    "nn.Conv2D(4, 3, layout='NHWC', in_channels=2)", "nn.Conv2DTranspose(4, 3)", "nn.Conv1DTranspose(4, (3, 3))",
    "nn.Conv2DTranspose(4, 3, output_padding=1, strides=2, in_channels=3)",
    "nn.Conv2DTranspose(4, 3, output_padding=(1,))", "nn.Conv3DTranspose(4, 3, in_channels=2, strides=2, groups=2)",
    "nn.MaxPool2D(layout='NCW')", "nn.MaxPool2D((2, 2, 2))", "nn.MaxPool1D()", "nn.AvgPool3D(2, 3, 1, True)",
    "nn.AvgPool2D(count_include_pad=False)", "nn.GlobalAvgPool3D('NDHWC')", "nn.GlobalMaxPool1D()",
    "nn.MaxPool2D(strides=(1, 2), padding=(0, 1), ceil_mode=True)", "nn.GlobalAvgPool2D('NCW')",
    "nn.Dense(3)", "nn.Dense(3, activation='relu', in_units=2)", "nn.Dense(3, activation='nope')",
    "nn.Dropout(0.5, axes=(1,))", "nn.Embedding(3, 4)", "nn.Embedding(3, 4, dtype='float16', sparse_grad=True)",
    "nn.Embedding(3, 4, dtype=np.float16)", "nn.Flatten()", "nn.Lambda('nope')", "nn.Lambda(3)", "nn.Lambda('tanh')",
    "nn.Lambda(lambda x: x)", "nn.HybridLambda('nope')", "nn.HybridLambda(3)", "nn.HybridLambda('tanh')",
    "nn.HybridLambda(lambda F, x: x)", "nn.BatchNorm()", "nn.BatchNorm(axis=3, in_channels=4, scale=False)",
    "nn.BatchNorm(center=False)", "nn.BatchNormReLU()", "nn.InstanceNorm()", "nn.LayerNorm()",
    "nn.LayerNorm(in_channels=3)", "nn.GroupNorm(3)", "nn.LeakyReLU(0.1)", "nn.LeakyReLU(-1)", "nn.PReLU()",
    "nn.PReLU(in_channels=4)", "nn.ELU(0.3)", "nn.SELU()", "nn.GELU()", "nn.Swish(2)", "nn.Activation('relu')",
    "nn.ReflectionPad2D(2)", "nn.ReflectionPad2D((1, 2))", "nn.ReflectionPad2D((0,) * 8)", "loss.L2Loss()",
    "loss.L1Loss(weight=0.3, batch_axis=1)", "loss.CTCLoss('NCT')", "loss.CTCLoss(label_layout='X')",
    "loss.CTCLoss(label_layout='TN')", "loss.LogisticLoss(label_format='x')", "loss.SDMLLoss()",
    "loss.SigmoidBCELoss()", "loss.SoftmaxCELoss()", "loss.TripletLoss(2)", "loss.CosineEmbeddingLoss()",
    "loss.PoissonNLLLoss()", "loss.L2Loss(prefix='x_')", "loss.Loss(1, 0)", "contrib.nn.PixelShuffle2D((1, 2, 3))",
    "contrib.nn.PixelShuffle2D(2)", "contrib.nn.PixelShuffle1D(2)", "contrib.nn.PixelShuffle1D((2,))",
    "contrib.nn.PixelShuffle3D((1, 2, 3))", "contrib.nn.Identity()", "contrib.nn.SparseEmbedding(3, 4)",
    "contrib.nn.SyncBatchNorm(prefix='q_')", "contrib.nn.SyncBatchNorm(3, num_devices=2, prefix='q_')",
    "contrib.cnn.DeformableConvolution(3, 3)", "contrib.cnn.ModulatedDeformableConvolution(3, (3, 3), layout='X')",
    "contrib.cnn.DeformableConvolution(3, (3, 3), padding=1, activation='relu', use_bias=False, in_channels=2)",
    "contrib.cnn.DeformableConvolution(3, (3, 3), groups=3, in_channels=4)",
)  # fmt: skip


def constructed(mx: Any, expression: str) -> Any:
    """The printed form and the parameters of a layer, with the warnings it gives."""

    def parameter(p):
        init = p.init.dumps() if hasattr(p.init, "dumps") else p.init
        kinds = [p._allow_deferred_init, p._differentiable, p._stype, p._grad_stype]
        return [p.name, p.shape, np.dtype(p.dtype).name, p.grad_req, p.lr_mult, p.wd_mult, init, *kinds]

    def describe():
        names = {"np": np, "nn": mx.gluon.nn, "loss": mx.gluon.loss, "contrib": mx.gluon.contrib}
        layer = eval(expression, names)
        return [repr(layer), layer.name, [parameter(p) for p in layer.collect_params().values()]]

    return attempt(lambda: warned(describe))


@scenario
def constructors(mx):
    return {expression: constructed(mx, expression) for expression in CONSTRUCTORS}


CALLS = {
    "Dense of other size": ("nn.Dense(3, in_units=4)", (2, 3)),
    "Dense of a vector": ("nn.Dense(2)", (3,)),
    "Dense of a vector, unflattened": ("nn.Dense(2, flatten=False)", (3,)),
    "Dense with an unknown activation": ("nn.Dense(2, activation='nope')", (2, 3)),
    "LayerNorm of other size": ("nn.LayerNorm(in_channels=3)", (2, 4)),
    "Conv2D of small data": ("nn.Conv2D(3, 3)", (2, 3, 2, 2)),
    "Conv2D of other channels": ("nn.Conv2D(3, 3, in_channels=4)", (2, 3, 5, 5)),
    "Conv2D of other rank": ("nn.Conv2D(3, 3)", (2, 3, 4)),
    "MaxPool2D of small data": ("nn.MaxPool2D(3)", (1, 1, 2, 2)),
    "GroupNorm of other channels": ("nn.GroupNorm(3)", (2, 4)),
    "HybridLambda without dim": ("nn.HybridLambda('concat')", (3,)),
    "InstanceNorm of a matrix": ("nn.InstanceNorm()", (2, 3)),
    "ReflectionPad2D too wide": ("nn.ReflectionPad2D(5)", (1, 1, 3, 3)),
    "ReflectionPad2D of other rank": ("nn.ReflectionPad2D(1)", (1, 3, 3)),
    "PixelShuffle2D of odd channels": ("contrib.nn.PixelShuffle2D(2)", (1, 3, 2, 2)),
    "SparseEmbedding without a trainer": ("contrib.nn.SparseEmbedding(5, 2)", (3,)),
    "Concurrent without children": ("contrib.nn.Concurrent()", (2, 3)),
    "L2Loss of another label": ("loss.L2Loss()", (2, 3), (3,)),
    "L2Loss with a text as weight": ("loss.L2Loss(weight='a')", (2, 3), (2, 3)),
    "L2Loss without weight": ("loss.L2Loss(weight=None)", (2, 3), (2, 3)),
    "L1Loss with a text as weight": ("loss.L1Loss(weight='a')", (2, 3), (2, 3)),
    "L1Loss, too many sample weights": ("loss.L1Loss()", (2, 3), (2, 3), (5,)),
    "L1Loss, sample weights of other rank": ("loss.L1Loss()", (2, 3), (2, 3), (2,)),
    "SDMLLoss of two sizes": ("loss.SDMLLoss()", (2, 3), (3, 3)),
    "SDMLLoss of one row": ("loss.SDMLLoss()", (1, 3), (1, 3)),
    "Loss itself": ("loss.Loss(1, 0)", (2, 3), (2, 3)),
}


@scenario
def calls(mx):
    def run(expression, shapes):
        names = {"nn": mx.gluon.nn, "loss": mx.gluon.loss, "contrib": mx.gluon.contrib}
        layer = eval(expression, names)
        layer.initialize()
        outputs = layer(*[mx.nd.ones(shape) for shape in shapes])
        outputs.asnumpy()
        return list(outputs.shape)

    return {name: attempt(lambda given=given: run(given[0], given[1:])) for name, given in CALLS.items()}


@scenario
def training(mx):
    """Running statistics stay while only the forward pass runs; dropout drops and scales."""
    layer = mx.gluon.nn.BatchNorm(momentum=0.5, in_channels=2)
    dropout = mx.gluon.nn.Dropout(0.5)
    layer.initialize()
    found = {}
    for mode in ("eager", "hybridized"):
        if mode == "hybridized":
            layer.hybridize()
            dropout.hybridize()
        with mx.autograd.train_mode():
            batch = layer(mx.nd.array([[1.0, 2.0], [3.0, 6.0]])).asnumpy()
            kept = dropout(mx.nd.ones((1000,))).asnumpy()
        found[mode] = {
            "normalized": np.round(batch, 3).tolist(),
            "mean": np.round(layer.running_mean.data().asnumpy(), 4).tolist(),
            "variance": np.round(layer.running_var.data().asnumpy(), 4).tolist(),
            "dropout": sorted(set(kept.tolist())),
            "outside": sorted(set(dropout(mx.nd.ones((1000,))).asnumpy().tolist())),
        }
    return found
