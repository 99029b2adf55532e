"""Blocks made of blocks: containers, scopes, sharing, custom forwards, nested arguments, SymbolBlocks inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.case import In
from tests.oracle.gluon_cases import Family

case = Family("compositions")


def sequence(
    mx: Any, *layers: Callable[[Any], Any], kind: str = "HybridSequential", scoped: bool = True, **kwargs: Any
):
    """A container of what `layers` make of gluon.nn, inside its name scope or not."""
    net = getattr(mx.gluon.nn, kind)(**kwargs)
    if scoped:
        with net.name_scope():
            net.add(*[layer(mx.gluon.nn) for layer in layers])
    else:
        net.add(*[layer(mx.gluon.nn) for layer in layers])
    return net


def custom(mx: Any, forward: Callable[..., Any], make: Callable[[Any, Any], None] = lambda self, nn: None,
           scoped: bool = True, **kwargs: Any) -> Any:  # fmt: skip
    """A HybridBlock with attributes set by `make` and this `hybrid_forward`."""

    class Custom(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__(**kwargs)
            if scoped:
                with self.name_scope():
                    make(self, mx.gluon.nn)
            else:
                make(self, mx.gluon.nn)

        def hybrid_forward(self, F, *args, **params):
            return forward(self, F, *args, **params)

    return Custom()


def attributes(**makers: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
    """Sets one attribute per block maker."""

    def make(self: Any, nn: Any) -> None:
        for name, maker in makers.items():
            setattr(self, name, maker(nn))

    return make


def dense(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    return lambda nn: nn.Dense(*args, **kwargs)


# --- containers
for kind in ("HybridSequential", "Sequential"):
    hybrid = kind == "HybridSequential"

    def add(label, *layers, inputs=((2, 3),), kind=kind, hybrid=hybrid, **kwargs):
        case(f"{kind}-{label}", lambda mx: sequence(mx, *layers, kind=kind, **kwargs), *inputs, hybrid=hybrid)

    add("two", dense(4, activation="relu"), dense(2))
    add("unscoped", dense(4), dense(2), scoped=False)
    add("prefix", dense(4), dense(2), prefix="net_")
    add("prefix-empty", dense(4), dense(2), prefix="")
    add("prefixed-children", dense(4, prefix="first_"), dense(2, prefix="second_"), prefix="net_")
    add("one", dense(4, in_units=3))
    add("mixed", lambda nn: nn.Conv2D(3, 3, padding=1), lambda nn: nn.BatchNorm(), lambda nn: nn.Activation("relu"),
        lambda nn: nn.MaxPool2D(), lambda nn: nn.Flatten(), lambda nn: nn.Dropout(0.5), dense(2),
        inputs=((2, 1, 6, 6),))  # fmt: skip
    add("lambdas", dense(4), lambda nn: nn.HybridLambda("tanh"), lambda nn: nn.HybridLambda(lambda F, x: F.relu(x)))
    add("double", dense(4, dtype="float64"), inputs=(In((2, 3), "float64"),))
    add("slice", *[dense(units) for units in (2, 3, 4, 5)])
    case(f"{kind}-taken-slice", lambda mx, kind=kind: sequence(
        mx, *[dense(units) for units in (2, 3, 4, 5)], kind=kind)[1:3], (2, 3), hybrid=hybrid)  # fmt: skip
    case(f"{kind}-taken-item", lambda mx, kind=kind: sequence(
        mx, *[dense(units) for units in (2, 3, 4)], kind=kind)[len("ab")], (2, 3))  # fmt: skip
    case(f"{kind}-empty", lambda mx, kind=kind: sequence(mx, kind=kind), (2, 3), hybrid=False)


def nested(mx: Any, *kinds: str) -> Any:
    net = getattr(mx.gluon.nn, kinds[0])()
    with net.name_scope():
        net.add(mx.gluon.nn.Dense(3))
        if kinds[1:]:
            net.add(nested(mx, *kinds[1:]))
        net.add(mx.gluon.nn.Dense(2, activation="tanh"))
    return net


case("nested-hybrid", lambda mx: nested(mx, *["HybridSequential"] * 4), (2, 3))
case("nested-plain", lambda mx: nested(mx, *["Sequential"] * 3), (2, 3), hybrid=False)
case("nested-hybrid-in-plain", lambda mx: nested(mx, "Sequential", "HybridSequential", "HybridSequential"), (2, 3),
     hybrid=False)  # fmt: skip
case("more-than-ten-children", lambda mx: sequence(mx, *[dense(2)] * 12), (2, 3))


def add_one_by_one(mx: Any) -> Any:
    net = mx.gluon.nn.HybridSequential(prefix="chain_")
    for units in (3, 2):
        net.add(mx.gluon.nn.Dense(units))
        with net.name_scope():
            net.add(mx.gluon.nn.Dense(units, use_bias=False))
    return net


case("added-inside-and-outside-scope", add_one_by_one, (2, 3))

# --- custom forwards
case("custom-two-dense", lambda mx: custom(
    mx, lambda self, F, x: self.b(F.relu(self.a(x))), attributes(a=dense(4), b=dense(2))), (2, 3))  # fmt: skip
case("custom-unscoped", lambda mx: custom(
    mx, lambda self, F, x: self.b(self.a(x)) + 1, attributes(a=dense(4), b=dense(2)), scoped=False), (2, 3))  # fmt: skip
case("custom-prefix", lambda mx: custom(
    mx, lambda self, F, x: F.broadcast_sub(self.a(x) * 2, x.sum()), attributes(a=dense(4)), prefix="mine_"), (2, 3))  # fmt: skip
case("custom-unnamed-operators", lambda mx: custom(
    mx, lambda self, F, x: -(((x + 1) * 2 - 3) / 4) ** 2 + F.exp(x) * x - (1 - x) / (2 + x) + x % 2), (2, 3))  # fmt: skip
case("custom-comparisons", lambda mx: custom(
    mx, lambda self, F, x, y: (x > y) + (x >= 0.5) * (x != y) + (x < 0) + (x == x) - (x <= y)), (2, 3), (2, 3))  # fmt: skip
case("custom-named-operators", lambda mx: custom(
    mx, lambda self, F, x: F.FullyConnected(x, F.ones((4, 3)), num_hidden=4, no_bias=True, name="fc")), (2, 3))  # fmt: skip
case("custom-fluent", lambda mx: custom(
    mx, lambda self, F, x: x.transpose((1, 0)).reshape((1, -1)).expand_dims(0).slice_axis(axis=2, begin=1, end=4)),
    (2, 3))  # fmt: skip
case("custom-indexing-split", lambda mx: custom(
    mx, lambda self, F, x: F.split(x, num_outputs=3, axis=1)[1] * 2), (2, 3))  # fmt: skip
case("custom-creation", lambda mx: custom(
    mx, lambda self, F, x: F.broadcast_add(x, F.arange(3)) + F.zeros((2, 3)) + F.full((2, 3), 2.0)), (2, 3))  # fmt: skip
case("custom-tuple", lambda mx: custom(
    mx, lambda self, F, x: (self.a(x), x + 1), attributes(a=dense(4))), (2, 3))  # fmt: skip
case("custom-nested-outputs", lambda mx: custom(
    mx, lambda self, F, x: [x, (x + 1, [self.a(x)]), [x * 2, x * 3]], attributes(a=dense(4))), (2, 3))  # fmt: skip
case("custom-list-argument", lambda mx: custom(
    mx, lambda self, F, x, pair: F.concat(x, *pair, dim=1)), (2, 3), [(2, 1), (2, 2)])  # fmt: skip
case("custom-deep-list-argument", lambda mx: custom(
    mx, lambda self, F, x, rest: (x + rest[0], rest[1][0] * rest[1][1][0])), (2, 3),
    [(2, 3), [(2, 3), [(2, 3)]]])  # fmt: skip
case("custom-none-argument", lambda mx: custom(
    mx, lambda self, F, x, mask, y: x + y if mask is None else x * mask), (2, 3), None, (2, 3))  # fmt: skip
case("custom-default-none", lambda mx: custom(
    mx, lambda self, F, x, mask=None: x + 1 if mask is None else x * mask), (2, 3))  # fmt: skip
case("custom-default-given", lambda mx: custom(
    mx, lambda self, F, x, mask=None: x + 1 if mask is None else x * mask), (2, 3), (2, 3))  # fmt: skip
case("custom-none-inside-list", lambda mx: custom(
    mx, lambda self, F, x, pair: x + pair[1] if pair[0] is None else x), (2, 3), [None, (2, 3)])  # fmt: skip
case("custom-unused-input", lambda mx: custom(mx, lambda self, F, x, y: x + 1), (2, 3), (1,))
case("custom-multi-output-child", lambda mx: custom(
    mx, lambda self, F, x: self.b(self.a(x)[1]),
    lambda self, nn: (setattr(self, "a", nn.HybridLambda(lambda F, x: F.split(x, num_outputs=3, axis=1))),
                      setattr(self, "b", nn.Dense(2)))), (2, 3))  # fmt: skip
case("custom-child-used-twice", lambda mx: custom(
    mx, lambda self, F, x: self.a(self.a(x)), attributes(a=dense(3))), (2, 3))  # fmt: skip
case("custom-whole-list-of-split", lambda mx: custom(
    mx, lambda self, F, x: list(F.split(x, num_outputs=3, axis=1))), (2, 3))  # fmt: skip


# --- own parameters
def own(name: str, **kwargs: Any) -> Callable[[Any, Any], None]:
    return lambda self, nn: setattr(self, name, self.params.get(name, **kwargs))


def constants(self: Any, nn: Any) -> None:
    self.table = self.params.get_constant("table", np.arange(6, dtype="float32").reshape(2, 3))


case("parameter", lambda mx: custom(
    mx, lambda self, F, x, scale: F.broadcast_mul(x, scale), own("scale", shape=(1, 3))), (2, 3))  # fmt: skip
case("parameter-options", lambda mx: custom(
    mx, lambda self, F, x, scale: F.broadcast_mul(x, scale),
    own("scale", shape=(2, 3), init="ones", lr_mult=2.0, wd_mult=0.0, grad_req="null")), (2, 3))  # fmt: skip
case("parameter-of-double", lambda mx: custom(
    mx, lambda self, F, x, scale: F.broadcast_mul(x, scale), own("scale", shape=(1, 3), dtype="float64")),
    In((2, 3), "float64"))  # fmt: skip
case("parameter-deferred", lambda mx: custom(
    mx, lambda self, F, x, w: F.FullyConnected(x, w, num_hidden=4, no_bias=True),
    own("w", shape=(4, 0), allow_deferred_init=True)), (2, 3))  # fmt: skip
case(
    "parameter-not-differentiable",
    lambda mx: custom(
        mx, lambda self, F, x, steps: F.broadcast_mul(x, steps), own("steps", shape=(1,), differentiable=False)
    ),
    (2, 3),
)
case("constant", lambda mx: custom(mx, lambda self, F, x, table: x + table, constants), (2, 3))
case("constant-beside-weights", lambda mx: custom(
    mx, lambda self, F, x, table: self.a(x * table),
    lambda self, nn: (constants(self, nn), setattr(self, "a", nn.Dense(2)))), (2, 3))  # fmt: skip


# --- sharing
def shared_layers(mx: Any) -> Any:
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    with net.name_scope():
        first = mx.gluon.nn.Dense(3, in_units=3)
        net.add(first, mx.gluon.nn.Dense(3, in_units=3, params=first.params), mx.gluon.nn.Dense(2))
    return net


def shared_nets(mx: Any) -> Any:
    first = sequence(mx, dense(3, in_units=3), dense(2, in_units=3), prefix="net_")
    second = sequence(mx, dense(3, in_units=3), dense(2, in_units=3), prefix="net_", params=first.collect_params())
    return custom(mx, lambda self, F, x: self.one(x) + self.two(x + 1), lambda self, nn: (
        setattr(self, "one", first), setattr(self, "two", second)))  # fmt: skip


def same_child_twice(mx: Any) -> Any:
    layer = mx.gluon.nn.Dense(3)
    return sequence(mx, lambda nn: layer, lambda nn: nn.Activation("relu"), lambda nn: layer)


def shared_cells(mx: Any) -> Any:
    rnn = mx.gluon.rnn
    first = rnn.LSTMCell(4, input_size=4, prefix="a_")
    net = rnn.HybridSequentialRNNCell()
    net.add(first)
    net.add(rnn.LSTMCell(4, input_size=4, prefix="a_", params=first.params))
    return net


case("shared-layers", shared_layers, (2, 3))
case("shared-nets", shared_nets, (2, 3))
case("same-child-twice", same_child_twice, (2, 3))
case("shared-cells", shared_cells, (2, 4), [(2, 4)] * 4, export=False)


# --- SymbolBlocks, and blocks in symbols
def symbol_net(mx: Any) -> Any:
    data = mx.sym.var("data")
    hidden = mx.sym.FullyConnected(data, num_hidden=4, name="fc1")
    hidden = mx.sym.BatchNorm(mx.sym.Activation(hidden, act_type="relu", name="act"), name="bn")
    return mx.sym.FullyConnected(hidden, num_hidden=2, name="fc2"), data


def internals(mx: Any) -> Any:
    out, data = symbol_net(mx)
    inside = out.get_internals()
    return mx.gluon.SymbolBlock([inside["fc1_output"], inside["bn_output"]], data)


def two_inputs(mx: Any) -> Any:
    a, b = mx.sym.var("a"), mx.sym.var("b")
    out = mx.sym.FullyConnected(mx.sym.concat(a, b, dim=1), num_hidden=3, name="fc")
    return mx.gluon.SymbolBlock(mx.sym.Group([out, a * 2]), [a, b])


def feature_extractor(mx: Any) -> Any:
    net = sequence(mx, dense(4, activation="relu"), dense(3, activation="relu"), dense(2), prefix="model_")
    data = mx.sym.var("data")
    inside = net(data).get_internals()
    outputs = [inside["model_dense0_relu_fwd_output"], inside["model_dense1_relu_fwd_output"]]
    return mx.gluon.SymbolBlock(outputs, data, params=net.collect_params())


case("symbol-block", lambda mx: mx.gluon.SymbolBlock(*symbol_net(mx)), (2, 3))
case("symbol-block-internals", internals, (2, 3))
case("symbol-block-two-inputs", two_inputs, (2, 3), (2, 2))
case("symbol-block-features", feature_extractor, (2, 3))
case("symbol-block-nested", lambda mx: custom(
    mx, lambda self, F, x: self.head(F.tanh(self.body(x))),
    lambda self, nn: (setattr(self, "body", mx.gluon.SymbolBlock(*symbol_net(mx))), setattr(self, "head", nn.Dense(2)))),
    (2, 3))  # fmt: skip
case("symbol-block-in-sequential", lambda mx: sequence(
    mx, lambda nn: mx.gluon.SymbolBlock(*symbol_net(mx)), dense(3)), (2, 3))  # fmt: skip


# --- bigger pieces
def residual(mx: Any) -> Any:
    nn = mx.gluon.nn
    body = sequence(mx, lambda nn: nn.Conv2D(4, 3, padding=1, use_bias=False), lambda nn: nn.BatchNorm(),
                    lambda nn: nn.Activation("relu"), lambda nn: nn.Conv2D(4, 3, padding=1))  # fmt: skip
    return custom(mx, lambda self, F, x: F.Activation(self.body(x) + self.skip(x), act_type="relu"), lambda self, _: (
        setattr(self, "body", body), setattr(self, "skip", nn.Conv2D(4, 1))))  # fmt: skip


def language_model(mx: Any) -> Any:
    return custom(
        mx,
        lambda self, F, x, state: self.decode(self.rnn(self.embed(x), state)[0]),
        lambda self, nn: (
            setattr(self, "embed", nn.Embedding(10, 4)),
            setattr(self, "rnn", mx.gluon.rnn.GRU(3, input_size=4)),
            setattr(self, "decode", nn.Dense(10, flatten=False, in_units=3)),
        ),
    )


def attention(self: Any, F: Any, x: Any) -> Any:
    scores = F.batch_dot(self.query(x), self.key(x), transpose_b=True) / 2.0
    return self.norm(F.batch_dot(F.softmax(scores, axis=-1), self.value(x)) + x)


def control_flow(self: Any, F: Any, x: Any, state: Any) -> Any:
    outputs, states = F.contrib.foreach(lambda item, s: (self.a(item) + s, s + 1), x, state)
    return outputs, states


def plain_block(mx: Any) -> Any:
    class Plain(mx.gluon.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.first = mx.gluon.nn.Dense(4)
                self.second = mx.gluon.nn.Dense(2)

        def forward(self, x):
            return self.second(mx.nd.relu(self.first(x)))

    return Plain(prefix="plain_")


case("residual", residual, (1, 2, 5, 5))
case("language-model", language_model, In((3, 2), "float32", values=[[1, 2], [3, 4], [9, 0]]), [(1, 2, 3)])
case("attention", lambda mx: custom(mx, attention, attributes(
    query=dense(4, flatten=False), key=dense(4, flatten=False), value=dense(4, flatten=False),
    norm=lambda nn: nn.LayerNorm())), (2, 3, 4))  # fmt: skip
case("foreach", lambda mx: custom(
    mx, control_flow, attributes(a=dense(4, in_units=3, flatten=False))), (3, 2, 3), (2, 4))  # fmt: skip
case("plain-block", plain_block, (2, 3), hybrid=False)
