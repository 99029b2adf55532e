"""Detection as the SSD examples do it: a symbol with anchors and decoded boxes by Module, then box_nms on arrays."""

import collections
import json
import sys

import mxnet as mx
import numpy as np

CLASSES = 3
rng = np.random.RandomState(2)


def detector():
    data = mx.sym.Variable("data")
    layers, scores, offsets, anchors = [], [], [], []
    body = data
    for number, filters in enumerate((8, 12, 16)):
        body = mx.sym.Convolution(body, num_filter=filters, kernel=(3, 3), pad=(1, 1), name="conv%d" % number)
        body = mx.sym.Activation(body, act_type="relu")
        body = mx.sym.Pooling(body, kernel=(2, 2), stride=(2, 2), pool_type="max")
        layers.append(body)
    for number, layer in enumerate(layers[1:]):
        sizes, ratios = (0.2 + 0.2 * number, 0.3 + 0.2 * number), (1, 2, 0.5)
        count = len(sizes) + len(ratios) - 1
        score = mx.sym.Convolution(
            layer, num_filter=count * (CLASSES + 1), kernel=(3, 3), pad=(1, 1), name="cls%d" % number
        )
        offset = mx.sym.Convolution(layer, num_filter=count * 4, kernel=(3, 3), pad=(1, 1), name="loc%d" % number)
        scores.append(mx.sym.Flatten(mx.sym.transpose(score, axes=(0, 2, 3, 1))))
        offsets.append(mx.sym.Flatten(mx.sym.transpose(offset, axes=(0, 2, 3, 1))))
        boxes = mx.sym.contrib.MultiBoxPrior(layer, sizes=str(sizes), ratios=str(ratios), clip=False)
        anchors.append(mx.sym.Flatten(boxes))
    scores = mx.sym.Reshape(mx.sym.Concat(*scores, dim=1), shape=(0, -1, CLASSES + 1))
    scores = mx.sym.SoftmaxActivation(mx.sym.transpose(scores, axes=(0, 2, 1)), mode="channel", name="cls_prob")
    offsets = mx.sym.Concat(*offsets, dim=1, name="loc_pred")
    anchors = mx.sym.Reshape(mx.sym.Concat(*anchors, dim=1), shape=(0, -1, 4), name="anchors")
    return mx.sym.contrib.MultiBoxDetection(
        scores,
        offsets,
        anchors,
        name="detection",
        nms_threshold=0.5,
        force_suppress=False,
        variances=(0.1, 0.1, 0.2, 0.2),
        nms_topk=100,
        threshold=0.05,
    )


Batch = collections.namedtuple("Batch", ["data"])
symbol = detector()
module = mx.mod.Module(symbol, label_names=None, context=mx.cpu())
module.bind(for_training=False, data_shapes=[("data", (1, 3, 32, 32))])
shapes, _, _ = symbol.infer_shape(data=(1, 3, 32, 32))
weights = {
    name: mx.nd.array(rng.normal(scale=0.25, size=shape))
    for name, shape in zip(symbol.list_arguments(), shapes)
    if name != "data"
}
module.set_params(weights, {}, allow_missing=True)

found = []
for size in (32, 32, 48):  # another size binds again
    picture = rng.normal(size=(1, 3, size, size)).astype("float32")
    module.forward(Batch([mx.nd.array(picture)]), is_train=False)
    detections = module.get_outputs()[0]
    kept = mx.nd.contrib.box_nms(
        detections, overlap_thresh=0.3, valid_thresh=0.1, topk=20, coord_start=2, score_index=1, id_index=0
    )
    rows = kept[0].asnumpy()
    rows = rows[rows[:, 0] >= 0]
    found.append(rows[:10].tolist())

results = {"found": found, "outputs": symbol.list_outputs()}
json.dump(results, open(sys.argv[1], "w"))
