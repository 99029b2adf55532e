"""Random operators: shapes and dtypes as MXNet's, distributions by moments and goodness of fit, gradients, keys, errors."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

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


Cdf = Callable[[np.ndarray], np.ndarray]
erf = np.vectorize(math.erf)


class Facts(NamedTuple):
    """A distribution under some parameters: mean, variance, cumulative distribution (None for whole numbers)."""

    attrs: dict[str, float]
    mean: float
    variance: float
    cdf: Cdf | None


def normal_cdf(x: np.ndarray) -> np.ndarray:
    return (1 + erf((x - 1) / (2 * math.sqrt(2)))) / 2


def gamma_cdf(x: np.ndarray) -> np.ndarray:
    return np.asarray(jax.scipy.special.gammainc(2.5, x / 3))


DISTRIBUTIONS = {  # _random_*, _sample_*
    "uniform": Facts({"low": -1, "high": 3}, 1, 16 / 12, lambda x: (x + 1) / 4),
    "normal": Facts({"loc": 1, "scale": 2}, 1, 4, normal_cdf),
    "exponential": Facts({"lam": 4}, 1 / 4, 1 / 16, lambda x: 1 - np.exp(-4 * x)),
    "gamma": Facts({"alpha": 2.5, "beta": 3}, 7.5, 22.5, gamma_cdf),
    "poisson": Facts({"lam": 3.5}, 3.5, 3.5, None),
    "negative_binomial": Facts({"k": 3, "p": 0.4}, 4.5, 11.25, None),
    "generalized_negative_binomial": Facts({"mu": 2, "alpha": 0.3}, 2, 3.2, None),
}
NUMPY = {  # _npi_*
    "uniform": DISTRIBUTIONS["uniform"],
    "uniform_n": DISTRIBUTIONS["uniform"],
    "normal": DISTRIBUTIONS["normal"],
    "normal_n": DISTRIBUTIONS["normal"],
    "gamma": Facts({"shape": 2.5, "scale": 3}, 7.5, 22.5, gamma_cdf),
    "exponential": Facts({"scale": 0.25}, 1 / 4, 1 / 16, lambda x: 1 - np.exp(-4 * x)),
    "gumbel": Facts(
        {"loc": 1, "scale": 2}, 1 + 2 * np.euler_gamma, 4 * np.pi**2 / 6, lambda x: np.exp(-np.exp((1 - x) / 2))
    ),
    "logistic": Facts({"loc": 1, "scale": 2}, 1, 4 * np.pi**2 / 3, lambda x: 1 / (1 + np.exp((1 - x) / 2))),
    "rayleigh": Facts(
        {"scale": 2}, 2 * math.sqrt(np.pi / 2), 4 * (2 - np.pi / 2), lambda x: 1 - np.exp(-np.square(x) / 8)
    ),
    "pareto": Facts({"a": 9}, 1 / 8, 9 / (64 * 7), lambda x: 1 - (1 + x) ** -9.0),
    "weibull": Facts({"a": 2}, math.gamma(1.5), 1 - math.gamma(1.5) ** 2, lambda x: 1 - np.exp(-np.square(x))),
}
NAMES = list(DISTRIBUTIONS)


def check_distribution(name: str, facts: Facts, drawn: np.ndarray) -> None:
    """Mean and variance within five standard errors, and the whole distribution by its distance."""
    values, mean, variance, cdf = facts
    fourth = np.mean((drawn - mean) ** 4)
    assert abs(drawn.mean() - mean) < 5 * math.sqrt(variance / drawn.size)
    assert abs(drawn.var() - variance) < 5 * math.sqrt((fourth - variance**2) / drawn.size)
    if cdf is not None:  # Kolmogorov and Smirnov: beyond 1.95 once in a thousand
        distance = np.abs(cdf(np.sort(drawn)) - (np.arange(drawn.size) + 0.5) / drawn.size).max()
        assert distance * math.sqrt(drawn.size) < 1.95
        return
    numbers = np.arange(0, 14, dtype=np.float32)  # Pearson: counts against the density operator
    density = call(f"_random_pdf_{name}", (numbers[None], *(f32([value]) for value in values.values())))[0]
    check_counts(np.array([(drawn == number).sum() for number in numbers]), np.asarray(density) * drawn.size)
    assert np.array_equal(drawn, np.floor(drawn))


def check_counts(found: np.ndarray, expected: np.ndarray) -> None:
    """Pearson's test, without cells of small expectation."""
    usable = expected > 10
    statistic = ((found - expected) ** 2 / np.maximum(expected, 1))[usable].sum()
    assert statistic < usable.sum() + 4 * math.sqrt(2 * usable.sum())


@pytest.mark.parametrize("name", NAMES)
def test_distribution_of_random(name: str) -> None:
    drawn = call(f"_random_{name}", (), shape=(COUNT,), **DISTRIBUTIONS[name].attrs)
    check_distribution(name, DISTRIBUTIONS[name], np.asarray(drawn, np.float64))


