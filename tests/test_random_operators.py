"""Random operators: shapes and dtypes as MXNet's, distributions by moments and goodness of fit, keys, errors."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ir.json_reader import read_symbol
from gluax.lowering.program import Program
from gluax.ops import registry
from gluax.ops.operator import Call
from tests.oracle.case import spell

COUNT = 20000


def f32(values: Any) -> np.ndarray:
    return np.array(values, np.float32)


def call(op: str, inputs: Sequence[Any] = (), key: Any = 0, /, **attrs: Any) -> Any:
    """Run an operator on arrays; `key` is a seed, a key, or None."""
    entry = registry.get(op)
    parsed = entry.parse({name: spell(value) for name, value in attrs.items()}, "node")
    key = jax.random.key(key) if isinstance(key, int) else key
    results = Call(entry, parsed)([jnp.asarray(value) for value in inputs], key=key)
    return results[0] if len(results) == 1 else results


# Name: (parameters of _random_*, mean, variance, cumulative distribution or None for whole numbers)
Cdf = Callable[[np.ndarray], np.ndarray]
normal_cdf = np.vectorize(lambda x: (1 + math.erf((x - 1) / (2 * math.sqrt(2)))) / 2)
DISTRIBUTIONS: dict[str, tuple[dict[str, float], float, float, Cdf | None]] = {
    "uniform": ({"low": -1, "high": 3}, 1, 16 / 12, lambda x: (x + 1) / 4),
    "normal": ({"loc": 1, "scale": 2}, 1, 4, normal_cdf),
    "exponential": ({"lam": 4}, 1 / 4, 1 / 16, lambda x: 1 - np.exp(-4 * x)),
    "gamma": ({"alpha": 2.5, "beta": 3}, 7.5, 22.5, lambda x: np.asarray(jax.scipy.special.gammainc(2.5, x / 3))),
    "poisson": ({"lam": 3.5}, 3.5, 3.5, None),
    "negative_binomial": ({"k": 3, "p": 0.4}, 4.5, 11.25, None),
    "generalized_negative_binomial": ({"mu": 2, "alpha": 0.3}, 2, 3.2, None),
}
NAMES = list(DISTRIBUTIONS)


def check_distribution(name: str, drawn: np.ndarray) -> None:
    """Mean and variance within five standard errors, and the whole distribution by its distance."""
    values, mean, variance, cdf = DISTRIBUTIONS[name]
    fourth = np.mean((drawn - mean) ** 4)
    assert abs(drawn.mean() - mean) < 5 * math.sqrt(variance / drawn.size)
    assert abs(drawn.var() - variance) < 5 * math.sqrt((fourth - variance**2) / drawn.size)
    if cdf is not None:  # Kolmogorov and Smirnov: beyond 1.95 once in a thousand
        distance = np.abs(cdf(np.sort(drawn)) - (np.arange(drawn.size) + 0.5) / drawn.size).max()
        assert distance * math.sqrt(drawn.size) < 1.95
        return
    numbers = np.arange(0, 14, dtype=np.float32)  # Pearson: counts against the density operator
    density = call(f"_random_pdf_{name}", (numbers[None], *(f32([value]) for value in values.values())))[0]
    expected = np.asarray(density) * drawn.size
    found = np.array([(drawn == number).sum() for number in numbers])
    usable = expected > 10
    statistic = ((found - expected) ** 2 / expected)[usable].sum()
    assert statistic < usable.sum() + 4 * math.sqrt(2 * usable.sum())
    assert np.array_equal(drawn, np.floor(drawn))


@pytest.mark.parametrize("name", NAMES)
def test_distribution_of_random(name: str) -> None:
    drawn = call(f"_random_{name}", (), shape=(COUNT,), **DISTRIBUTIONS[name][0])
    check_distribution(name, np.asarray(drawn, np.float64))


@pytest.mark.parametrize("name", NAMES)
def test_distribution_of_sample(name: str) -> None:
    inputs = tuple(np.full(2, value, np.float32) for value in DISTRIBUTIONS[name][0].values())
    drawn = np.asarray(call(f"_sample_{name}", inputs, shape=(COUNT,)), np.float64)
    for row in drawn:
        check_distribution(name, row)
    assert not np.array_equal(drawn[0], drawn[1])


@pytest.mark.parametrize("dtype", [None, "float16", "float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_shapes_and_dtypes(name: str, dtype: str | None) -> None:
    given = {} if dtype is None else {"dtype": dtype}
    ones = tuple(np.full((2, 3), 0.5, np.float64) for _ in registry.get(f"_sample_{name}").parameters)
    calls = [
        (f"_random_{name}", (), {"shape": 3, **given}),
        (f"_sample_{name}", ones, given),  # float32 by default, whatever the parameters are
        (f"sample_{name}", ones, {"shape": (1,), **given}),
        (f"sample_{name}", ones, {"shape": (4, 5), **given}),
        (f"_random_{name}_like", (np.zeros((2, 1), dtype or "float32"),), {}),
    ]
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        found = [jax.eval_shape(lambda op=op, x=x, attrs=attrs: call(op, x, **attrs)) for op, x, attrs in calls]
    assert [array.shape for array in found] == [(3,), (2, 3), (2, 3, 1), (2, 3, 4, 5), (2, 1)]
    assert {array.dtype.name for array in found} == {dtype or "float32"}


def test_edges_of_parameters() -> None:
    assert np.all(np.asarray(call("_random_negative_binomial", shape=(50,))) == 0)  # p is 1
    assert np.all(np.asarray(call("_random_poisson", shape=(50,), lam=0)) == 0)
    drawn = np.asarray(call("_sample_generalized_negative_binomial", (f32([2]), f32([0])), shape=(COUNT,)))
    assert abs(drawn.var() - 2) < 0.15  # a Poisson distribution
    assert call("_sample_poisson", (f32([-1, 0]),)).tolist() == [0, 0]


def test_randint() -> None:
    drawn = np.asarray(call("_random_randint", low=-2, high=3, shape=(COUNT,)))
    assert drawn.dtype == np.int32
    counts = np.bincount(drawn + 2)
    assert counts.size == 5
    assert np.all(np.abs(counts - COUNT / 5) < 5 * math.sqrt(COUNT / 5))
    with jax.enable_x64(True):
        assert call("random_randint", low=0, high=2**40, shape=2, dtype="int64").dtype == jnp.int64


@pytest.mark.parametrize(
    ("lead", "shape", "expected"),
    [
        ((), (), (1,)),
        ((), (4,), (4,)),
        ((3,), (), (3,)),
        ((3,), (1,), (3, 1)),
        ((3,), (2, 3), (3, 2, 3)),
        ((2, 3), (), (2, 3)),
    ],
)
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16"])
def test_multinomial_shapes(lead: Shape, shape: Shape, expected: Shape, dtype: str) -> None:
    data = np.full((*lead, 2), 0.5, np.float16)
    numbers, logarithms = call("_sample_multinomial", (data,), shape=shape, dtype=dtype, get_prob=True)
    assert (numbers.shape, numbers.dtype.name) == (expected, dtype)
    assert (logarithms.shape, logarithms.dtype.name) == (expected, "float16")
    assert call("sample_multinomial", (data,), shape=shape).dtype == jnp.int32


def test_multinomial_distribution_and_gradient() -> None:
    data = f32([[0.1, 0.0, 0.6, 0.3], [0, 0, 1, 0]])
    numbers, logarithms = call("_sample_multinomial", (data,), shape=(COUNT,), get_prob=True)
    counts = np.bincount(np.asarray(numbers)[0], minlength=4)
    assert counts[1] == 0
    assert np.all(np.abs(counts - COUNT * data[0]) <= 5 * np.sqrt(COUNT * data[0]))
    assert np.all(np.asarray(numbers)[1] == 2)
    np.testing.assert_allclose(logarithms[0], np.log(data[0][np.asarray(numbers)[0]]), rtol=1e-5)
    total = lambda d: call("_sample_multinomial", (d,), shape=(COUNT,), get_prob=True)[1].sum()  # noqa: E731
    gradient = np.asarray(jax.grad(total)(jnp.asarray(data)))[0]
    np.testing.assert_allclose(gradient, [counts[0] / 0.1, 0, counts[2] / 0.6, counts[3] / 0.3], rtol=1e-3)


def test_shuffle_permutes_rows() -> None:
    rows = np.arange(20, dtype=np.int32).reshape(10, 2)
    shuffled = np.asarray(call("_shuffle", (rows,)))
    assert shuffled.dtype == np.int32
    assert not np.array_equal(shuffled, rows)
    assert np.array_equal(shuffled[np.argsort(shuffled[:, 0])], rows)


def test_unique_zipfian() -> None:
    numbers, tries = call("_sample_unique_zipfian", range_max=50, shape=(2000, 5))
    numbers, tries = np.asarray(numbers), np.asarray(tries)
    assert (numbers.shape, tries.shape) == ((2000, 5), (2000,))
    assert all(len(set(row)) == 5 for row in numbers.tolist())
    assert numbers.min() >= 0
    assert numbers.max() < 50
    assert tries.min() >= 5
    first = np.bincount(numbers[:, 0], minlength=50) / 2000
    expected = np.log((np.arange(50) + 2) / (np.arange(50) + 1)) / np.log(51)
    assert np.all(np.abs(first - expected) < 5 * np.sqrt(expected / 2000))


@pytest.mark.parametrize("op", ["_random_normal", "_random_poisson", "_random_gamma", "_random_randint"])
def test_the_key_decides(op: str) -> None:
    attrs = {"shape": (20,), **({"low": 0, "high": 1000} if op == "_random_randint" else {})}
    first, again, other = (np.asarray(call(op, (), seed, **attrs)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_keys_of_any_kind_draw() -> None:
    key = jax.random.key(0, impl="rbg")
    for name in ("gamma", "poisson"):
        assert call(f"_random_{name}", (), key, shape=(3,)).shape == (3,)


def test_parameters_get_no_gradient() -> None:
    for name in ("normal", "gamma"):
        inputs = tuple(f32([0.5, 0.5]) for _ in registry.get(f"_sample_{name}").parameters)
        total = lambda *given, name=name: call(f"_sample_{name}", given, shape=(3,)).sum()  # noqa: E731
        for gradient in jax.grad(total, argnums=tuple(range(len(inputs))))(*inputs):
            assert np.all(np.asarray(gradient) == 0)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "error", "message"),
    [
        ("_random_uniform", (), {}, ShapeError, "needs its shape"),
        ("_random_normal", (), {"shape": 2, "scale": -1}, ArgumentError, "scale > 0, got loc=0.0, scale=-1.0"),
        ("_random_exponential", (), {"shape": 2, "lam": 0}, ArgumentError, "lam > 0"),
        ("_random_gamma", (), {"shape": 2, "alpha": 0}, ArgumentError, "alpha > 0"),
        ("_random_poisson", (), {"shape": 2, "lam": -1}, ArgumentError, "lam >= 0"),
        ("_random_negative_binomial", (), {"shape": 2, "p": 0}, ArgumentError, "0 < p <= 1"),
        ("_random_randint", (), {"shape": 2, "low": 3, "high": 3}, ArgumentError, "low < high"),
        ("_random_uniform_like", (np.array([1]),), {}, DTypeError, "floating point"),
        ("_sample_normal", (f32([1]), f32([1, 2])), {}, ShapeError, "one shape"),
        ("_sample_unique_zipfian", (), {"range_max": 3, "shape": (1, 4)}, ArgumentError, "distinct"),
        ("_random_pdf_normal", (np.ones((3, 2), "f"), np.ones(2, "f"), np.ones(2, "f")), {}, ShapeError, "must begin"),
    ],
)
def test_errors(op: str, inputs: tuple[Any, ...], attrs: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(op, inputs, **attrs)


@pytest.mark.parametrize(
    "op", ["_random_normal", "_shuffle", "_sample_multinomial", "_random_normal_like", "_sample_normal"]
)
def test_no_key_is_an_error(op: str) -> None:
    count = len(registry.get(op).parameters)
    with pytest.raises(ArgumentError, match="no key"):
        call(op, (f32([0.5, 0.5]),) * count, None, **({"shape": 2} if count == 0 else {}))


def test_a_graph_that_draws_says_that_it_needs_a_key() -> None:
    node = {"op": "_random_normal", "name": "noise", "attrs": {"shape": "(2,)"}, "inputs": []}
    program = Program(read_symbol(json.dumps({"nodes": [node], "arg_nodes": [], "heads": [[0, 0, 0]]})))
    with pytest.raises(ArgumentError, match="rng="):
        program({})
    assert program({}, key=jax.random.key(0))[0][0].shape == (2,)
