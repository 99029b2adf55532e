"""Detection, low precision, the format of 2016, and numpy operators."""

from __future__ import annotations

from typing import Any

import mxnet as mx
import numpy as np
from mxnet.gluon import HybridBlock, nn

from tests.oracle.networks import Built, network
from tests.oracle.networks.vision import stack


@network()
def detector() -> Built:
    """One stage: anchors of two scales, boxes decoded from them, scores, and non-maximum suppression."""
    data = mx.sym.var("data")
    features = mx.sym.Activation(
        mx.sym.Convolution(data, kernel=(3, 3), stride=(4, 4), num_filter=6, name="c0"), act_type="relu"
    )
    smaller = mx.sym.Activation(
        mx.sym.Convolution(features, kernel=(3, 3), stride=(2, 2), pad=(1, 1), num_filter=6, name="c1"), act_type="relu"
    )
    anchors, classes, offsets = [], [], []
    for index, (x, sizes) in enumerate([(features, (0.3, 0.4)), (smaller, (0.5, 0.7))]):
        anchors.append(mx.sym.contrib.MultiBoxPrior(x, sizes=sizes, ratios=(1, 2), clip=bool(index)))
        for kind, width, found in [("class", 4, classes), ("offset", 4, offsets)]:
            scores = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), num_filter=3 * width, name=f"{kind}{index}")
            found.append(mx.sym.Reshape(mx.sym.transpose(scores, axes=(0, 2, 3, 1)), shape=(0, -1, width)))
    scores = mx.sym.softmax(mx.sym.concat(*classes, dim=1))
    boxes = mx.sym.contrib.box_decode(
        mx.sym.concat(*offsets, dim=1), mx.sym.concat(*anchors, dim=1), 0.1, 0.1, 0.2, 0.2, format="corner"
    )
    foreground = mx.sym.slice_axis(scores, axis=2, begin=1, end=None)
    best = mx.sym.max(foreground, axis=2, keepdims=True)
    which = mx.sym.argmax(foreground, axis=2, keepdims=True)
    found = mx.sym.contrib.box_nms(
        mx.sym.concat(which, best, boxes, dim=2), overlap_thresh=0.4, valid_thresh=0.3, topk=20, id_index=0,
        score_index=1, coord_start=2, name="nms",
    )  # fmt: skip
    return Built(mx.sym.Group([found, scores]), {"data": (2, 3, 19, 19)})


def with_single_products(graph: dict[str, Any]) -> dict[str, Any]:
    """MXNet multiplies float16 matrices on GPUs only, and sums in float32 there: cast around its products."""
    nodes, place = [], {}

    def cast(source: int, index: int, dtype: str) -> int:
        nodes.append(
            {"op": "Cast", "name": f"cast{len(nodes)}", "attrs": {"dtype": dtype}, "inputs": [[source, index, 0]]}
        )
        return len(nodes) - 1

    for number, node in enumerate(graph["nodes"]):
        inputs = [[place[source], index, 0] for source, index, _ in node["inputs"]]
        product = node["op"] in ("Convolution", "FullyConnected")
        if product:
            inputs = [[cast(source, index, "float32"), 0, 0] for source, index, _ in inputs]
        nodes.append({**node, "inputs": inputs})
        place[number] = cast(len(nodes) - 1, 0, "float16") if product else len(nodes) - 1
    variables = [number for number, node in enumerate(nodes) if node["op"] == "null"]
    heads = [[place[source], index, 0] for source, index, _ in graph["heads"]]
    return {**graph, "nodes": nodes, "arg_nodes": variables, "heads": heads, "node_row_ptr": [*range(len(nodes) + 1)]}


@network()
def half_precision() -> Built:
    """A network cast to float16, whose BatchNorm keeps float32 parameters."""
    net = stack(nn.Conv2D(6, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"), nn.MaxPool2D(2))
    net.add(
        nn.Conv2D(8, 3, groups=2), nn.LeakyReLU(0.1), nn.GlobalAvgPool2D(), nn.Dense(7), nn.LayerNorm(), nn.Dense(5)
    )
    net.cast("float16")
    data = np.random.RandomState(3).uniform(-1, 1, (2, 3, 10, 10)).astype("float16")
    return Built(net(mx.sym.var("data", dtype="float16")), {"data": data}, runnable=with_single_products)


@network()
def quantized() -> Built:
    """int8, calibrated and fused by MXNet's own tool: convolutions, a residual sum, pooling, a dense layer."""
    from mxnet.contrib.quantization import quantize_model_mkldnn

    random = np.random.RandomState(4)
    x = mx.sym.var("data")
    for index in range(3):
        x = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), num_filter=8, no_bias=index > 0, name=f"c{index}")
        x = mx.sym.BatchNorm(x, fix_gamma=False, name=f"bn{index}")
        x = mx.sym.Activation(x, act_type="relu", name=f"r{index}")
        x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="avg" if index else "max", name=f"p{index}")
    x = mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=5, name="fc")
    args, aux = draw(x, {"data": (2, 3, 16, 16)}, random)
    batches = mx.io.NDArrayIter(mx.nd.array(random.uniform(-1, 1, (4, 3, 16, 16))), batch_size=2)
    net, args, aux = quantize_model_mkldnn(
        x, args, aux, calib_mode="naive", calib_data=batches, num_calib_examples=4, quantized_dtype="auto"
    )
    params = {**{f"arg:{key}": value for key, value in args.items()}, **{f"aux:{key}": v for key, v in aux.items()}}
    return Built(net, {"data": random.uniform(-1, 1, (2, 3, 16, 16)).astype("float32")}, params)


