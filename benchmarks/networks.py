"""The networks that are timed, exported by real MXNet with seeded weights, also to ONNX.

Runs in MXNet's environment (mxnet==1.9.1, numpy<1.24, onnx<1.15):

    python -m benchmarks.networks FOLDER NAME BATCH
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, checker, helper, numpy_helper

# MXNet's exporter writes operator set 13, but labels it with the newest one that onnx knows.
onnx.defs.onnx_opset_version = lambda: 13
checker.DEFAULT_CONTEXT.opset_imports = {"": 13}

import mxnet as mx  # noqa: E402
from mxnet.gluon import nn, rnn  # noqa: E402


def vision(name: str, size: int = 224) -> Callable[[int], tuple[mx.gluon.HybridBlock, np.ndarray]]:
    def build(batch: int) -> tuple[mx.gluon.HybridBlock, np.ndarray]:
        return mx.gluon.model_zoo.vision.get_model(name), np.random.rand(batch, 3, size, size).astype("float32")

    return build


class Recurrent(mx.gluon.HybridBlock):
    """One recurrent layer over 50 steps, 256 units."""

    def __init__(self, layer: type[mx.gluon.HybridBlock]) -> None:
        super().__init__()
        with self.name_scope():
            self.layer = layer(256, input_size=128)

    def hybrid_forward(self, F, x):
        return self.layer(x)


class Encoder(mx.gluon.HybridBlock):
    """Transformer encoder layers of BERT's base size: 768 units, 12 heads, 3072 hidden."""

    def __init__(self, layers: int, units: int = 768, heads: int = 12, length: int = 128) -> None:
        super().__init__()
        self._heads, self._units, self._length = heads, units, length
        with self.name_scope():
            self.parts = nn.HybridSequential()
            for _ in range(layers):
                for part in (
                    nn.Dense(3 * units, flatten=False, in_units=units),
                    nn.Dense(units, flatten=False, in_units=units),
                    nn.LayerNorm(in_channels=units),
                    nn.Dense(4 * units, flatten=False, in_units=units),
                    nn.Dense(units, flatten=False, in_units=4 * units),
                    nn.LayerNorm(in_channels=units),
                ):
                    self.parts.add(part)

    def hybrid_forward(self, F, x):
        parts = list(self.parts._children.values())
        for start in range(0, len(parts), 6):
            project, join, norm, widen, narrow, norm2 = parts[start : start + 6]
            split = [self._split_heads(F, part) for part in F.split(project(x), num_outputs=3, axis=2)]
            scores = F.batch_dot(split[0], split[1], transpose_b=True) / (self._units / self._heads) ** 0.5
            mixed = F.batch_dot(F.softmax(scores), split[2])
            mixed = F.reshape(mixed, shape=(-1, self._heads, self._length, self._units // self._heads))
            mixed = F.reshape(F.transpose(mixed, axes=(0, 2, 1, 3)), shape=(-1, self._length, self._units))
            x = norm(x + join(mixed))
            x = norm2(x + narrow(F.LeakyReLU(widen(x), act_type="gelu")))
        return x

    def _split_heads(self, F, x):
        # Plain sizes instead of MXNet's reshape codes: its ONNX export knows only 0 and -1.
        size = self._units // self._heads
        x = F.transpose(F.reshape(x, shape=(-1, self._length, self._heads, size)), axes=(0, 2, 1, 3))
        return F.reshape(x, shape=(-1, self._length, size))


NETWORKS: dict[str, Callable[[int], tuple[mx.gluon.HybridBlock, np.ndarray]]] = {
    "resnet18": vision("resnet18_v1"),
    "resnet50": vision("resnet50_v1"),
    "mobilenet1.0": vision("mobilenet1.0"),
    "mobilenetv2_1.0": vision("mobilenetv2_1.0"),
    "squeezenet1.0": vision("squeezenet1.0"),
    "densenet121": vision("densenet121"),
    "inceptionv3": vision("inceptionv3", 299),
    "vgg16": vision("vgg16"),
    "lstm": lambda batch: (Recurrent(rnn.LSTM), np.random.rand(50, batch, 128).astype("float32")),
    "gru": lambda batch: (Recurrent(rnn.GRU), np.random.rand(50, batch, 128).astype("float32")),
    "bert_base": lambda batch: (Encoder(layers=12), np.random.rand(batch, 128, 768).astype("float32")),
}


def export(folder: Path, name: str, batch: int) -> None:
    """Write model-symbol.json, model-0000.params, inputs.npz and model.onnx."""
    mx.random.seed(0)
    np.random.seed(0)
    net, data = NETWORKS[name](batch)
    net.initialize(mx.init.Xavier())
    net.hybridize()
    net(mx.nd.array(data))
    folder.mkdir(parents=True, exist_ok=True)
    net.export(str(folder / "model"))
    np.savez(folder / "inputs.npz", data=data)
    target = folder / "model.onnx"
    if name in _GATES:  # MXNet's own export of RNN does not pass ONNX's checker
        params = {key: value.data().asnumpy() for key, value in net.collect_params().items()}
        onnx.save(recurrent_to_onnx(name, params, data.shape), str(target))
    else:
        symbol, params = (str(folder / f"model-{part}") for part in ("symbol.json", "0000.params"))
        mx.onnx.export_model(symbol, params, [data.shape], [np.float32], str(target))
        onnx.save(without_weight_inputs(onnx.load(str(target))), str(target))


def without_weight_inputs(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights listed as inputs would not be constants to ONNX Runtime, and it would not fold BatchNorm."""
    weights = {tensor.name for tensor in model.graph.initializer}
    kept = [value for value in model.graph.input if value.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    return model


# Where ONNX's gates are in MXNet's order: i, o, f, c of i, f, c, o; update, reset, new of reset, update, new.
_GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2)}


def recurrent_to_onnx(name: str, params: dict[str, np.ndarray], shape: tuple[int, ...]) -> onnx.ModelProto:
    """One recurrent layer as an ONNX node."""
    order = _GATES[name]

    def take(suffix: str) -> np.ndarray:
        value = next(array for key, array in params.items() if key.endswith(suffix))
        parts = np.split(value, len(order))
        return np.concatenate([parts[i] for i in order])[None]

    bias = np.concatenate([take("i2h_bias"), take("h2h_bias")], axis=1)
    weights = {"W": take("i2h_weight"), "R": take("h2h_weight"), "B": bias, "axes": np.array([1], "int64")}
    hidden = weights["R"].shape[-1]
    extra = {"linear_before_reset": 1} if name == "gru" else {}
    nodes = [
        helper.make_node(name.upper(), ["data", "W", "R", "B"], ["y"], hidden_size=hidden, **extra),
        helper.make_node("Squeeze", ["y", "axes"], ["out"]),
    ]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, (*shape[:2], hidden))],
        [numpy_helper.from_array(np.ascontiguousarray(value), key) for key, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])


if __name__ == "__main__":
    export(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
