"""A cascade in the manner of MTCNN: a network over a pyramid of pictures, NDArray and numpy mixed, then a refiner."""

import json
import sys

import mxnet as mx
import numpy as np

rng = np.random.RandomState(8)


def proposal_network():
    data = mx.sym.Variable("data")
    body = mx.sym.Convolution(data, kernel=(3, 3), num_filter=6, name="conv1")
    body = mx.sym.LeakyReLU(body, act_type="prelu", name="prelu1")
    body = mx.sym.Pooling(body, kernel=(2, 2), stride=(2, 2), pool_type="max", pooling_convention="full")
    body = mx.sym.LeakyReLU(
        mx.sym.Convolution(body, kernel=(3, 3), num_filter=8, name="conv2"), act_type="prelu", name="prelu2"
    )
    scores = mx.sym.SoftmaxActivation(
        mx.sym.Convolution(body, kernel=(1, 1), num_filter=2, name="conv4_1"), mode="channel", name="prob1"
    )
    boxes = mx.sym.Convolution(body, kernel=(1, 1), num_filter=4, name="conv4_2")
    return mx.sym.Group([boxes, scores])


def refining_network():
    data = mx.sym.Variable("data")
    body = mx.sym.Convolution(data, kernel=(3, 3), num_filter=6, name="conv1")
    body = mx.sym.LeakyReLU(body, act_type="prelu", name="prelu1")
    body = mx.sym.FullyConnected(
        mx.sym.Pooling(body, kernel=(2, 2), stride=(2, 2), pool_type="max"), num_hidden=12, name="fc"
    )
    scores = mx.sym.SoftmaxActivation(mx.sym.FullyConnected(body, num_hidden=2, name="cls"), name="prob1")
    return mx.sym.Group([mx.sym.FullyConnected(body, num_hidden=4, name="box"), scores])


def weights_of(symbol, shape):
    shapes, _, _ = symbol.infer_shape(data=shape)
    return {
        name: mx.nd.array(rng.normal(scale=0.3, size=each))
        for name, each in zip(symbol.list_arguments(), shapes)
        if name != "data"
    }


def nms(boxes, threshold):
    """Indices of the boxes that no better one overlaps by more than the threshold."""
    x1, y1, x2, y2, scores = boxes.T
    areas = (x2 - x1 + 1) * (y2 - y1 + 1)
    order, picked = np.argsort(-scores, kind="stable"), []
    while order.size:
        best, rest = order[0], order[1:]
        picked.append(best)
        width = np.maximum(0, np.minimum(x2[best], x2[rest]) - np.maximum(x1[best], x1[rest]) + 1)
        height = np.maximum(0, np.minimum(y2[best], y2[rest]) - np.maximum(y1[best], y1[rest]) + 1)
        overlap = width * height / (areas[best] + areas[rest] - width * height)
        order = rest[overlap <= threshold]
    return picked


picture = rng.uniform(0, 255, size=(40, 48, 3)).astype("float32")
first, second = proposal_network(), refining_network()
first_weights, second_weights = weights_of(first, (1, 3, 20, 20)), weights_of(second, (1, 3, 12, 12))

proposals = []
for scale in (1.0, 0.7, 0.5):
    height, width = int(np.ceil(40 * scale)), int(np.ceil(48 * scale))
    rows = (np.arange(height) / scale).astype(int).clip(0, 39)
    columns = (np.arange(width) / scale).astype(int).clip(0, 47)
    scaled = picture[rows][:, columns]
    batch = mx.nd.array((scaled.transpose(2, 0, 1)[None] - 127.5) * 0.0078125)
    executor = first.simple_bind(ctx=mx.cpu(), grad_req="null", data=batch.shape)
    executor.copy_params_from(first_weights)
    executor.arg_dict["data"][:] = batch
    offsets, scores = [output.asnumpy() for output in executor.forward(is_train=False)]
    at = np.argwhere(scores[0, 1] > 0.55)
    for row, column in at:
        corner = np.array([column, row, column + 5, row + 5]) * 2 / scale
        shift = offsets[0, :, row, column] * 2
        proposals.append([*(corner + shift).tolist(), float(scores[0, 1, row, column])])
proposals = np.array(proposals)
proposals = proposals[nms(proposals, 0.5)][:16]

crops = mx.nd.zeros((len(proposals), 3, 12, 12))
for number, (x1, y1, x2, y2, _) in enumerate(proposals):
    rows = np.linspace(y1, y2, 12).astype(int).clip(0, 39)
    columns = np.linspace(x1, x2, 12).astype(int).clip(0, 47)
    crops[number] = (picture[rows][:, columns].transpose(2, 0, 1) - 127.5) * 0.0078125
executor = second.bind(mx.cpu(), {**second_weights, "data": crops})
boxes, scores = executor.forward()
best = scores[:, 1].argsort(is_ascend=False)[:5]
refined = mx.nd.concat(boxes.take(best), scores.take(best)[:, 1:2], dim=1)
mask = (refined[:, 4] > 0.1).asnumpy().astype(bool)

results = {
    "count": len(proposals),
    "proposals": proposals.tolist(),
    "refined": refined.asnumpy()[mask].tolist(),
    "means": [float(crops.mean().asscalar()), float(mx.nd.sum(crops[0, 1:, 2:4, ::3]).asscalar())],
}
json.dump(results, open(sys.argv[1], "w"))
