"""Activation blocks."""

from __future__ import annotations

from tests.oracle.case import In
from tests.oracle.gluon_cases import Family

case = Family("activations", lambda mx: mx.gluon.nn)

for kind in ("relu", "sigmoid", "softrelu", "softsign", "tanh"):
    case(f"activation-{kind}", lambda nn, kind=kind: nn.Activation(kind), (2, 3))
    case(f"activation-{kind}-half", lambda nn, kind=kind: nn.Activation(kind), In((5,), "float16"))
case("activation-prefix", lambda nn: nn.Activation("relu", prefix="mine_"), (2, 3))
case("leaky", lambda nn: nn.LeakyReLU(0.1), (2, 3))
case("leaky-zero", lambda nn: nn.LeakyReLU(0), In((7,), "float64"))
case("prelu", lambda nn: nn.PReLU(), (2, 3, 4))
case("prelu-channels", lambda nn: nn.PReLU(in_channels=3), (2, 3, 4, 2))
case("elu", lambda nn: nn.ELU(), (2, 3))
case("elu-alpha", lambda nn: nn.ELU(0.3), In((2, 3), "float64"))
case("selu", lambda nn: nn.SELU(), (2, 3))
case("selu-double", lambda nn: nn.SELU(), In((1, 5), "float64"))
case("gelu", lambda nn: nn.GELU(), (2, 3))
case("gelu-wide", lambda nn: nn.GELU(), In((3, 3, 3), low=-5, high=5))
case("swish", lambda nn: nn.Swish(), (2, 3))
case("swish-beta", lambda nn: nn.Swish(beta=0.5), In((2, 3), "float64"))
