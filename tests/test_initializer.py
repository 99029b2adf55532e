"""Initializers: MXNet's facts, and the distributions of the random ones."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from gluax import initializer as init
from gluax import ndarray as nd
from gluax import random
from gluax.errors import ArgumentError, DTypeError, MXNetError, ShapeError
from gluax.gluon import Parameter
from gluax.symbol import naming
from tests.oracle.initializer_scenarios import SCENARIOS

GLUAX = SimpleNamespace(nd=nd, init=init, random=random, name=naming, AttrScope=naming.AttrScope)


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    SCENARIOS.check(name, GLUAX)


def drawn(kind: init.Initializer, shape: tuple[int, ...], dtype: str = "float32") -> np.ndarray:
    random.seed(11)
    parameter = Parameter("w_weight", shape=shape, dtype=dtype)
    parameter.initialize(kind)
    return parameter.data().asnumpy()


def uniform_distribution(scale: float):
    return lambda x: np.clip((x + scale) / (2 * scale), 0, 1)


def normal_distribution(sigma: float):
    return np.vectorize(lambda x: 0.5 * (1 + math.erf(x / (sigma * math.sqrt(2)))))


# 1.95 / sqrt(n) is exceeded once in a thousand seeds (Kolmogorov), and the seed is fixed.
def distance(sample: np.ndarray, distribution) -> float:
    """The Kolmogorov-Smirnov statistic times the root of the number of samples."""
    ordered = np.sort(sample.ravel().astype(np.float64))
    steps = np.arange(ordered.size + 1) / ordered.size
    wanted = distribution(ordered)
    return math.sqrt(ordered.size) * max((steps[1:] - wanted).max(), (wanted - steps[:-1]).max())


DISTRIBUTIONS = [
    (init.Uniform(), (200, 150), uniform_distribution(0.07)),
    (init.Uniform(2.5), (200, 150), uniform_distribution(2.5)),
    (init.Normal(), (200, 150), normal_distribution(0.01)),
    (init.Normal(2), (200, 150), normal_distribution(2)),
    (init.Xavier(), (200, 150), uniform_distribution(math.sqrt(3 / 175))),
    (init.Xavier(factor_type="in"), (200, 150), uniform_distribution(math.sqrt(3 / 150))),
    (init.Xavier(factor_type="out", magnitude=2), (200, 150), uniform_distribution(math.sqrt(2 / 200))),
    (init.Xavier("gaussian", "out"), (64, 32, 3, 3), normal_distribution(math.sqrt(3 / (64 * 9)))),
    (init.Xavier("gaussian", "avg", 1), (64, 32, 3, 3), normal_distribution(math.sqrt(1 / (48 * 9)))),
    (init.MSRAPrelu(), (64, 32, 3, 3), normal_distribution(math.sqrt(2 / (1 + 0.25**2) / (48 * 9)))),
    (init.MSRAPrelu("in", 0), (64, 32, 3, 3), normal_distribution(math.sqrt(2 / (32 * 9)))),
]


@pytest.mark.parametrize(
    ("kind", "shape", "distribution"), DISTRIBUTIONS, ids=lambda value: getattr(value, "dumps", str)()
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_distribution(kind: init.Initializer, shape: tuple[int, ...], distribution, dtype: str) -> None:
    sample = drawn(kind, shape, dtype)
    assert sample.dtype == dtype
    assert distance(sample, distribution) < 1.95
    assert distance(sample * np.asarray(1.1, dtype), distribution) > 1.95  # the check can fail
    assert len(np.unique(sample)) > 0.95 * sample.size


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision(dtype: str) -> None:
    random.seed(3)
    parameter = Parameter("w_weight", shape=(100, 100), dtype=dtype)
    parameter.initialize(init.Uniform(1.0))
    sample = np.asarray(parameter.data()._data).astype(np.float64)
    assert abs(sample).max() <= 1
    assert abs(sample.mean()) < 0.02
    assert sample.std() == pytest.approx(1 / math.sqrt(3), rel=0.02)


def test_bounds_and_moments() -> None:
    sample = drawn(init.Uniform(0.5), (1000, 100))
    assert -0.5 <= sample.min() < -0.4999
    assert 0.4999 < sample.max() <= 0.5
    sample = drawn(init.Normal(3.0), (1000, 100)).astype(np.float64) / 3
    assert [abs(np.mean(sample**power)) for power in (1, 2, 3, 4)] == pytest.approx([0, 1, 0, 3], abs=0.06)


def test_copies_on_contexts_are_equal_and_draws_are_not() -> None:
    from gluax.context import cpu

    random.seed(1)
    first, second = Parameter("a", shape=(9,)), Parameter("b", shape=(9,))
    first.initialize(init.Uniform(), ctx=[cpu(0), cpu(1)])
    second.initialize(init.Uniform())
    np.testing.assert_array_equal(first.data(cpu(0)).asnumpy(), first.data(cpu(1)).asnumpy())
    assert (first.data(cpu(0)).asnumpy() != second.data().asnumpy()).all()


@pytest.mark.parametrize(
    ("kind", "error", "message", "call"),
    [
        ("unknown suffix", ValueError, "Unknown initialization pattern for x", lambda: init.One()(init.InitDesc("x"), nd.ones(1))),
        ("no weight", NotImplementedError, "Initializer has no _init_weight", lambda: init.Initializer()._init_weight("w", nd.ones(1))),
        ("vector", ValueError, r"vector w_weight.*shape \(3,\)", lambda: drawn(init.Xavier(), (3,))),
        ("factor", ValueError, "'nope', expected one of .*avg", lambda: drawn(init.Xavier(factor_type="nope"), (3, 3))),
        ("kind", ValueError, "'nope', expected 'uniform'", lambda: drawn(init.Xavier("nope"), (3, 3))),
        ("rand_type", ArgumentError, "'nope', expected 'uniform'", lambda: drawn(init.Orthogonal(1, "nope"), (3, 3))),
        ("integers", DTypeError, "do not fit an array of int8", lambda: drawn(init.Uniform(), (3,), "int8")),
        ("bilinear", ShapeError, r"4 dimensions, not of shape \(3, 3\)", lambda: drawn(init.Bilinear(), (3, 3))),
        ("registry", AssertionError, "nope is not registered.*'zeros'", lambda: init.create("nope")),
        ("not a name", AssertionError, "must be of string type, not 3", lambda: init.create(3)),
        ("complete", AssertionError, "takes no further arguments", lambda: init.create(init.Zero(), 1)),
        ("json", AssertionError, "a name and a dict", lambda: init.create('["normal"]')),
        ("register", AssertionError, "Can only register subclass", lambda: init.register(dict)),  # type: ignore
        ("rnn mode", ArgumentError, "mode is 'nope'", lambda: init.FusedRNN("zeros", 2, 1, "nope")),
        ("rnn size", ShapeError, "57 elements are no parameters", lambda: drawn(init.FusedRNN("zeros", 2, 1, "lstm"), (57,))),
        ("mixed", ValueError, "x did not match any pattern", lambda: init.Mixed(["a"], [init.One()])("x", nd.ones(1))),
        ("load", AssertionError, "Not found in loaded param", lambda: init.Load({})("x", nd.ones(1))),
    ],
)  # fmt: skip
def test_messages(kind: str, error: type[Exception], message: str, call) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, (MXNetError, NotImplementedError)), kind


def test_arrays_survive_dumps_and_create() -> None:
    kind = init.Constant(np.array([[1.5, 2.0]], np.float32))
    again = init.create(kind.dumps())
    assert again.dumps() == kind.dumps() == '["constant", {"value": [[1.5, 2.0]]}]'
    np.testing.assert_array_equal(drawn(again, (1, 2)), [[1.5, 2.0]])


def test_fused_rnn_survives_dumps_and_create() -> None:
    # MXNet itself trips over the initializer inside.
    kind = init.FusedRNN(init.Constant(2), 2, 1, "gru")
    again = init.create(kind.dumps())
    assert again == kind
    np.testing.assert_array_equal(drawn(again, (42,)), [2.0] * 30 + [0.0] * 12)
