"""A small network for pictures, trained the Gluon way: DataLoader, autograd, Trainer, a schedule, a metric."""

import json
import sys

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

rng = np.random.RandomState(7)
pictures = rng.uniform(size=(80, 1, 12, 12)).astype("float32")
labels = (pictures.reshape(80, 4, 36).mean(axis=2).argmax(axis=1)).astype("float32")
dataset = gluon.data.ArrayDataset(pictures, labels)
loader = gluon.data.DataLoader(dataset, batch_size=8, shuffle=False)

net = nn.HybridSequential()
with net.name_scope():
    net.add(
        nn.Conv2D(8, kernel_size=3, padding=1, use_bias=False),
        nn.BatchNorm(),
        nn.Activation("relu"),
        nn.MaxPool2D(2, 2),
        nn.Conv2D(12, kernel_size=3, strides=2, activation="relu"),
        nn.Flatten(),
        nn.Dense(16, activation="tanh"),
        nn.Dense(4),
    )
net.initialize(mx.init.Xavier(), ctx=mx.cpu())
net(nd.zeros((1, 1, 12, 12)))
for parameter in net.collect_params().values():
    if parameter.grad_req != "null":
        parameter.set_data(nd.array(rng.normal(scale=0.3, size=parameter.shape)))
net.hybridize(static_alloc=True, static_shape=True)

schedule = mx.lr_scheduler.FactorScheduler(step=3, factor=0.7, base_lr=0.01)
trainer = gluon.Trainer(net.collect_params(), "sgd", {"momentum": 0.9, "wd": 1e-3, "lr_scheduler": schedule})
criterion = gluon.loss.SoftmaxCrossEntropyLoss()
accuracy = mx.metric.Accuracy()

losses = []
for data, label in loader:
    data, label = data.as_in_context(mx.cpu()), label.as_in_context(mx.cpu())
    with autograd.record():
        output = net(data)
        loss = criterion(output, label)
    loss.backward()
    trainer.step(data.shape[0])
    accuracy.update([label], [output])
    losses.append(float(loss.mean().asscalar()))

running = [p.data().asnumpy() for name, p in net.collect_params().items() if "running" in name]
results = {
    "losses": losses,
    "accuracy": accuracy.get()[1],
    "running": [array.tolist() for array in running],
    "output": net(nd.array(pictures[:3])).asnumpy().tolist(),
    "rate": trainer.learning_rate,
}
json.dump(results, open(sys.argv[1], "w"))