@pytest.mark.parametrize("name", NAMES)
def test_distribution_of_sample(name: str) -> None:
    inputs = tuple(np.full(2, value, np.float32) for value in DISTRIBUTIONS[name].attrs.values())
    drawn = np.asarray(call(f"_sample_{name}", inputs, shape=(COUNT,)), np.float64)
    for row in drawn:
        check_distribution(name, DISTRIBUTIONS[name], row)
    assert not np.array_equal(drawn[0], drawn[1])


@pytest.mark.parametrize("name", NUMPY)
def test_distribution_of_numpy(name: str) -> None:
    facts = NUMPY[name]
    by_number = call(f"_npi_{name}", (), size=(COUNT,), **facts.attrs)
    check_distribution(name, facts, np.asarray(by_number, np.float64))
    arrays = tuple(np.full(3, value, np.float32) for value in facts.attrs.values())
    size = (COUNT,) if name.endswith("_n") else (COUNT, 3)
    by_array = np.asarray(call(f"_npi_{name}", arrays, size=size, **dict.fromkeys(facts.attrs)), np.float64)
    assert by_array.shape == (COUNT, 3)
    check_distribution(name, facts, by_array[:, 0])
    assert not np.array_equal(by_array[:, 0], by_array[:, 1])


# As functions of the numbers drawn and the parameters. They are MXNet's: the noise comes out of the result.
PATHS: dict[str, Callable[..., tuple[Any, ...]]] = {
    "normal": lambda x, loc, scale: (np.ones_like(x), (x - loc) / scale),
    "normal_n": lambda x, loc, scale: (np.ones_like(x), (x - loc) / scale),
    "gumbel": lambda x, loc, scale: (np.ones_like(x), (x - loc) / scale),
    "logistic": lambda x, loc, scale: (np.ones_like(x), (x - loc) / scale),
    "exponential": lambda x, scale: (x / scale,),
    "rayleigh": lambda x, scale: (x / scale,),
    "pareto": lambda x, a: (-(1 + x) * np.log1p(x) / a,),
    "weibull": lambda x, a: (-x * np.log(x) / a,),
}


