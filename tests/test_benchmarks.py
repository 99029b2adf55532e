"""What the benchmark says of a device's limits; timing itself is not tested."""

from __future__ import annotations

import shutil
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from benchmarks import limits
from benchmarks.run import least_seconds, measure

from tests.networks import DIGITS_FILES, pictures

ROWS, STEPS = np.ones((3, 4), "float32"), np.ones((7, 3, 4), "float32")
SQUARE = np.ones((4, 4), "float32")


def convolve(x: jax.Array) -> jax.Array:
    return jax.lax.conv(x[None, None], jnp.ones((5, 1, 2, 3)), (1, 1), "VALID")


@pytest.mark.parametrize(
    ("function", "argument", "expected"),
    [
        (lambda x: jnp.exp(x @ SQUARE), ROWS, 2 * 3 * 4 * 4),
        (lambda x: jnp.einsum("tij,tkj->tik", x, x), STEPS, 2 * 7 * 3 * 4 * 3),
        (convolve, ROWS, 2 * (5 * 2 * 2) * (2 * 3)),
        (jax.jit(lambda x: x @ SQUARE), ROWS, 2 * 3 * 4 * 4),
        (lambda x: jax.lax.scan(lambda c, row: (c @ SQUARE, row), x[0], x), STEPS, 7 * 2 * 3 * 4 * 4),
        (lambda x: jax.lax.cond(x[0, 0] > 0, lambda y: y @ SQUARE @ SQUARE, lambda y: y @ SQUARE, x), ROWS, 192),
        (lambda x: x + 1, ROWS, 0),
    ],
    ids=["dense", "batch", "convolution", "inner", "loop", "branches", "none"],
)
def test_products_are_counted(function, argument, expected) -> None:
    assert limits.products(jax.make_jaxpr(function)(argument).jaxpr) == expected


def test_rates_are_measured() -> None:
    assert limits.copy_rate(1000) > 0
    assert limits.product_rate(16, "bfloat16") > 0
    if jax.default_backend() == "cpu":
        assert limits.device() == {"platform": "cpu"}


def test_no_call_beats_the_device() -> None:
    device = {"bf16_products_per_s": 100.0, "copy_bytes_per_s": 10.0}
    assert least_seconds({"products": 1000, "bytes": 40}, device, 4) == 10
    assert least_seconds({"products": 100, "bytes": 40}, device, 4) == 4
    assert least_seconds({"products": 100, "bytes": 40}, device, 2) == 2


def test_a_contestant_is_measured(tmp_path: Path) -> None:
    for file, name in zip(DIGITS_FILES, ("model-symbol.json", "model-0000.params"), strict=True):
        shutil.copy(file, tmp_path / name)
    np.savez(tmp_path / "inputs.npz", data=pictures())
    device = {"platform": "cpu", "bf16_products_per_s": 1e9, "copy_bytes_per_s": 1e9}
    rows = measure(tmp_path, ("gluax bfloat16", "unknown"), {}, device, rounds=1)
    assert rows["unknown"] == {"error": "KeyError: 'unknown'"}
    facts = rows["gluax bfloat16"]
    work = limits.work(tmp_path)
    assert facts["share_of_limit"] == pytest.approx(least_seconds(work, device, 2) * 1e3 / facts["median_ms"])
    assert facts["difference"] == 0