def draw(symbol, shapes: dict[str, tuple[int, ...]], random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and auxiliary states of a symbol."""
    from tests.oracle.make_networks import draw_parameter

    arguments, _, states = symbol.infer_shape(**shapes)
    pairs = zip(symbol.list_arguments(), arguments)
    args = {name: mx.nd.array(draw_parameter(random, name, shape)) for name, shape in pairs if name not in shapes}
    pairs = zip(symbol.list_auxiliary_states(), states)
    return args, {name: mx.nd.array(draw_parameter(random, name, shape)) for name, shape in pairs}


def as_of_2016(graph: dict[str, Any]) -> dict[str, Any]:
    """MXNet 0.8 wrote ``param`` beside ``attr``, entries of two numbers, no version, and no auxiliary inputs."""
    states = {n for node in graph["nodes"] if node["op"] == "BatchNorm" for n, *_ in node["inputs"][3:]}
    kept = [index for index in range(len(graph["nodes"])) if index not in states]
    place = {old: new for new, old in enumerate(kept)}
    nodes = []
    for node in (graph["nodes"][index] for index in kept):
        user = {"weight_wd_mult": "0.5", "lr_mult": "2"} if node["op"] == "FullyConnected" else {}
        param = node.get("attrs", {}) if node["op"] != "null" else {}
        inputs = [[place[source], index] for source, index, *_ in node["inputs"] if source in place]
        row = {"op": node["op"], "param": param, "name": node["name"], "inputs": inputs, "backward_source_id": -1}
        nodes.append({**row, "attr": user} if user else row)
    variables = [place[index] for index in graph["arg_nodes"] if index in place]
    return {"nodes": nodes, "arg_nodes": variables, "heads": [[place[source], i] for source, i, *_ in graph["heads"]]}


@network()
def module_2016() -> Built:
    """A Module's symbol with a loss head, its label, and names of that time."""
    data = mx.sym.Variable("data")
    x = mx.sym.Convolution(data, kernel=(3, 3), num_filter=6, name="conv1", workspace=512)
    x = mx.sym.BatchNorm(x, momentum=0.95, eps=2e-5, name="bn1")
    x = mx.sym.Pooling(mx.sym.Activation(x, act_type="relu", name="relu1"), kernel=(2, 2), stride=(2, 2),
                       pool_type="max", pooling_convention="full", name="pool1")  # fmt: skip
    x = mx.sym.LRN(x, nsize=3, name="norm1")
    left, right = mx.sym.SliceChannel(x, num_outputs=2, name="split")
    x = mx.sym.ElementWiseSum(left, mx.sym.BatchNorm(right, fix_gamma=False, name="bn2"), name="sum")
    x = mx.sym.FullyConnected(mx.sym.Flatten(x, name="flat"), num_hidden=8, name="fc1")
    x = mx.sym.LeakyReLU(x, act_type="elu", slope=0.3, name="act")
    x = mx.sym.FullyConnected(x, num_hidden=5, name="fc2")
    net = mx.sym.SoftmaxOutput(x, name="softmax")
    return Built(net, {"data": (2, 3, 9, 9), "softmax_label": np.array([3, 1], "float32")}, None, True, as_of_2016)


class NumpyNetwork(HybridBlock):
    """numpy's names: einsum, where, reductions, indexing, scalars, several outputs."""

    def __init__(self, **keywords):
        super().__init__(**keywords)
        with self.name_scope():
            self.dense = nn.Dense(6, flatten=False)
            self.norm = nn.LayerNorm()
            self.out = nn.Dense(3, activation="tanh")

    def hybrid_forward(self, F, x):
        x = F.npx.relu(self.norm(self.dense(x)))
        scores = F.npx.softmax(F.np.einsum("bij,bkj->bik", x, x), axis=-1)
        mixed = F.np.matmul(scores, x)
        joined = F.np.concatenate([mixed, F.np.expand_dims(F.np.sum(scores, axis=-1), -1)], axis=-1)
        chosen = F.np.where(joined > 0.5, F.np.exp(-joined), F.np.tanh(joined * 2 - 1))
        first = F.npx.reshape(chosen[:, :2], (-2, -4))
        centred = chosen - F.np.mean(chosen, axis=(0, 1), keepdims=True)
        pieces = F.np.split(F.np.transpose(centred, (0, 2, 1)), 7, axis=1)
        return [
            self.out(first),
            F.np.cumsum(F.np.squeeze(pieces[1], axis=1), axis=1),
            F.npx.topk(first, k=3, ret_typ="value"),
        ]


@network(numpy=True)
def numpy_style() -> Built:
    return Built(NumpyNetwork(), {"data": (2, 5, 4)})
