"""Derivatives that are written for speed, against those that JAX derives from plain forms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gluax import autograd, nd
from gluax.compile.gradients import Differentiated
from gluax.gluon import nn
from gluax.ops._conv_forms import dense, plain_channels_last
from gluax.ops._pool_forms import Span, max_pool
from gluax.ops._windows import make_window
from gluax.ops._winograd_training import Tiled
from gluax.ops.batch_norm import batch_norm

RANDOM = np.random.default_rng(0)


def some(*shape: int) -> jax.Array:
    return jnp.asarray(RANDOM.normal(size=shape), jnp.float32)


def check(fast: Callable[..., Any], plain: Callable[..., Any], arrays: tuple[jax.Array, ...], tolerance: float) -> None:
    """Results, both modes of first derivatives, and second ones."""
    tangents = tuple(some(*array.shape) for array in arrays)
    cotangent = some(*jax.eval_shape(plain, *arrays).shape)

    def everything(function: Callable[..., Any]) -> Any:
        def slopes(*arrays: Any) -> Any:
            return jax.vjp(function, *arrays)[1](cotangent)

        return jax.jvp(function, arrays, tangents), slopes(*arrays), jax.jvp(slopes, arrays, tangents)[1]

    found, expected = (jax.tree.leaves(jax.jit(everything, static_argnums=0)(each)) for each in (fast, plain))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * max(1.0, float(abs(other).max())))


@pytest.mark.parametrize(
    ("tile", "size", "pad", "by_weight"),
    [
        (2, (3, 5), (0, 0), True),
        (2, (8, 7), (1, 1), False),
        (4, (7, 8), (2, 0), True),
        (4, (17, 14), (1, 1), True),
    ],
)
def test_winograd(
    tile: int, size: tuple[int, int], pad: tuple[int, int], by_weight: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    height, width = size[0] + 2 * pad[0] - 2, size[1] + 2 * pad[1] - 2
    monkeypatch.setattr(Tiled, "pick", lambda *given: Tiled(tile, 2, height, width, pad))
    monkeypatch.setattr(Tiled, "multiplies_fast", lambda *given: by_weight)
    monkeypatch.setattr("gluax.ops._winograd_training.SLAB_BYTES", 5000)
    window = make_window((3, 3), pad=pad)
    arrays = some(2, *size, 3), some(3, 3, 3, 5)
    check(lambda x, w: dense(x, w, window), lambda x, w: plain_channels_last(x, w, window), arrays, 1e-5 * tile)


def test_winograd_is_for_convolutions_large_enough() -> None:
    assert Tiled.pick((8, 28, 28, 128), (3, 3, 128, 128), (1, 1)) == Tiled(4, 8, 28, 28, (1, 1))
    assert Tiled.pick((8, 7, 7, 512), (3, 3, 512, 512), (1, 1)) == Tiled(2, 8, 7, 7, (1, 1))
    assert Tiled.pick((1, 7, 7, 512), (3, 3, 512, 512), (1, 1)) is None
    assert Tiled.pick((8, 28, 28, 16), (3, 3, 16, 16), (1, 1)) is None


@pytest.mark.parametrize(
    ("height", "width"),
    [
        (Span(1, 3, 2, 1, 0, 4), Span(2, 3, 2, 1, 1, 5)),
        (Span(1, 2, 2, 0, 0, 4), Span(2, 2, 2, 0, 0, 4)),  # the last column is in no window
        (Span(1, 3, 1, 1, 1, 8), Span(2, 2, 3, 0, 0, 3)),
        (Span(1, 2, 3, 0, 0, 3), Span(2, 4, 3, 2, 3, 4)),  # gaps between windows
        (Span(1, 5, 2, 2, 2, 4), Span(2, 4, 3, 0, 0, 2)),  # one axis after the other
    ],
)
def test_max_pooling(height: Span, width: Span) -> None:
    def plain(data: jax.Array) -> jax.Array:
        edges = [(0, 0), (height.low, 9), (width.low, 9), (0, 0)]
        data = jnp.pad(data, edges, constant_values=-1e30)
        rows = [data[:, i * height.stride :][:, : height.size] for i in range(height.count)]
        windows = [[row[:, :, i * width.stride :][:, :, : width.size] for i in range(width.count)] for row in rows]
        return jnp.stack([jnp.stack([w.max((1, 2)) for w in row], 1) for row in windows], 1)

    # numbers all different, whose largest is the same in both forms
    data = jnp.asarray(RANDOM.permutation(2 * 8 * 9 * 3).reshape(2, 8, 9, 3), jnp.float32)
    check(lambda data: max_pool(data, (height, width)), plain, (data / 100,), 1e-6)


@pytest.mark.parametrize("axis", [1, 3])
@pytest.mark.parametrize("fix_gamma", [False, True])
def test_batch_norm(axis: int, fix_gamma: bool) -> None:
    data, channels = some(4, 5, 6, 7) + 3, (5, 7)[axis // 2]

    def fast(data: jax.Array, gamma: jax.Array, beta: jax.Array) -> jax.Array:
        moving = jnp.zeros(channels), jnp.ones(channels)
        return batch_norm(data, gamma, beta, *moving, fix_gamma=fix_gamma, axis=axis, training=True)[0]

    def plain(data: jax.Array, gamma: jax.Array, beta: jax.Array) -> jax.Array:
        rows = jnp.moveaxis(data, axis, -1)
        scale = (1 if fix_gamma else gamma) / jnp.sqrt(rows.var((0, 1, 2)) + 0.001)
        return jnp.moveaxis((rows - rows.mean((0, 1, 2))) * scale + beta, -1, axis)

    check(fast, plain, (data, some(channels), some(channels)), 1e-5)


def test_going_backwards_repeats_no_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = []
    backward = Differentiated.backward

    def watched(self: Any, outputs: Any, cotangents: Any, back: Any) -> Any:
        programs.append(self._backward.lower(list(cotangents), back).as_text())
        return backward(self, outputs, cotangents, back)

    monkeypatch.setattr(Differentiated, "backward", watched)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3, in_channels=2), nn.BatchNorm(), nn.Activation("relu"), nn.Conv2D(4, 3, in_channels=4))
    net.initialize()
    net.hybridize()
    with autograd.record():
        loss = net(nd.ones((2, 2, 8, 8))).sum()
    loss.backward()
    (program,) = programs
    assert program.count("stablehlo.convolution") == 3  # by the weights of both, by the data of one
    assert math.prod(net[0].weight.grad().shape) == 72
