"""Convolutions and their transposes, and reflection padding."""

from __future__ import annotations

from tests.oracle.case import In
from tests.oracle.gluon_cases import Family

case = Family("convolution", lambda mx: mx.gluon.nn)

SIZES = {1: (7,), 2: (6, 5), 3: (5, 4, 5)}

for rank, size in SIZES.items():
    data = (2, 3, *size)
    for name in (f"Conv{rank}D", f"Conv{rank}DTranspose"):

        def add(label, *args, data=data, name=name, **kwargs):
            case(f"{name}-{label}", lambda nn: getattr(nn, name)(*args, **kwargs), data)

        add("plain", 4, 3)
        add("known", 4, kernel_size=2, in_channels=3)
        add("strides", 4, 3, strides=2, padding=1)
        add("no-bias", 4, 3, use_bias=False, activation="relu")
        add("groups", 6, 3, groups=3, padding=1)
        if name != "Conv3DTranspose":  # not in MXNet
            add("dilation", 2, 2, dilation=2, activation="tanh", prefix="conv_")
        add("tuples", 2, (3, 2, 1)[:rank], strides=(1, 2, 1)[:rank], padding=(1, 0, 2)[:rank])
        add("one", 1, 1, weight_initializer="ones", bias_initializer="ones")
    case(f"Conv{rank}DTranspose-output-padding", lambda nn, rank=rank: getattr(nn, f"Conv{rank}DTranspose")(
        3, 3, strides=2, padding=1, output_padding=1), data)  # fmt: skip
    case(f"Conv{rank}DTranspose-everything", lambda nn, rank=rank: getattr(nn, f"Conv{rank}DTranspose")(
        4, 2, strides=2, groups=2, use_bias=False, in_channels=4), (1, 4, *size))  # fmt: skip

case("depthwise", lambda nn: nn.Conv2D(8, 3, groups=8, in_channels=8), (1, 8, 5, 5))
case("wide-kernel", lambda nn: nn.Conv2D(2, (1, 5), padding=(0, 2)), (1, 1, 3, 9))


def _cast(block, dtype):
    block.cast(dtype)
    return block


case("Conv2D-double", lambda nn: _cast(nn.Conv2D(3, 3, activation="relu"), "float64"), In((1, 2, 5, 5), "float64"))
case("Conv2DTranspose-double", lambda nn: _cast(nn.Conv2DTranspose(3, 3, strides=2), "float64"),
     In((1, 2, 4, 4), "float64"))  # fmt: skip

case("reflection-pad", lambda nn: nn.ReflectionPad2D(1), (1, 2, 3, 4))
case("reflection-pad-uneven", lambda nn: nn.ReflectionPad2D((0, 0, 0, 0, 1, 2, 3, 1)), (1, 2, 4, 5))
case("reflection-pad-default", lambda nn: nn.ReflectionPad2D(), (1, 1, 2, 2))
