"""Fine-tuning from a checkpoint: cut the network, add a head, keep the first layers fixed."""

import json
import os
import sys
import tempfile

import mxnet as mx
import numpy as np

rng = np.random.RandomState(9)


def original():
    data = mx.sym.Variable("data")
    body = mx.sym.Convolution(data, kernel=(3, 3), num_filter=6, pad=(1, 1), no_bias=True, name="conv0")
    body = mx.sym.BatchNorm(body, fix_gamma=False, name="bn0")
    body = mx.sym.Activation(body, act_type="relu", name="relu0")
    body = mx.sym.Pooling(body, global_pool=True, pool_type="avg", kernel=(2, 2), name="pool")
    body = mx.sym.FullyConnected(mx.sym.Flatten(body, name="flatten0"), num_hidden=10, name="fc1")
    return mx.sym.SoftmaxOutput(body, name="softmax")


def random_arrays(names, shapes):
    return {name: mx.nd.array(rng.uniform(0.1, 0.5, size=shape)) for name, shape in zip(names, shapes)}


symbol = original()
arguments, _, states = symbol.infer_shape(data=(4, 3, 8, 8))
known = dict(zip(symbol.list_arguments(), arguments))
names = [name for name in symbol.list_arguments() if name not in ("data", "softmax_label")]
with tempfile.TemporaryDirectory() as folder:
    prefix = os.path.join(folder, "original")
    mx.model.save_checkpoint(
        prefix,
        3,
        symbol,
        random_arrays(names, [known[name] for name in names]),
        random_arrays(symbol.list_auxiliary_states(), states),
    )
    symbol, arg_params, aux_params = mx.model.load_checkpoint(prefix, 3)


def new_head(symbol, classes, layer="flatten0"):
    features = symbol.get_internals()[layer + "_output"]
    net = mx.sym.FullyConnected(features, num_hidden=classes, name="fc_new")
    return mx.sym.SoftmaxOutput(net, name="softmax")


network = new_head(symbol, 3)
arg_params = {name: value for name, value in arg_params.items() if "fc1" not in name}
arg_params["fc_new_weight"] = mx.nd.array(rng.normal(scale=0.1, size=(3, 6)))
arg_params["fc_new_bias"] = mx.nd.zeros((3,))

data = rng.normal(size=(40, 3, 8, 8)).astype("float32")
label = (data.mean(axis=(2, 3)).argmax(axis=1)).astype("float32")
iterator = mx.io.NDArrayIter(data, label, batch_size=4)
module = mx.mod.Module(network, context=mx.cpu(), fixed_param_names=["conv0_weight"])
module.bind(data_shapes=iterator.provide_data, label_shapes=iterator.provide_label)
module.set_params(arg_params, aux_params, allow_missing=True)
module.init_optimizer(optimizer="nag", optimizer_params={"learning_rate": 0.2, "momentum": 0.9, "wd": 1e-4})
outputs = []
for batch in iterator:
    module.forward_backward(batch)
    module.update()
    outputs.append(module.get_outputs()[0].asnumpy().tolist())

tuned, moved = module.get_params()
results = {
    "outputs": outputs,
    "tuned": {name: value.asnumpy().tolist() for name, value in sorted(tuned.items())},
    "moved": {name: value.asnumpy().tolist() for name, value in sorted(moved.items())},
    "kept": float(np.abs(tuned["conv0_weight"].asnumpy() - arg_params["conv0_weight"].asnumpy()).max()),
}
json.dump(results, open(sys.argv[1], "w"))