@pytest.mark.parametrize("name", NUMPY)
def test_gradients_of_numpy_parameters(name: str) -> None:
    with jax.enable_x64(True):
        names = list(NUMPY[name].attrs)
        given = [np.array([0.7, 1.9]) + i for i in range(len(names))]
        size = (3,) if name.endswith("_n") else (3, 2)

        def draw(*values: Any) -> Any:
            return call(f"_npi_{name}", values, size=size, **dict.fromkeys(names))

        drawn, pull = jax.vjp(draw, *given)
        heads = np.random.RandomState(0).uniform(-1, 1, drawn.shape)
        gradients = pull(jnp.asarray(heads, drawn.dtype))
        slopes = PATHS[name](np.asarray(drawn, np.float64), *given) if name in PATHS else (0, 0)
        for gradient, slope in zip(gradients, slopes):
            np.testing.assert_allclose(gradient, (heads * slope).sum(0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("attrs", [{"prob": 0.3, "logit": None}, {"prob": None, "logit": math.log(3 / 7)}])
def test_bernoulli(attrs: dict[str, float | None]) -> None:
    drawn = [call("_npi_bernoulli", (), is_logit=False, size=(COUNT,), **attrs)]
    value = next(value for value in attrs.values() if value is not None)
    is_logit = attrs["prob"] is None
    drawn.append(call("_npi_bernoulli", (np.full(COUNT, value),), 1, is_logit=is_logit, prob=None, logit=None))
    for each in drawn:
        assert set(np.unique(each)) == {0, 1}
        assert abs(np.asarray(each).mean() - 0.3) < 5 * math.sqrt(0.21 / COUNT)


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("shares", [None, (0.1, 0.0, 0.6, 0.3)])
def test_choice(replace: bool, shares: tuple[float, ...] | None) -> None:
    inputs = () if shares is None else (f32(shares),)
    one = lambda key: call("_npi_choice", inputs, key, a=4, size=(3,), replace=replace, weighted=bool(inputs))  # noqa: E731
    drawn = np.asarray(jax.vmap(one)(jax.random.split(jax.random.key(0), COUNT)))
    first = np.bincount(drawn[:, 0], minlength=4)
    check_counts(first, COUNT * np.array(shares or [0.25] * 4))
    assert replace or all(len(set(row)) == 3 for row in drawn.tolist())
    second = np.bincount(drawn[drawn[:, 0] == 2, 1], minlength=4)
    left = np.array(shares or [0.25] * 4) * (1 if replace else np.arange(4) != 2)
    check_counts(second, first[2] * left / left.sum())


@pytest.mark.parametrize("by_array", [True, False])
def test_numpy_multinomial(by_array: bool) -> None:
    shares = np.array([0.2, 0.0, 0.5, 0.3])
    inputs, given = ((shares,), None) if by_array else ((), tuple(shares))
    counts = np.asarray(call("_npi_multinomial", inputs, n=10, pvals=given, size=(COUNT,)), np.float64)
    assert np.all(counts.sum(1) == 10)
    covariance = 10 * (np.diag(shares) - np.outer(shares, shares))
    assert np.all(np.abs(counts.mean(0) - 10 * shares) <= 5 * np.sqrt(np.diag(covariance) / COUNT))
    np.testing.assert_allclose(np.cov(counts.T), covariance, atol=0.1)
    rest = np.asarray(call("_npi_multinomial", (), n=1000, pvals=(0.25, 0.25)))  # the last outcome takes what is left
    assert 600 < rest[1] < 900


PIXELS = f32([[[100, 50, 25], [10, 20, 30]]])


def over_keys(op: str, **attrs: Any) -> np.ndarray:
    """An image operator under many keys."""
    one = jax.jit(jax.vmap(lambda key: call(op, (PIXELS,), key, **attrs)))
    return np.asarray(one(jax.random.split(jax.random.key(5), 2000)))


@pytest.mark.parametrize("name", ["brightness", "contrast"])
def test_image_factors_are_uniform(name: str) -> None:
    drawn = over_keys(f"_image_random_{name}", min_factor=0.5, max_factor=1.5)
    factors = (drawn[:, 0, 0, 0] - drawn[:, 0, 0, 1]) / 50  # both keep proportions of differences
    distance = np.abs(np.sort(factors) - 0.5 - (np.arange(2000) + 0.5) / 2000).max()
    assert distance * math.sqrt(2000) < 1.95


def test_random_lighting_is_normal() -> None:
    added = over_keys("_image_random_lighting", alpha_std=0.5) - PIXELS
    np.testing.assert_allclose(added[:, 0, 0], added[:, 0, 1], atol=1e-3)  # the same for all pixels
    red = added[:, 0, 0, 0]
    deviation = 0.5 * math.hypot(55.46 * 0.5675, 4.794 * 0.7192, 1.148 * 0.4009)
    assert abs(red.mean()) < 5 * deviation / math.sqrt(2000)
    assert abs(red.std() - deviation) < 5 * deviation / math.sqrt(4000)


@pytest.mark.parametrize(("name", "axis"), [("left_right", 2), ("top_bottom", 1)])
def test_random_flips(name: str, axis: int) -> None:
    image = np.arange(18, dtype=np.float32).reshape(2, 3, 3)
    flipped = [np.asarray(call(f"_image_random_flip_{name}", (image,), seed)) for seed in range(64)]
    mirrored = [np.array_equal(each, np.flip(image, axis - 1)) for each in flipped]
    assert all(yes or np.array_equal(each, image) for yes, each in zip(mirrored, flipped))
    assert 12 < sum(mirrored) < 52


def test_color_jitter_takes_its_steps_in_random_order() -> None:
    amounts = {"brightness": 0.5, "contrast": 0.5, "saturation": 0, "hue": 0}
    drawn = over_keys("_image_random_color_jitter", **amounts)
    # Contrast keeps the mean gray of what it gets, so the order shows only in numbers: both steps change differences.
    factors = (drawn[:, 0, 0, 0] - drawn[:, 0, 0, 1]) / 50
    assert abs(factors.mean() - 1) < 5 * math.sqrt(((13 / 12) ** 2 - 1) / 2000)
    assert np.array_equal(call("_image_random_color_jitter", (PIXELS,), **dict.fromkeys(amounts, 0)), PIXELS)


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
        ("_npi_normal", (), {"loc": 0, "scale": -1}, ArgumentError, "scale >= 0, got -1"),
        ("_npi_pareto", (), {"a": 0}, ArgumentError, "a > 0"),
        ("_npi_normal", (f32([1, 2]),), {"loc": None, "scale": 1, "size": (3,)}, ShapeError, "cannot broadcast"),
        ("_npi_gamma", (np.array([1]),), {"shape": None, "scale": 1}, DTypeError, "int"),
        ("_npi_bernoulli", (), {"prob": 2, "logit": None, "is_logit": False}, ArgumentError, "prob <= 1"),
        ("_npi_choice", (), {"a": 2, "size": (3,), "replace": False}, ArgumentError, "cannot choose"),
        ("_npi_choice", (f32([1, 2]),), {"a": 3, "size": (3,), "weighted": True}, ShapeError, "3 probabilities"),
        ("_npi_multinomial", (), {"n": 2, "pvals": (0.5, 0.6)}, ArgumentError, "at most 1"),
        ("_npi_multinomial", (np.ones((1, 2)),), {"n": 2, "pvals": None}, ShapeError, "rank 1"),
        ("_image_random_hue", (np.ones((1, 2, 2, 3)),), {"min_factor": 0, "max_factor": 1}, ShapeError, "one image"),
        ("_image_random_hue", (np.ones((2, 2, 3)),), {"min_factor": -1, "max_factor": 1}, ArgumentError, "at least 0"),
        ("_image_adjust_lighting", (np.ones((2, 2, 3)),), {"alpha": (1, 2)}, ArgumentError, "three numbers"),
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
