"""Models in the style of mx.np: a regression by hand, then blocks with attention and a recurrent layer, trained."""

import json
import sys

import numpy as onp
from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn, rnn

npx.set_np()
rng = onp.random.RandomState(11)


def synthetic(w, b, count):
    x = np.array(rng.normal(size=(count, len(w))), dtype="float32")
    return x, np.dot(x, w) + b


def batches(size, features, labels):
    for i in range(0, len(features), size):
        chosen = np.array(list(range(i, min(i + size, len(features)))), dtype="int32")
        yield features[chosen], labels[chosen]


# A regression by hand.
features, labels = synthetic(np.array([2, -3.4]), 4.2, 100)
w, b = np.zeros((2,)), np.zeros(1)
for param in (w, b):
    param.attach_grad()
regression = []
for x, y in batches(10, features, labels):
    with autograd.record():
        loss = ((np.dot(x, w) + b - y.reshape(-1)) ** 2 / 2).sum()
    loss.backward()
    for param in (w, b):
        param[:] = param - 0.03 * param.grad / len(x)
    regression.append(float(loss))


# A classifier of sequences: embedding, a GRU, attention over its steps.
class Attention(nn.HybridBlock):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.query = nn.Dense(units, use_bias=False, flatten=False)
        self.score = nn.Dense(1, use_bias=False, flatten=False)

    def hybrid_forward(self, F, steps, lengths):
        scores = F.np.squeeze(self.score(F.np.tanh(self.query(steps))), axis=-1)
        weights = F.npx.softmax(scores, lengths, axis=-1, use_length=True)
        return F.np.squeeze(F.npx.batch_dot(F.np.expand_dims(weights, axis=1), steps), axis=1), weights


class Classifier(gluon.Block):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.embedding = nn.Embedding(12, 6)
        self.encoder = rnn.GRU(8, layout="NTC")
        self.attention = Attention(8)
        self.decoder = nn.Dense(3)

    def forward(self, tokens, lengths):
        context, weights = self.attention(self.encoder(self.embedding(tokens)), lengths)
        return self.decoder(np.concatenate([context, context * context], axis=1)), weights


net = Classifier()
net.initialize(init.Constant(0.1))
tokens = np.array(rng.randint(0, 12, (40, 7)), dtype="float32")
lengths = np.array(rng.randint(2, 8, 40), dtype="int32")
net(tokens[:2], lengths[:2])
for param in net.collect_params().values():
    param.set_data(np.array(rng.normal(scale=0.4, size=param.shape), dtype="float32"))
net.attention.hybridize()
classes = (tokens[:, 0] % 3).astype("int32")
criterion = gluon.loss.SoftmaxCrossEntropyLoss()
trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
losses, correct = [], 0.0
for _ in range(2):
    for x, n, y in zip(np.split(tokens, 5), np.split(lengths, 5), np.split(classes, 5)):
        with autograd.record():
            scores, weights = net(x, n)
            loss = criterion(scores, y).mean()
        loss.backward()
        trainer.step(1)
        correct += float((scores.argmax(axis=1).astype("int32") == y).sum())
        losses.append(loss.item())

scores, weights = net(tokens[:4], lengths[:4])
results = {
    "regression": regression,
    "w": w.tolist(),
    "b": b.item(),
    "losses": losses,
    "correct": correct,
    "scores": scores.tolist(),
    "weights": weights.tolist(),
    "entropy": float(-np.where(weights > 0, weights * np.log(weights + 1e-9), 0).sum()),
    "norm": float(np.linalg.norm(net.decoder.weight.data())),
    "texts": [repr(lengths[:4]), str(np.array([1.5])), repr(classes[:3] == 1)],
}
json.dump(results, open(sys.argv[1], "w"))
