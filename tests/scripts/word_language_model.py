"""A word-level language model: an LSTM whose states are carried over, gradients clipped by their global norm."""

import json
import sys

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon
from mxnet.gluon import nn, rnn

VOCABULARY, EMBEDDING, HIDDEN, LAYERS = 30, 12, 16, 2
BATCH, STEPS = 4, 6


class LanguageModel(gluon.Block):
    def __init__(self, **kwargs):
        super(LanguageModel, self).__init__(**kwargs)
        with self.name_scope():
            self.encoder = nn.Embedding(VOCABULARY, EMBEDDING)
            self.rnn = rnn.LSTM(HIDDEN, LAYERS, input_size=EMBEDDING)
            self.decoder = nn.Dense(VOCABULARY, in_units=HIDDEN)

    def forward(self, inputs, hidden):
        output, hidden = self.rnn(self.encoder(inputs), hidden)
        return self.decoder(output.reshape((-1, HIDDEN))), hidden

    def begin_state(self, *args, **kwargs):
        return self.rnn.begin_state(*args, **kwargs)


def detach(hidden):
    if isinstance(hidden, (tuple, list)):
        return [detach(each) for each in hidden]
    return hidden.detach()


rng = np.random.RandomState(3)
words = rng.randint(0, VOCABULARY, size=BATCH * 70)
data = mx.nd.array(words[: len(words) // BATCH * BATCH]).reshape((BATCH, -1)).T

model = LanguageModel()
model.initialize(mx.init.Xavier())
for name, parameter in sorted(model.collect_params().items()):
    parameter.set_data(mx.nd.array(rng.uniform(-0.3, 0.3, size=parameter.shape)))
model.encoder.hybridize()
trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": 1, "momentum": 0, "wd": 0})
criterion = gluon.loss.SoftmaxCrossEntropyLoss()

losses, norms = [], []
hidden = model.begin_state(func=mx.nd.zeros, batch_size=BATCH, ctx=mx.cpu())
for start in range(0, 10 * STEPS, STEPS):
    inputs, targets = data[start : start + STEPS], data[start + 1 : start + 1 + STEPS].reshape((-1,))
    hidden = detach(hidden)
    with autograd.record():
        output, hidden = model(inputs, hidden)
        loss = criterion(output, targets)
    loss.backward()
    gradients = [parameter.grad() for parameter in model.collect_params().values()]
    norms.append(float(gluon.utils.clip_global_norm(gradients, 0.25 * STEPS * BATCH)))
    trainer.step(STEPS * BATCH)
    losses.append(float(mx.nd.mean(loss).asscalar()))

results = {
    "losses": losses,
    "norms": norms,
    "perplexity": float(np.exp(losses[-1])),
    "states": [state.asnumpy().tolist() for state in hidden],
}
json.dump(results, open(sys.argv[1], "w"))
