"""Sentences of several lengths: BucketSentenceIter, old symbolic LSTM cells, BucketingModule."""

import json
import random
import sys

import mxnet as mx
import numpy as np

rng = np.random.RandomState(4)
random.seed(4)
np.random.seed(4)
WORDS, LAYERS, HIDDEN, EMBEDDING, BATCH = 20, 2, 10, 8, 4
sentences = [[int(word) for word in rng.randint(1, WORDS, size=length)] for length in rng.randint(3, 10, size=60)]
train = mx.rnn.BucketSentenceIter(sentences, BATCH, buckets=[5, 8, 10], invalid_label=0)

stack = mx.rnn.SequentialRNNCell()
for number in range(LAYERS):
    stack.add(mx.rnn.LSTMCell(num_hidden=HIDDEN, prefix="lstm_l%d_" % number))


def symbol_of(length):
    data, label = mx.sym.Variable("data"), mx.sym.Variable("softmax_label")
    embedded = mx.sym.Embedding(data=data, input_dim=WORDS, output_dim=EMBEDDING, name="embed")
    stack.reset()
    outputs, _ = stack.unroll(length, inputs=embedded, merge_outputs=True)
    flat = mx.sym.Reshape(outputs, shape=(-1, HIDDEN))
    scores = mx.sym.FullyConnected(data=flat, num_hidden=WORDS, name="pred")
    label = mx.sym.Reshape(label, shape=(-1,))
    return (
        mx.sym.SoftmaxOutput(data=scores, label=label, name="softmax", use_ignore=True, ignore_label=0),
        ("data",),
        ("softmax_label",),
    )


model = mx.mod.BucketingModule(sym_gen=symbol_of, default_bucket_key=train.default_bucket_key, context=mx.cpu())
model.bind(train.provide_data, train.provide_label)
symbol = symbol_of(train.default_bucket_key)[0]
shapes, _, _ = symbol.infer_shape(
    data=(BATCH, train.default_bucket_key), softmax_label=(BATCH, train.default_bucket_key)
)
weights = {
    name: mx.nd.array(rng.uniform(-0.3, 0.3, size=shape))
    for name, shape in sorted(zip(symbol.list_arguments(), shapes))
    if not name.endswith("label") and name != "data" and "begin_state" not in name
}
model.init_params(arg_params=weights, allow_missing=True)
model.init_optimizer(optimizer="sgd", optimizer_params={"learning_rate": 0.5, "momentum": 0.9, "wd": 1e-5})
metric = mx.metric.Perplexity(0)
history, keys = [], []
for number, batch in enumerate(train):
    if number == 10:
        break
    model.forward(batch, is_train=True)
    model.update_metric(metric, batch.label)
    model.backward()
    model.update()
    history.append(metric.get()[1])
    keys.append(batch.bucket_key)

trained, _ = model.get_params()
results = {
    "history": history,
    "keys": keys,
    "trained": {name: value.asnumpy().tolist() for name, value in sorted(trained.items()) if "bias" in name},
}
json.dump(results, open(sys.argv[1], "w"))
