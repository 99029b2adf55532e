"""LeNet by Module: an iterator, fit's loop by hand, then score, predict and a checkpoint read back."""

import json
import logging
import os
import sys
import tempfile

import mxnet as mx
import numpy as np

logging.getLogger().setLevel(logging.ERROR)


def lenet():
    data = mx.sym.Variable("data")
    first = mx.sym.Convolution(data=data, kernel=(3, 3), num_filter=8, name="conv1")
    first = mx.sym.Pooling(mx.sym.Activation(first, act_type="tanh"), pool_type="max", kernel=(2, 2), stride=(2, 2))
    second = mx.sym.Convolution(data=first, kernel=(3, 3), num_filter=12, name="conv2")
    second = mx.sym.Pooling(mx.sym.Activation(second, act_type="tanh"), pool_type="avg", kernel=(2, 2), stride=(2, 2))
    hidden = mx.sym.FullyConnected(mx.sym.Flatten(second), num_hidden=20, name="fc1")
    out = mx.sym.FullyConnected(mx.sym.Activation(hidden, act_type="tanh"), num_hidden=4, name="fc2")
    return mx.sym.SoftmaxOutput(out, name="softmax")


rng = np.random.RandomState(5)
pictures = rng.uniform(size=(90, 1, 14, 14)).astype("float32")
labels = pictures[:, 0].reshape(90, 4, 49).mean(axis=2).argmax(axis=1).astype("float32")
train = mx.io.NDArrayIter(pictures[:80], labels[:80], batch_size=8, shuffle=False, label_name="softmax_label")
validation = mx.io.NDArrayIter(pictures[80:], labels[80:], batch_size=4, label_name="softmax_label")

symbol = lenet()
shapes = dict(zip(symbol.list_arguments(), symbol.infer_shape(data=(8, 1, 14, 14))[0]))
weights = {
    name: mx.nd.array(rng.normal(scale=0.3, size=shape))
    for name, shape in sorted(shapes.items())
    if name not in ("data", "softmax_label")
}

module = mx.mod.Module(symbol=symbol, context=mx.cpu(), data_names=["data"], label_names=["softmax_label"])
module.bind(data_shapes=train.provide_data, label_shapes=train.provide_label)
module.init_params(arg_params=weights, initializer=mx.init.Uniform(0.01))
module.init_optimizer(optimizer="sgd", optimizer_params=(("learning_rate", 0.02), ("momentum", 0.9)))
metric = mx.metric.CompositeEvalMetric(["acc", "ce"])
history = []
for batch in train:
    module.forward(batch, is_train=True)
    module.update_metric(metric, batch.label)
    module.backward()
    module.update()
    history.append(metric.get_name_value()[1][1])

score = dict(module.score(validation, ["acc", "ce"]))
predicted = module.predict(validation)
with tempfile.TemporaryDirectory() as folder:
    prefix = os.path.join(folder, "lenet")
    module.save_checkpoint(prefix, 1)
    loaded, arguments, states = mx.model.load_checkpoint(prefix, 1)
    again = mx.mod.Module.load(prefix, 1, context=mx.cpu())
    again.bind(data_shapes=validation.provide_data, for_training=False)
    repeated = again.predict(validation)

train.reset()
fitted = mx.mod.Module(symbol, context=mx.cpu())
fitted.fit(
    train,
    eval_data=validation,
    eval_metric="acc",
    optimizer="adam",
    optimizer_params={"learning_rate": 0.01},
    arg_params=weights,
    num_epoch=2,
    batch_end_callback=mx.callback.Speedometer(8, 100),
)

results = {
    "history": history,
    "metrics": [value for _, value in metric.get_name_value()],
    "score": sorted(score.items()),
    "predicted": predicted.asnumpy().tolist(),
    "repeated": repeated.asnumpy().tolist(),
    "names": sorted(arguments),
    "fitted": {
        name: array.asnumpy().tolist() for name, array in sorted(fitted.get_params()[0].items()) if "bias" in name
    },
    "fitted score": fitted.score(validation, "acc")[0][1],
}
json.dump(results, open(sys.argv[1], "w"))
