"""Products of 8-bit integers: every route gives the integers that numpy gives."""

from __future__ import annotations

from functools import partial
from itertools import product

import jax
import numpy as np
import pytest

from gluax.ops import _int8
from gluax.ops._windows import Window, make_window

# XLA:GPU's own products of integers are wrong or missing, and nothing uses them.
ROUTES = ("integer", "float") if jax.default_backend() == "gpu" else ("integer", "float", "int8")
# name: data (N, C, *spatial), filters, kernel, stride, dilate, pad, groups
CONVOLUTIONS = {
    "plain": ((2, 3, 7, 6), 4, (3, 3), (1, 1), (1, 1), (0, 0), 1),
    "padded": ((1, 4, 6, 5), 3, (3, 2), (2, 1), (1, 2), (1, 1), 1),
    "pointwise": ((2, 5, 4, 4), 6, (1, 1), (2, 2), (1, 1), (0, 0), 1),
    "pointwise, padded": ((1, 2, 3, 3), 2, (1, 1), (1, 1), (1, 1), (1, 1), 1),
    "groups": ((1, 4, 5, 5), 6, (3, 3), (1, 1), (1, 1), (1, 1), 2),
    "depthwise": ((1, 3, 5, 5), 3, (3, 3), (1, 1), (1, 1), (1, 1), 3),
    "1d": ((2, 3, 9), 2, (4,), (2,), (1,), (2,), 1),
    "3d": ((1, 2, 3, 4, 4), 2, (2, 2, 2), (1, 1, 1), (1, 1, 1), (1, 0, 1), 1),
    "pieces": ((1, 400, 2, 2), 2, (3, 2), (1, 1), (1, 1), (1, 0), 1),
    "four bits": ((1, 2200, 1, 1), 4, (1, 1), (1, 1), (1, 1), (0, 0), 2),
    "large kernel": ((1, 2, 33, 32), 2, (33, 32), (1, 1), (1, 1), (0, 0), 1),
    "beyond float32": ((1, 33000, 1, 1), 2, (1, 1), (1, 1), (1, 1), (0, 0), 2),
}


def _largest(dtype: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Mostly the largest numbers, so that sums reach as far as they can."""
    info = np.iinfo(dtype)
    array = np.random.default_rng(seed).integers(info.min, info.max, shape, dtype, endpoint=True)
    return np.where(array % 3 == 0, array, info.max if dtype == "uint8" else info.min).astype(dtype)


def _numpy_convolution(data: np.ndarray, weight: np.ndarray, window: Window, groups: int) -> np.ndarray:
    padded = np.pad(data.astype(np.int64), [(0, 0), (0, 0), *window.padding])
    sizes = window.sizes(data.shape[2:])
    out = np.zeros((data.shape[0], weight.shape[0], *sizes), np.int64)
    per_group, inputs = weight.shape[0] // groups, weight.shape[1]
    for place in product(*map(range, sizes)):
        ends = zip(place, window.stride, window.kernel, window.dilate)
        seen = padded[(..., *(slice(p * s, p * s + (k - 1) * d + 1, d) for p, s, k, d in ends))]
        for group in range(groups):
            rows = slice(group * per_group, (group + 1) * per_group)
            part = seen[:, group * inputs : (group + 1) * inputs].reshape(len(data), -1)
            out[(slice(None), rows, *place)] = part @ weight[rows].astype(np.int64).reshape(per_group, -1).T
    return out


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize(("dtype", "channels_last"), [("int8", False), ("uint8", True)])
def test_convolutions(name, dtype, channels_last):
    shape, filters, kernel, stride, dilate, pad, groups = CONVOLUTIONS[name]
    window = make_window(kernel, stride, dilate, pad)
    data, weight = _largest(dtype, shape, 0), _largest("int8", (filters, shape[1] // groups, *kernel), 1)
    expected = _numpy_convolution(data, weight, window, groups)
    turn = (lambda array: np.moveaxis(array, 1, -1)) if channels_last else (lambda array: array)
    for route in ROUTES:
        run = jax.jit(getattr(_int8, f"{route}_convolution"), static_argnums=(2, 3, 4))
        found = run(turn(data), turn(weight), window, groups, channels_last)
        assert found.dtype == np.int32
        np.testing.assert_array_equal(found, turn(expected), err_msg=route)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("shape", [(1, 3), (2, 3, 5), (3, 512), (2, 1300), (33, 768), (1, 66000)])
def test_dense(dtype, shape):
    data, weight = _largest(dtype, shape, 0), _largest("int8", (4, shape[-1]), 1)
    expected = data.astype(np.int64) @ weight.astype(np.int64).T
    assert np.abs(expected).max() < 2**31
    for route in ROUTES:
        found = jax.jit(getattr(_int8, f"{route}_dense"))(data, weight)
        assert found.dtype == np.int32
        np.testing.assert_array_equal(found, expected, err_msg=route)
    found = jax.jit(partial(_int8.float_dense, dtype="bfloat16"))(data, weight)
    np.testing.assert_array_equal(found, expected, err_msg="bfloat16")


def test_one_export_for_several_platforms():
    """Each platform has its own route in the program: TPU multiplies 8-bit integers, GPU bfloat16, CPU float32."""
    data, weight = jax.ShapeDtypeStruct((4, 8), "uint8"), jax.ShapeDtypeStruct((2, 8), "int8")
    text = jax.export.export(jax.jit(_int8.integer_dense), platforms=("cpu", "cuda", "tpu"))(data, weight).mlir_module()
    products = [line for line in text.splitlines() if "dot_general" in line]
    assert any("tensor<4x8xi8>, tensor<2x8xi8>) -> tensor<4x2xi32>" in line for line in products), products
    assert any("xbf16>" in line for line in products), products
    assert any("xf32>, " in line for line in products), products
