"""What a model costs in a user's own program: ``jax.jit(model.apply)`` against the same network written in JAX.

    python -m benchmarks.jax_door

Both get the same parameters as arguments and must give the same numbers; calls take turns in one process.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console

import gluax as mx
from gluax.cli.common import table

Params = Mapping[str, jax.Array]
ROUNDS, CALLS = 15, 2
HEADS = 12


def resnet18(p: Params, x: jax.Array) -> jax.Array:
    """Pictures (N, 3, 224, 224) to scores (N, 1000)."""

    def conv(name: str, x: jax.Array, stride: int, pad: int) -> jax.Array:
        return jax.lax.conv_general_dilated(x, p[f"net_{name}_weight"], (stride, stride), [(pad, pad)] * 2)

    def norm(name: str, x: jax.Array) -> jax.Array:
        scale = p[f"net_{name}_gamma"] / jnp.sqrt(p[f"net_{name}_running_var"] + 1e-5)
        shift = p[f"net_{name}_beta"] - p[f"net_{name}_running_mean"] * scale
        return x * scale[:, None, None] + shift[:, None, None]

    x = jax.nn.relu(norm("batchnorm0", conv("conv0", x, 2, 3)))
    x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 3, 3), (1, 1, 2, 2), [(0, 0), (0, 0), (1, 1), (1, 1)])
    for stage in range(1, 5):
        layer = 0
        for block in range(2):
            stride = 2 if stage > 1 and block == 0 else 1
            first, second, short = (f"stage{stage}_%s{layer + n}" for n in range(3))
            out = jax.nn.relu(norm(first % "batchnorm", conv(first % "conv", x, stride, 1)))
            out = norm(second % "batchnorm", conv(second % "conv", out, 1, 1))
            layer += 2
            if stride == 2:
                x = norm(short % "batchnorm", conv(short % "conv", x, stride, 0))
                layer += 1
            x = jax.nn.relu(out + x)
    return x.mean((2, 3)) @ p["net_dense0_weight"].T + p["net_dense0_bias"]


def resnet18_model() -> mx.Model:
    net = mx.gluon.model_zoo.vision.resnet18_v1(prefix="net_")
    net.initialize(mx.init.Xavier())
    net.hybridize()
    net(np.zeros((1, 3, 32, 32), np.float32))
    with tempfile.TemporaryDirectory() as folder:
        net.export(f"{folder}/net")
        return mx.load(f"{folder}/net-symbol.json", f"{folder}/net-0000.params")


def bert_layer(p: Params, x: jax.Array) -> jax.Array:
    """Rows (T, N, C) to rows."""

    def dense(name: str, x: jax.Array) -> jax.Array:
        return x @ p[f"{name}_weight"].T + p[f"{name}_bias"]

    def norm(name: str, x: jax.Array) -> jax.Array:
        mean = x.mean(-1, keepdims=True)
        variance = ((x - mean) ** 2).mean(-1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * p[f"{name}_gamma"] + p[f"{name}_beta"]

    steps, rows, width = x.shape
    q, k, v = jnp.moveaxis(dense("qkv", x).reshape(steps, rows, HEADS, 3, width // HEADS), 3, 0)
    scores = jnp.einsum("qnhd,knhd->nhqk", q / jnp.sqrt(width // HEADS), k)
    mixed = jnp.einsum("nhqk,knhd->qnhd", jax.nn.softmax(scores), v).reshape(steps, rows, width)
    x = norm("norm1", x + dense("out", mixed))
    return norm("norm2", x + dense("ffn2", jax.nn.gelu(dense("ffn1", x), approximate=False)))


def bert_layer_model(width: int = 768) -> mx.Model:
    sym = mx.sym
    x = sym.var("data")
    qkv = sym.FullyConnected(x, num_hidden=3 * width, flatten=False, name="qkv")
    scores = sym.softmax(sym.contrib.interleaved_matmul_selfatt_qk(qkv, heads=HEADS))
    mixed = sym.contrib.interleaved_matmul_selfatt_valatt(qkv, scores, heads=HEADS)
    x = sym.LayerNorm(x + sym.FullyConnected(mixed, num_hidden=width, flatten=False, name="out"), name="norm1")
    inner = sym.FullyConnected(x, num_hidden=4 * width, flatten=False, name="ffn1")
    inner = sym.FullyConnected(sym.LeakyReLU(inner, act_type="gelu"), num_hidden=width, flatten=False, name="ffn2")
    out = sym.LayerNorm(x + inner, name="norm2")
    shapes, _, _ = out.infer_shape(data=(4, 1, width))
    random = np.random.default_rng(0)
    arrays = {
        name: jnp.asarray(random.normal(0, 0.02, shape) + name.endswith("gamma"), "float32")
        for name, shape in zip(out.list_arguments(), shapes)
        if name != "data"
    }
    return mx.Model(out.graph, {"params": arrays, "aux": {}}, ["data"])


def compare(name: str, model: mx.Model, written: Callable[[Params, jax.Array], jax.Array], x: np.ndarray) -> tuple:
    """Time both in turns: milliseconds of each, and the ratio."""
    data, merged = jnp.asarray(x), {**model.variables["params"], **model.variables["aux"]}
    ours, theirs = jax.jit(model.apply), jax.jit(written)
    calls: list[Callable[[], Any]] = [lambda: ours(model.variables, data), lambda: theirs(merged, data)]
    found, expected = (np.asarray(call()) for call in calls)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())
    times: list[list[float]] = [[], []]
    for turn in range(2 * ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            jax.block_until_ready(calls[turn % 2]())
        times[turn % 2].append((time.perf_counter() - start) / CALLS * 1e3)
    mine, hand = map(statistics.median, times)
    return name, round(mine, 2), round(hand, 2), round(mine / hand, 3)


def main() -> None:
    random = np.random.default_rng(0)
    rows = []
    for batch in (1, 8):
        pictures = random.normal(size=(batch, 3, 224, 224)).astype("float32")
        rows.append(compare(f"resnet18, {batch}", resnet18_model(), resnet18, pictures))
        words = random.normal(size=(128, batch, 768)).astype("float32")
        rows.append(compare(f"BERT layer, {batch}", bert_layer_model(), bert_layer, words))
    Console().print(table("median ms of a call", ("network, batch", "model.apply", "written in JAX", "ratio"), rows))


if __name__ == "__main__":
    main()
