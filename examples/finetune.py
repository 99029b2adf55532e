"""Fine-tune a network from MXNet in JAX, and give it back to MXNet.

    pip install 'gluax[train]'
    python examples/finetune.py FOLDER

The digits classifier that gluax ships learns to tell even digits from odd ones: a new head, its convolutions frozen.
FOLDER gets an orbax checkpoint, and parity-symbol.json and parity-0000.params, which MXNet loads.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp

import gluax

DIGITS = Path(gluax.__file__).with_name("demo")
STEPS = 40


def parity_model() -> gluax.Model:
    """The classifier with a head of two classes in place of its own."""
    model = gluax.load(DIGITS / "digits-symbol.json", DIGITS / "digits-0000.params")
    features = model.symbol.get_internals()["digits_dropout0_fwd_output"]
    head = gluax.sym.FullyConnected(features, num_hidden=2, name="parity")
    return model.with_outputs(head, params={"parity_weight": jnp.zeros((2, 128)), "parity_bias": jnp.zeros(2)})


def main(folder: Path) -> float:
    """Train, save and return the accuracy on pictures held back."""
    with np.load(DIGITS / "digits-test.npz") as file:
        images, labels = file["images"][:, None].astype("float32") / 16, file["labels"] % 2
    train, test = slice(80), slice(80, None)
    model = parity_model()
    frozen = gluax.param_mask(model.variables["params"], "digits_conv")
    optimizer = optax.selective_transform(optax.adam(1e-2), freeze_mask=frozen)

    @jax.jit
    def step(variables, state, number):
        key = jax.random.fold_in(jax.random.key(0), number)

        def loss(params):
            logits, after = model.apply_train({**variables, "params": params}, images[train], rng=key)
            return optax.softmax_cross_entropy_with_integer_labels(logits, labels[train]).mean(), after["aux"]

        (value, aux), gradients = jax.value_and_grad(loss, has_aux=True)(variables["params"])
        updates, state = optimizer.update(gradients, state, variables["params"])
        return {"params": optax.apply_updates(variables["params"], updates), "aux": aux}, state, value

    variables, state = model.variables, jax.jit(optimizer.init)(model.variables["params"])
    for number in range(STEPS):
        variables, state, value = step(variables, state, number)
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(folder / "checkpoint", {"variables": variables, "state": state})
        checkpointer.wait_until_finished()
        restored = checkpointer.restore(folder / "checkpoint", {"variables": variables, "state": state})
    model.save(folder / "parity", restored["variables"])
    predicted = np.asarray(jax.jit(model.apply)(restored["variables"], images[test])).argmax(axis=1)
    accuracy = float((predicted == labels[test]).mean())
    print(f"loss {value:.3f}, {accuracy:.0%} of {len(predicted)} pictures right")
    return accuracy


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
