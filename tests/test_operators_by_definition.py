"""Operators that MXNet 1.9.1 does not run on CPU, in whole or in part, against their definitions in numpy.

MXNet documents _contrib_fft, _contrib_ifft and _contrib_count_sketch as "only available on GPU", and its CPU build
refuses them; _contrib_quantize_asym kills its process; im2col and col2im fail on 1 and 3 spatial axes; _sparse_retain
and _square_sum take row_sparse arrays only; _onehot_encode and _set_value run outside of graphs only;
_contrib_BatchNormWithReLU crashes, or with oneDNN gives zeros.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.ops import registry

RANDOM = np.random.RandomState(5)


@pytest.fixture(autouse=True)
def _numbers() -> Iterator[None]:
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        yield


def function(name: str, **attrs: Any) -> Callable[..., Any]:
    """An operator by its name, as a jitted function of arrays."""
    return jax.jit(lambda *inputs: registry.get(name).function(*inputs, **attrs))


def normal(*shape: int, dtype: str = "float32") -> np.ndarray:
    return RANDOM.normal(size=shape).astype(dtype)


def check(
    run: Callable[..., Any], define: Callable[..., np.ndarray], *inputs: np.ndarray, wrt: tuple[int, ...] = (0,)
) -> None:
    """Compare with the definition, and the gradient with the definition's finite differences in float64."""
    expected = define(*(array.astype(np.float64) for array in inputs))
    found = run(*inputs)
    assert (found.dtype, found.shape) == (inputs[0].dtype, expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    head = normal(*expected.shape)
    _, pull = jax.vjp(run, *inputs)
    gradients = pull(jnp.asarray(head))
    for index in range(len(inputs)):
        wanted = _differences(define, inputs, index, head) if index in wrt else np.zeros(inputs[index].shape)
        np.testing.assert_allclose(gradients[index], wanted, rtol=1e-4, atol=1e-4)


def _differences(
    define: Callable[..., np.ndarray], inputs: tuple[np.ndarray, ...], index: int, head: np.ndarray
) -> np.ndarray:
    arrays = [array.astype(np.float64) for array in inputs]
    found = np.zeros(arrays[index].shape)
    for place in np.ndindex(*found.shape):
        ends = []
        for step in (1e-4, -1e-4):
            moved = arrays[index].copy()
            moved[place] += step
            ends.append(np.sum(head * define(*arrays[:index], moved, *arrays[index + 1 :])))
        found[place] = (ends[0] - ends[1]) / 2e-4
    return found


def fft_by_definition(data: np.ndarray) -> np.ndarray:
    size = data.shape[-1]
    angle = 2 * np.pi * np.outer(np.arange(size), np.arange(size)) / size
    return np.stack([data @ np.cos(angle), -(data @ np.sin(angle))], -1).reshape(*data.shape[:-1], 2 * size)


def ifft_by_definition(data: np.ndarray) -> np.ndarray:
    size = data.shape[-1] // 2
    angle = 2 * np.pi * np.outer(np.arange(size), np.arange(size)) / size
    return data[..., 0::2] @ np.cos(angle) - data[..., 1::2] @ np.sin(angle)


@pytest.mark.parametrize("shape", [(2, 5), (1, 1), (3, 8), (2, 1, 2, 6)])
def test_fft(shape: tuple[int, ...]) -> None:
    check(function("_contrib_fft"), fft_by_definition, normal(*shape))
    check(function("_contrib_ifft"), ifft_by_definition, normal(*shape[:-1], 2 * shape[-1]))


def test_fft_and_back_multiplies_by_the_size() -> None:
    data = normal(3, 7)
    np.testing.assert_allclose(
        function("_contrib_ifft")(function("_contrib_fft")(data)), 7 * data, rtol=1e-5, atol=1e-5
    )


def test_fft_refusals() -> None:
    with pytest.raises(DTypeError, match="float32"):
        function("_contrib_fft")(normal(2, 4, dtype="float64"))
    with pytest.raises(ShapeError, match="rank 2 or 4"):
        function("_contrib_ifft")(normal(2, 3, 4))
    with pytest.raises(ShapeError, match="pairs"):
        function("_contrib_ifft")(normal(2, 3))


@pytest.mark.parametrize(("rows", "size", "out"), [(2, 6, 4), (1, 1, 1), (3, 9, 2), (2, 3, 8)])
def test_count_sketch(rows: int, size: int, out: int) -> None:
    columns = RANDOM.randint(0, out, (1, size)).astype("float32")
    signs = RANDOM.choice([-1.0, 1.0], (1, size)).astype("float32")

    def define(data: np.ndarray, h: np.ndarray, s: np.ndarray) -> np.ndarray:
        found = np.zeros((rows, out))
        for row, place in itertools.product(range(rows), range(size)):
            found[row, int(h[0, place])] += data[row, place] * s[0, place]
        return found

    check(function("_contrib_count_sketch", out_dim=out), define, normal(rows, size), columns, signs)


def windows(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilate: tuple[int, ...],
    pad: tuple[int, ...],
):
    """For each block and each tap, its number and the place in the picture that it reads, if that is not padding."""
    counts = [(n + 2 * p - (k - 1) * d - 1) // s + 1 for n, k, s, d, p in zip(size, kernel, stride, dilate, pad)]
    for block, start in enumerate(np.ndindex(*counts)):
        for tap, step in enumerate(np.ndindex(*kernel)):
            place = tuple(b * s + t * d - p for b, s, t, d, p in zip(start, stride, step, dilate, pad))
            if all(0 <= at < n for at, n in zip(place, size)):
                yield block, tap, place


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilate", "pad"),
    [((7,), (3,), (2,), (2,), (1,)), ((4, 3, 3), (2, 1, 3), (1, 2, 1), (2, 1, 1), (1, 0, 1)), ((4, 5), (2, 3), (2, 1), (1, 2), (0, 2))],
)  # fmt: skip
def test_patches_of_any_rank(size: Any, kernel: Any, stride: Any, dilate: Any, pad: Any) -> None:
    attrs = {"kernel": kernel, "stride": stride, "dilate": dilate, "pad": pad}
    reads = list(windows(size, **attrs))
    blocks, taps = max(block for block, _, _ in reads) + 1, int(np.prod(kernel))

    def columns(data: np.ndarray) -> np.ndarray:
        found = np.zeros((2, 3, taps, blocks))
        for block, tap, place in reads:
            found[:, :, tap, block] = data[(slice(None), slice(None), *place)]
        return found.reshape(2, 3 * taps, blocks)

    def picture(data: np.ndarray) -> np.ndarray:
        found = np.zeros((2, 3, *size))
        for block, tap, place in reads:
            found[(slice(None), slice(None), *place)] += data.reshape(2, 3, taps, blocks)[:, :, tap, block]
        return found

    check(function("im2col", **attrs), columns, normal(2, 3, *size))
    check(function("col2im", output_size=size, **attrs), picture, normal(2, 3 * taps, blocks))


@pytest.mark.parametrize("span", [(None, None), (-1.5, 1.0), (0.25, 4.0)])
def test_quantize_asym(span: tuple[float | None, float | None]) -> None:
    data = normal(3, 40)
    low, high = (data.min(), data.max()) if None in span else map(np.float32, span)
    out, scale, shift = function("_contrib_quantize_asym", min_calib_range=span[0], max_calib_range=span[1])(data)
    np.testing.assert_allclose(scale, [255 / (high - low)], rtol=1e-6)
    np.testing.assert_allclose(shift, [255 - high * 255 / (high - low)], rtol=1e-5)
    inside = np.clip(data * np.asarray(scale) + np.asarray(shift) + np.float32(0.5), 0, 255).astype(np.uint8)
    assert out.dtype == np.uint8
    assert np.abs(np.asarray(out).astype(int) - inside).max() <= 1  # a product that the compiler rounds once
    assert np.mean(np.asarray(out) == inside) > 0.98
    assert (
        np.abs((np.asarray(out) - np.asarray(shift)) / np.asarray(scale) - np.clip(data, low, high)).max()
        < 1 / scale[0]
    )


def test_sparse_retain() -> None:
    """What MXNet's sparse.retain gave for the same rows as a row_sparse array, made dense."""
    data = np.arange(12, dtype="float32").reshape(4, 3)
    run = function("_sparse_retain")
    for rows, kept in (([0, 2], [0, 2]), ([2.0, 0.0], [0, 2]), ([0, 7], [0]), ([1.7], [1])):
        expected = np.zeros_like(data)
        expected[kept] = data[kept]
        np.testing.assert_array_equal(run(data, np.array(rows)), expected)
    gradient = jax.grad(lambda x: run(x, np.array([0, 2])).sum())(data)
    np.testing.assert_array_equal(gradient, np.array([[1.0] * 3, [0.0] * 3, [1.0] * 3, [0.0] * 3]))


def test_functions_on_arrays() -> None:
    """What MXNet gave for _onehot_encode and _set_value with ``out``."""
    run = function("_onehot_encode")
    room = np.ones((3, 4), "float32")
    for indices in ([1, 2, 7], [1, 2.9, -1]):
        found = run(np.array(indices, "float32"), room)
        np.testing.assert_array_equal(found, [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
    with pytest.raises(DTypeError, match="one_hot"):
        run(np.array([1, 2, 7]), room)
    filled = registry.get("_set_value").function(src=2.7, shape=(2, 3), dtype="int32")
    np.testing.assert_array_equal(filled, np.full((2, 3), 2, "int32"))
    with pytest.raises(ShapeError, match="out=array"):
        registry.get("_set_value").function(src=2.0)


def test_copies() -> None:
    data = normal(2, 3)
    for name in ("_copyto", "_npi_copyto", "_CrossDeviceCopy"):
        check(function(name), lambda x: x, data)


def test_quantized_batch_norm_needs_a_range() -> None:
    data, each, end = np.zeros((2, 3), "int8"), np.ones(3, "float32"), np.ones(1, "float32")
    with pytest.raises(ArgumentError, match="calibrate"):
        function("_contrib_quantized_batch_norm")(data, each, each, each, each, -end, end)


@pytest.mark.parametrize(("axis", "keepdims"), [((1,), False), ((0, 2), True), ((), False)])
def test_square_sum(axis: tuple[int, ...], keepdims: bool) -> None:
    def define(data: np.ndarray) -> np.ndarray:
        total = np.square(data).sum(axis or None, keepdims=keepdims)
        return total if axis else np.reshape(total, (1,))

    check(function("_square_sum", axis=axis, exclude=False, keepdims=keepdims), define, normal(2, 3, 2))


@pytest.mark.parametrize("training", [False, True])
def test_batch_norm_with_relu_is_relu_of_batch_norm(training: bool) -> None:
    inputs = (normal(4, 3, 2), normal(3), normal(3), normal(3), np.abs(normal(3)) + 0.5)
    attrs = registry.get("BatchNorm").parse({"fix_gamma": "False"}, "")

    def run(name: str) -> Callable[..., Any]:
        return lambda *arrays: registry.get(name).function(*arrays, **attrs, training=training)

    outputs, pull = jax.vjp(lambda *a: jax.nn.relu(run("BatchNorm")(*a)[0]), *inputs)
    found, pull_found = jax.vjp(lambda *a: run("_contrib_BatchNormWithReLU")(*a)[0], *inputs)
    np.testing.assert_allclose(found, outputs, rtol=1e-6, atol=1e-6)
    assert np.any(np.asarray(found) == 0)
    head = normal(*outputs.shape)
    for ours, expected in zip(pull_found(head), pull(head)):
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)
