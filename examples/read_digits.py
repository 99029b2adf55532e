"""Read strings of digits: convolutions and a bidirectional GRU, written in Gluon, trained in JAX with a CTC loss.

    pip install 'gluax[train]'
    python examples/read_digits.py FOLDER

The strings are made of the pictures that gluax ships. FOLDER gets reader-symbol.json and reader-0000.params, which
MXNet loads.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gluax as mx
from gluax import gluon
from gluax.gluon import nn, rnn

DIGITS = Path(mx.__file__).with_name("demo")
LENGTH, WIDTH, BLANK = 4, 48, 10
STEPS, BATCH = 500, 16


class Reader(gluon.HybridBlock):
    """Pictures (N, 1, 8, W) to scores (W / 2, N, 11) of ten digits and the blank."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential()
            self.features.add(
                nn.Conv2D(16, 3, padding=1, in_channels=1, activation="relu"),
                nn.MaxPool2D(2),
                nn.Conv2D(32, 3, padding=1, in_channels=16, activation="relu"),
            )
            self.rows = rnn.GRU(48, bidirectional=True, input_size=128)
            self.dropout = nn.Dropout(0.3)
            self.scores = nn.Dense(BLANK + 1, flatten=False, in_units=96)

    def hybrid_forward(self, F, x):
        """One step of the GRU reads one column of the features."""
        columns = F.transpose(self.features(x), axes=(3, 0, 1, 2))
        return self.scores(self.dropout(self.rows(F.reshape(columns, shape=(0, 0, -1)))))


def strings(
    images: np.ndarray, labels: np.ndarray, count: int, seed: int, noise: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw strings: pictures (count, 1, 8, WIDTH) of digits with gaps between them, and the digits (count, LENGTH)."""
    random = np.random.default_rng(seed)
    chosen = random.integers(len(images), size=(count, LENGTH))
    drawn = np.zeros((count, 1, 8, WIDTH), np.float32)
    for row, digits in zip(drawn, chosen):
        at = 0
        for digit in digits:
            at += random.integers(1, 5)
            row[0, :, at : at + 8] = images[digit]
            at += 8
    drawn += noise * random.normal(size=drawn.shape).astype("float32")
    return drawn, labels[chosen]


def read(scores: np.ndarray) -> list[list[int]]:
    """The best class of every step, repeats and blanks left out: (T, N, 11) to N strings."""
    best = scores.argmax(axis=2).T
    return [[int(now) for before, now in zip([BLANK, *row], row) if now not in (before, BLANK)] for row in best]


def main(folder: Path) -> float:
    """Train, save and return the share of strings of pictures held back that are read without a mistake."""
    with np.load(DIGITS / "digits-test.npz") as file:
        images, labels = file["images"].astype("float32") / 16, file["labels"]
    mx.random.seed(0)
    net = Reader(prefix="reader_")
    net.initialize(mx.init.Xavier())
    net.hybridize()
    net(strings(images, labels, 1, seed=0)[0])
    net.export(str(folder / "reader"))
    model = mx.load(folder / "reader-symbol.json", folder / "reader-0000.params")
    optimizer = optax.adam(optax.cosine_decay_schedule(6e-3, STEPS))

    @jax.jit
    def step(params, state, number, pictures, digits):
        key = jax.random.fold_in(jax.random.key(0), number)

        def loss(params):
            scores, _ = model.apply_train({**model.variables, "params": params}, pictures, rng=key)
            logits = scores.transpose(1, 0, 2)
            nothing = jnp.zeros(logits.shape[:2])
            return optax.ctc_loss(logits, nothing, digits, jnp.zeros(digits.shape), blank_id=BLANK).mean()

        value, gradients = jax.value_and_grad(loss)(params)
        updates, state = optimizer.update(gradients, state, params)
        return optax.apply_updates(params, updates), state, value

    params = model.variables["params"]
    state = jax.jit(optimizer.init)(params)
    for number in range(STEPS):
        params, state, value = step(params, state, number, *strings(images[:80], labels[:80], BATCH, number, noise=0.2))
    model.save(folder / "reader", {**model.variables, "params": params})

    net = gluon.SymbolBlock.imports(folder / "reader-symbol.json", ["data"], folder / "reader-0000.params")
    net.hybridize(static_alloc=True)
    pictures, digits = strings(images[80:], labels[80:], 100, seed=STEPS)
    found = read(np.asarray(net(pictures)))
    share = sum(row == expected for row, expected in zip(found, digits.tolist())) / len(found)
    print(f"loss {value:.3f}, {share:.0%} of {len(found)} strings read without a mistake, such as {found[:3]}")
    return share


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
