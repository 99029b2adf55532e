"""Forecast with probabilities: an LSTM written in Gluon, trained in JAX, that draws paths into the future.

    pip install 'gluax[train]'
    python examples/forecast.py

The series repeat every 24 steps, with a level, a phase and noise of their own. The network gives the mean and the
deviation of the next value; a path is drawn by feeding values back, with `jax.lax.scan` over the model.
"""

from __future__ import annotations

import tempfile

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gluax as mx
from gluax import gluon
from gluax.gluon import nn, rnn

SEASON, HISTORY, AHEAD, PATHS = 24, 72, 24, 100
STEPS, BATCH, HIDDEN = 250, 16, 24


class Forecaster(gluon.HybridBlock):
    """Inputs (T, N, 2): the last value and that of a season ago; gives mean and log deviation (T, N, 2), and states."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.steps = rnn.LSTM(HIDDEN, input_size=2)
            self.head = nn.Dense(2, flatten=False, in_units=HIDDEN)

    def hybrid_forward(self, F, x, hidden, cell):
        """The states come and go, so that a path continues where the history ends."""
        outputs, (hidden, cell) = self.steps(x, [hidden, cell])
        return self.head(outputs), hidden, cell


def series(count: int, seed: int) -> np.ndarray:
    """Draw series (count, HISTORY + AHEAD)."""
    random = np.random.default_rng(seed)
    time = np.arange(HISTORY + AHEAD)
    level, phase, noise = (random.uniform(low, high, (count, 1)) for low, high in [(-1, 1), (0, SEASON), (0.05, 0.3)])
    drawn = level + np.sin((time + phase) * (2 * np.pi / SEASON)) + noise * random.normal(size=(count, len(time)))
    return drawn.astype("float32")


def features(values: jax.Array) -> jax.Array:
    """What the network sees at each step from the second season on: (N, T) to (T - SEASON, N, 2)."""
    return jnp.stack([values[:, SEASON - 1 : -1].T, values[:, :-SEASON].T], axis=2)


def make_model() -> mx.Model:
    """The network with fresh weights, by the JAX door."""
    mx.random.seed(0)
    net = Forecaster(prefix="forecaster_")
    net.initialize(mx.init.Xavier())
    net.hybridize()
    states = np.zeros((1, 1, HIDDEN), np.float32)
    net(np.zeros((1, 1, 2), np.float32), states, states)
    with tempfile.TemporaryDirectory() as folder:
        net.export(f"{folder}/net")
        return mx.load(f"{folder}/net-symbol.json", f"{folder}/net-0000.params")


def train(model: mx.Model) -> mx.model.Variables:
    """Maximise the likelihood of every value, given those before it."""
    optimizer = optax.adam(optax.cosine_decay_schedule(1e-2, STEPS))

    @jax.jit
    def step(params, state, values):
        def loss(params):
            start = jnp.zeros((1, len(values), HIDDEN))
            outputs, _, _ = model.apply({**model.variables, "params": params}, features(values), start, start)
            mean, log_deviation = outputs[..., 0], outputs[..., 1]
            return (log_deviation + (values[:, SEASON:].T - mean) ** 2 / (2 * jnp.exp(2 * log_deviation))).mean()

        gradients = jax.grad(loss)(params)
        updates, state = optimizer.update(gradients, state, params)
        return optax.apply_updates(params, updates), state

    params = model.variables["params"]
    state = jax.jit(optimizer.init)(params)
    for number in range(STEPS):
        params, state = step(params, state, series(BATCH, seed=number))
    return {**model.variables, "params": params}


def draw_path(model: mx.Model, variables: mx.model.Variables, history: jax.Array, key: jax.Array) -> jax.Array:
    """One path (N, AHEAD) that continues (N, HISTORY)."""
    start = jnp.zeros((1, len(history), HIDDEN))
    _, hidden, cell = model.apply(variables, features(history), start, start)

    def step(carry, key):
        season, hidden, cell = carry  # the last SEASON values
        inputs = jnp.stack([season[:, -1], season[:, 0]], axis=1)[None]
        outputs, hidden, cell = model.apply(variables, inputs, hidden, cell)
        mean, log_deviation = outputs[0, :, 0], outputs[0, :, 1]
        value = mean + jnp.exp(log_deviation) * jax.random.normal(key, mean.shape)
        return (jnp.concatenate([season[:, 1:], value[:, None]], axis=1), hidden, cell), value

    _, path = jax.lax.scan(step, (history[:, -SEASON:], hidden, cell), jax.random.split(key, AHEAD))
    return path.T


def main() -> float:
    """Train, forecast series never seen, and return the share of their values inside the 80 % interval."""
    model = make_model()
    variables = train(model)
    values = series(50, seed=STEPS)
    history, future = values[:, :HISTORY], values[:, HISTORY:]
    paths_of = jax.jit(jax.vmap(lambda key: draw_path(model, variables, history, key)))
    paths = np.asarray(paths_of(jax.random.split(jax.random.key(1), PATHS)))
    low, middle, high = np.quantile(paths, [0.1, 0.5, 0.9], axis=0)
    inside = float(((future >= low) & (future <= high)).mean())
    error = float(np.abs(future - middle).mean())
    print(f"{inside:.0%} of the values lie inside the 80 % interval; the medians are off by {error:.2f} on average")
    return inside


if __name__ == "__main__":
    main()
