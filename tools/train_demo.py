"""Train the digits classifier that ``gluax demo`` ships, in real MXNet.

Needs mxnet==1.9.1 and numpy<1.24, and scikit-learn's digits as an .npz that
``python tools/train_demo.py --dump digits.npz`` writes in an environment that has scikit-learn:

    python tools/train_demo.py digits.npz src/gluax/demo
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

TEST_IMAGES = 100


def dump(path: str) -> None:
    """Write scikit-learn's digits, shuffled once: 1797 images of 8x8, values 0 to 16."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = np.random.RandomState(0).permutation(len(digits.target))
    np.savez(path, images=digits.images[order].astype("uint8"), labels=digits.target[order].astype("uint8"))


def train(data: str, folder: Path) -> None:
    """Train on all but the last hundred images; export the network and those images."""
    import mxnet as mx
    from mxnet import autograd, gluon

    mx.random.seed(0)
    np.random.seed(0)
    with np.load(data) as file:
        images, labels = file["images"], file["labels"]
    split = len(labels) - TEST_IMAGES
    inputs = images[:, None].astype("float32") / 16
    net = gluon.nn.HybridSequential(prefix="digits_")
    with net.name_scope():
        for channels in (16, 32):
            net.add(gluon.nn.Conv2D(channels, 3, padding=1, use_bias=False))
            net.add(gluon.nn.BatchNorm(), gluon.nn.Activation("relu"), gluon.nn.MaxPool2D(2))
        net.add(gluon.nn.Flatten(), gluon.nn.Dropout(0.3), gluon.nn.Dense(10))
    net.initialize(mx.init.Xavier())
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 3e-3})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    for _ in range(30):
        order = np.random.permutation(split)
        for start in range(0, split, 64):
            batch = order[start : start + 64]
            with autograd.record():
                value = loss(net(mx.nd.array(inputs[batch])), mx.nd.array(labels[batch]))
            value.backward()
            trainer.step(len(batch))
    predicted = net(mx.nd.array(inputs[split:])).asnumpy().argmax(axis=1)
    print("accuracy on the held-out images:", (predicted == labels[split:]).mean())
    net.export(str(folder / "digits"))
    np.savez_compressed(folder / "digits-test.npz", images=images[split:], labels=labels[split:])


if __name__ == "__main__":
    if sys.argv[1] == "--dump":
        dump(sys.argv[2])
    else:
        train(sys.argv[1], Path(sys.argv[2]))
