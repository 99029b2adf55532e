"""Gradients by hand: a loop without Trainer, a function with a gradient of its own, penalties, several contexts."""

import json
import sys

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, nd

rng = np.random.RandomState(11)
features = nd.array(rng.normal(size=(60, 5)))
truth = nd.array([[2.0], [-3.4], [0.5], [1.0], [0.0]])
target = nd.dot(features, truth) + 4.2 + 0.01 * nd.array(rng.normal(size=(60, 1)))

weight, bias = nd.array(rng.normal(scale=0.1, size=(5, 1))), nd.zeros((1,))
weight.attach_grad()
bias.attach_grad()
losses = []
for epoch in range(2):
    for start in range(0, 60, 12):
        x, y = features[start : start + 12], target[start : start + 12]
        with autograd.record():
            loss = ((nd.dot(x, weight) + bias - y) ** 2 / 2).sum()
        loss.backward()
        for parameter in (weight, bias):
            parameter[:] = parameter - 0.1 * parameter.grad / 12
        losses.append(loss.asscalar().item())


class Clip(autograd.Function):
    """Numbers rounded, with the gradient of the numbers."""

    def forward(self, x):
        self.save_for_backward(x)
        return x.round()

    def backward(self, dy):
        (x,) = self.saved_tensors
        return dy * (x.abs() < 2)


x = nd.array(rng.normal(scale=2, size=(3, 4)))
x.attach_grad()
with autograd.record():
    y = (Clip()(x * 1.5) ** 2).sum()
y.backward()

net = gluon.nn.Dense(3, in_units=4, activation="sigmoid")
contexts = [mx.cpu(0), mx.cpu(1)]
net.initialize(ctx=contexts)
net.weight.set_data(nd.array(rng.normal(size=(3, 4))))
net.hybridize()
trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
batch = nd.array(rng.normal(size=(8, 4)))
steps = []
for _ in range(10):
    parts = gluon.utils.split_and_load(batch, contexts)
    with autograd.record():
        parts_loss = [((net(part) - 0.25) ** 2).mean() for part in parts]
    for part_loss in parts_loss:
        part_loss.backward()
    trainer.step(8)
    steps.append(sum(part_loss.asscalar().item() for part_loss in parts_loss))

results = {
    "losses": losses,
    "weight": weight.asnumpy().tolist(),
    "own gradient": x.grad.asnumpy().tolist(),
    "steps": steps,
    "trained": [net.weight.data(ctx).asnumpy().tolist() for ctx in contexts],
}
json.dump(results, open(sys.argv[1], "w"))
