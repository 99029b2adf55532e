"""Pooling blocks."""

from __future__ import annotations

from tests.oracle.case import In
from tests.oracle.gluon_cases import Family

case = Family("pooling", lambda mx: mx.gluon.nn)

SIZES = {1: (7,), 2: (6, 7), 3: (5, 6, 5)}
LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}

for rank, size in SIZES.items():
    data = (2, 3, *size)
    for kind in ("Max", "Avg"):

        def add(label, *args, data=data, name=f"{kind}Pool{rank}D", **kwargs):
            case(f"{name}-{label}", lambda nn: getattr(nn, name)(*args, **kwargs), data)

        add("default")
        add("strides", 3, strides=2, padding=1)
        add("ceil", 3, 2, ceil_mode=True)
        add("tuples", (3, 2, 1)[:rank], (2, 1, 1)[:rank], (1, 0, 0)[:rank])
        add("channels-last", 2, layout=LAST[rank], data=(2, *size, 3))
        add("half", data=In((1, 2, *size), "float16"), prefix="pool_")
    case(f"AvgPool{rank}D-excluding-padding", lambda nn, rank=rank: getattr(nn, f"AvgPool{rank}D")(
        3, 2, 1, count_include_pad=False), data)  # fmt: skip
    for kind in ("Max", "Avg"):
        name = f"Global{kind}Pool{rank}D"
        case(f"{name}-default", lambda nn, name=name: getattr(nn, name)(), data)
        case(f"{name}-channels-last", lambda nn, name=name, rank=rank: getattr(nn, name)(layout=LAST[rank]),
             (2, *size, 3))  # fmt: skip
