"""Scenarios of `mx.test_utils`; see `tests.oracle.scenarios`."""

from __future__ import annotations

import contextlib
import io
import os
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("test_utils")
scenario = SCENARIOS.add


def message(function: Any) -> list[Any]:
    """What the error says, where and how large it is, and how many elements are printed; nothing without an error."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            function()
        except AssertionError as error:
            lines = [line.strip().removesuffix(".") for line in str(error).splitlines() if "rror" in line]
            return [lines, printed.getvalue().count("Error")]
    return []


@scenario
def tolerances(mx):
    t, found = mx.test_utils, []
    for table in (t.default_rtols(), t.default_atols(), t.default_numeric_eps()):
        found.append({dtype.name: value for dtype, value in table.items()})
    found += [t.get_atol(), t.get_rtol(), t.get_atol(3), t.get_rtol(0.5), t.get_etol(), t.get_etol(0.2)]
    found += [t.get_rtol(None, np.dtype("float16")), t.get_atol(None, np.dtype("float32"))]
    single, half = np.ones(2, "float32"), np.ones(2, "float16")
    found += [t.get_tols(single, half, None, 3), t.get_tols(single, mx.nd.ones(2), {np.dtype("float32"): 2}, None)]
    return [*found, t.get_tols(1.0, single, None, None), t.default_dtype().__name__]


@scenario
def random_numbers(mx):
    t = mx.test_utils
    np.random.seed(3)
    found = [t.rand_shape_2d(), t.rand_shape_3d(4, 5, 6), t.rand_shape_nd(4, 3, True), t.rand_coord_2d(1, 5, 7, 9)]
    found = [[int(number) for number in shape] for shape in found]
    found += [t.random_arrays((2, 3)).tolist(), [a.tolist() for a in t.random_arrays((), (2,))]]
    found += [[a.tolist() for a in t.random_uniform_arrays((2,), low=2, high=3, dtype="float64")]]
    found += [t.random_sample(list(range(9)), 4), raised(lambda: t.random_sample([1], 2))]
    for dtype in (None, "float64", "int32"):
        array = t.rand_ndarray((2, 2), dtype=dtype)
        found += [array.asnumpy().tolist(), array.dtype.__name__, str(array.context)]
    return [*found, raised(lambda: t.random_uniform_arrays((2,), no=1))]


@scenario
def reductions(mx):
    t, a = mx.test_utils, np.arange(24.0).reshape(2, 3, 4)
    found = [t.np_reduce(a, axis, keep, np.sum).tolist() for axis in (None, 1, (0, 2)) for keep in (False, True)]
    found += [t.collapse_sum_like(a, shape).tolist() for shape in ((3, 4), (1, 4), (2, 3, 1), (1,), (4,))]
    return [
        *found,
        raised(lambda: t.collapse_sum_like(a, (2, 4))),
        raised(lambda: t.collapse_sum_like(a, (1, 2, 3, 4))),
    ]


@scenario
def comparisons(mx):
    t, nan = mx.test_utils, float("nan")
    a, b = np.array([1.0, 2.0, nan]), np.array([1.0, 2.0 + 1e-7, nan])
    found = [t.almost_equal(a, b), t.almost_equal(a, b, equal_nan=True), t.almost_equal(a[:2], 1.0)]
    found += [raised(lambda: t.almost_equal(a[:2], b, use_broadcast=False)), t.same(a[:2], b[:2]), t.same(a[:1], b[:1])]
    found += [raised(lambda: t.assert_almost_equal_ignore_nan(a, b)), raised(lambda: t.assert_almost_equal(a, b))]
    found += [raised(lambda: t.assert_allclose(a[:2], b[:2])), raised(lambda: t.assert_allclose(a[:1], b[:1]))]
    found += [raised(lambda: t.assert_almost_equal(np.array([True]), np.array([False])))]
    x = mx.nd.array([1, 2, 3, 4])
    found += [t.same_array(x, x[:]), t.same_array(x, x.copy()), x.asnumpy().tolist()]
    found += [raised(lambda: t.compare_ndarray_tuple((x, (x, None)), (x, (x, x))))]
    return [*found, raised(lambda: t.compare_ndarray_tuple((x, (x,)), (x, (x + 1,))))]


@scenario
def messages(mx):
    t, a = mx.test_utils, np.arange(20, dtype="float32").reshape(4, 5)
    few, many = a.copy(), a + 0.5
    few[1, 2], few[3, 4] = 8, 19.5
    calls = [
        lambda: t.assert_almost_equal(a, a),
        lambda: t.assert_almost_equal(a, few),
        lambda: t.assert_almost_equal(mx.nd.array(a), mx.nd.array(few), names=("x", "y")),
        lambda: t.assert_almost_equal(a, mx.nd.array(few), rtol=0.125, atol=0.25),
        lambda: t.assert_almost_equal(a, few, rtol=0.5),
        lambda: t.assert_almost_equal(a, many),
        lambda: t.assert_almost_equal(a, many, mismatches=(2, 3)),
        lambda: t.assert_almost_equal(a, many, mismatches=(3, 0)),
        lambda: t.assert_almost_equal(np.float64(1), np.float64(2)),
        lambda: t.assert_almost_equal(a[0], np.array([0, 1, np.inf, 3, 4], "float32")),
        lambda: t.assert_almost_equal(a[0], np.array([0, 1, np.nan, 3, 4], "float32")),
        lambda: t.assert_almost_equal(np.array([1, 2]), np.array([1, 3])),
        lambda: t.assert_almost_equal_with_err(a, few),
        lambda: t.assert_almost_equal_with_err(a, few, etol=0.1),
        lambda: t.assert_almost_equal_with_err(a, few, etol=0.05),
        lambda: t.assert_almost_equal_with_err(mx.nd.array(a), mx.nd.array(few), etol=0.05, names=("x", "y")),
    ]
    return [message(call) for call in calls]


@scenario
def around_tests(mx):
    t, tries = mx.test_utils, []

    @t.retry(3)
    def flaky(wanted):
        tries.append(wanted)
        assert len(tries) >= wanted
        return 5

    found = [flaky(2), len(tries), raised(lambda: flaky(9)), len(tries), raised(lambda: t.retry(0))]
    found += [
        raised(lambda: t.assert_exception(int, ValueError, "x")),
        raised(lambda: t.assert_exception(int, ValueError, 1)),
    ]
    found += [raised(lambda: t.assert_exception(int, KeyError, "x"))]
    name = "A_NAME_OF_THESE_TESTS"
    with t.environment(name, "1"):
        found.append(os.environ.get(name))
        with t.environment({name: None, name + "2": "3"}):
            found += [os.environ.get(name), os.environ.get(name + "2")]
        found += [os.environ.get(name), os.environ.get(name + "2")]
    with t.discard_stderr():
        os.write(2, b"This must not be seen.\n")
    return [*found, os.environ.get(name), raised(lambda: t.environment(name).__enter__())]


@scenario
def symbols(mx):
    t, x = mx.test_utils, mx.sym.Variable("x")
    pairs = [
        (x + 1, x + 2),
        (x + 1, x * 2),
        (mx.sym.FullyConnected(x, num_hidden=2), mx.sym.FullyConnected(x, num_hidden=3)),
    ]
    return [t.same_symbol_structure(*pair) for pair in pairs]
