"""NDArrays among JAX's own arrays: as pytrees, under transformations, and as arguments of its functions."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax.ndarray as nd
from gluax import random
from gluax.context import Context, cpu
from gluax.errors import ArgumentError, AttributeParseError, OperatorError, ShapeError
from gluax.ir.np_shape import np_shape
from gluax.ndarray.invoke import invoke


@pytest.fixture
def x() -> nd.NDArray:
    return nd.arange(6).reshape((2, 3))


def test_arrays_from_outside_of_a_trace(x: nd.NDArray) -> None:
    found = jax.jit(lambda y: nd.exp(x)._data + nd.zeros((2, 3))._data + y)(jnp.ones((2, 3)))
    np.testing.assert_allclose(found, np.exp(x.asnumpy()) + 1, rtol=1e-6)


def test_pytree_keeps_context_and_takes_any_leaf(x: nd.NDArray) -> None:
    labelled = x.as_in_context(cpu(1))
    leaves, tree = jax.tree.flatten({"a": labelled, "b": [x[0]]})
    assert [leaf.shape for leaf in leaves] == [(2, 3), (3,)]
    assert all(isinstance(leaf, jax.Array) for leaf in leaves)
    back = jax.tree.unflatten(tree, leaves)
    assert isinstance(back["a"], nd.NDArray)
    assert back["a"].context == cpu(1)
    for leaf in (object(), None, jax.ShapeDtypeStruct((1,), "float32"), 3):
        assert jax.tree.unflatten(jax.tree.structure(x), [leaf])._data is leaf


def test_tree_map_gives_new_handles(x: nd.NDArray) -> None:
    doubled = jax.tree.map(lambda array: array * 2, x)
    doubled[:] = 0
    assert x.asnumpy().sum() == 15


CALLS: dict[str, Callable[[Any], Any]] = {
    "sin": jnp.sin, "add": lambda x: jnp.add(x, 1), "where": lambda x: jnp.where(x, x, x), "sum": jnp.sum,
    "concatenate": lambda x: jnp.concatenate([x, x]), "stack": lambda x: jnp.stack([x, x]), "asarray": jnp.asarray,
    "array": jnp.array, "max": lambda x: jnp.max(x, axis=0), "reshape": lambda x: jnp.reshape(x, -1),
    "dot": lambda x: jnp.dot(x, np.ones(3, "float32")), "softmax": jax.nn.softmax, "relu": jax.nn.relu,
    "jax + nd": lambda x: jnp.ones((2, 3)) + x, "nd + jax": lambda x: x + jnp.ones((2, 3)),
    "nd > jax": lambda x: x > jnp.ones((2, 3)), "jax / nd": lambda x: jnp.ones((2, 3)) / x,
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_functions_of_jax_take_arrays(name: str, x: nd.NDArray) -> None:
    found, expected = CALLS[name](x), CALLS[name](x._data)
    assert isinstance(found, jax.Array)
    np.testing.assert_array_equal(found, expected)


def test_numpy_takes_arrays(x: nd.NDArray) -> None:
    np.testing.assert_array_equal(np.asarray(x), x.asnumpy())
    assert np.asarray(x, "float64").dtype == "float64"
    assert np.sin(x).shape == (2, 3)
    taken = np.array(x)
    taken[:] = 0
    assert x.asnumpy().sum() == 15


def test_asnumpy_is_the_callers_own(x: nd.NDArray) -> None:
    taken = x.asnumpy()
    taken[:] = 0
    assert x.asnumpy().sum() == 15


def test_source_may_change_afterwards() -> None:
    source = np.ones((64, 64), "float32")
    made = [nd.array(source), nd.zeros((64, 64))]
    made[1][:] = source
    source[:] = 0
    assert [array.asnumpy().min() for array in made] == [1, 1]


def network(x: nd.NDArray, weight: nd.NDArray) -> nd.NDArray:
    hidden = nd.relu(nd.FullyConnected(x, weight, no_bias=True, num_hidden=4) - 1)
    hidden[0] += 2
    rows = hidden.reshape((-1,))[2:6]
    rows *= 3
    return (hidden / 2)[:, 1:]


def test_jit_grad_and_vmap(x: nd.NDArray) -> None:
    weight = nd.arange(12).reshape((4, 3)) / 10
    expected = network(x, weight).asnumpy()
    np.testing.assert_allclose(jax.jit(network)(x, weight).asnumpy(), expected, rtol=1e-6)
    many = jax.vmap(network, in_axes=(0, None))(nd.stack(x, x + 1), weight)
    assert many.shape == (2, 2, 3)
    np.testing.assert_allclose(many[0].asnumpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(many[1].asnumpy(), network(x + 1, weight).asnumpy(), rtol=1e-6)

    def loss(weight: nd.NDArray) -> Any:
        return network(x, weight)._data.sum()

    slope = jax.grad(loss)(weight)
    assert isinstance(slope, nd.NDArray)
    assert slope.shape == weight.shape
    step = nd.zeros((4, 3))
    step[1, 2] = 1e-2
    numeric = (loss(weight + step) - loss(weight - step)) / 2e-2
    np.testing.assert_allclose(slope.asnumpy()[1, 2], numeric, rtol=1e-3)


def test_a_view_seen_in_a_trace_leaks_nothing(x: nd.NDArray) -> None:
    row = x[1]
    jax.jit(lambda y: row + y)(nd.ones((3,)))
    x[1] = 7
    assert row.asnumpy().tolist() == [7, 7, 7]


def test_drawing_in_a_trace_leaves_the_stream_whole() -> None:
    jax.jit(lambda y: y + nd.random.uniform(shape=(3,)))(nd.ones((3,)))
    assert nd.random.uniform(shape=(3,)).shape == (3,)


def test_indices_may_be_tracers(x: nd.NDArray) -> None:
    found = jax.jit(lambda x, rows: x[rows])(x, nd.array([1, 0]))
    np.testing.assert_array_equal(found.asnumpy(), x.asnumpy()[[1, 0]])


def test_repr_of_a_tracer_does_not_fail(x: nd.NDArray) -> None:
    seen: list[str] = []

    def look(x: nd.NDArray) -> nd.NDArray:
        seen.append(repr(x))
        return x

    jax.jit(look)(x)
    assert seen
    assert "NDArray" in seen[0]


def test_64_bits_are_real_outside_x64() -> None:
    big = nd.array([2**40 + 1], dtype="int64")
    assert (big + 1).asnumpy()[0] == 2**40 + 2
    assert big[0].dtype is np.int64
    fine = nd.array([1.0], dtype="float64")
    fine += 1e-12
    assert fine.asnumpy()[0] > 1
    assert (fine / 3).dtype is np.float64
    big[0] = 2**50
    assert big.asscalar() == 2**50


def test_dlpack(x: nd.NDArray) -> None:
    if x.context.device_type == "cpu":  # numpy takes nothing else
        np.testing.assert_array_equal(np.from_dlpack(x), x.asnumpy())
    read = nd.from_dlpack(x.to_dlpack_for_read())
    assert read.context == x.context
    np.testing.assert_array_equal(read.asnumpy(), x.asnumpy())
    with pytest.raises(ValueError, match="PyCapsule"):
        nd.from_dlpack(object())
    assert nd.from_dlpack(np.arange(3.0)).dtype is np.float64
    writable = nd.from_dlpack(x.to_dlpack_for_write())
    writable[:] = 0
    assert x.asnumpy().sum() == 15


def test_copies_are_separate(x: nd.NDArray) -> None:
    for other in (x.copy(), copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x)), nd.array(x)):
        other[:] = -1
    assert x.asnumpy().sum() == 15


def test_views_of_views_follow_and_lead(x: nd.NDArray) -> None:
    flat = x.reshape((3, 2)).reshape((-1,))
    tail = flat[3:]
    middle = tail[1]
    middle[:] = 50
    assert x.asnumpy()[1, 1] == 50
    assert tail.asnumpy().tolist() == [3, 50, 5]
    x *= 2
    assert middle.asscalar() == 100
    assert flat.asnumpy()[5] == 10


def test_loops_over_rows_and_numbers_compile_once() -> None:
    x = nd.zeros((200, 3))
    start = time.perf_counter()
    for number in range(200):
        x[number] = x[number] + number
        x[:, 1] = x[:, 1] * 1.01
    assert time.perf_counter() - start < 20  # a compilation for each would take minutes
    assert x.asnumpy()[199, 0] == 199


def test_writable() -> None:
    x = nd.ones((2,))
    x.writable = False
    with pytest.raises(ValueError, match="read-only"):
        x += 1
    assert not x[0].writable


def test_threads_have_contexts_of_their_own() -> None:
    seen = []
    with Context("cpu", 4):
        thread = threading.Thread(target=lambda: seen.append(nd.ones((1,)).context))
        thread.start()
        thread.join()
        assert nd.ones((1,)).context == Context("cpu", 4)
    assert seen[0].device_id == 0


_ON_DEVICES = """
import gluax as mx
one, two = mx.nd.ones((2,)), mx.nd.ones((2,), ctx=mx.cpu(1))
view = two[1:]
view[:] = one[1:] + 4
two += one
two.attach_grad()
mx.nd.relu(one[1:], out=view)
made = [two, one + two, two + one, two[0], two.grad, mx.nd.zeros_like(two), two.shape_array(), two.copyto(one),
        two.as_in_context(mx.cpu(3)), mx.nd.random.uniform(ctx=mx.cpu(2)), mx.nd.arange(2, ctx="cpu(2)"), mx.nd.array(two)]
for array in made:
    (device,) = array._data.devices()
    assert device.id == array.context.device_id, (array, device)
print([array.context.device_id for array in made])
"""


def test_contexts_are_devices_where_there_are_several() -> None:
    env = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", _ON_DEVICES], capture_output=True, text=True, env=env, check=False)
    assert done.stdout.strip() == "[1, 0, 1, 1, 1, 1, 1, 0, 3, 2, 2, 0]", done.stderr


def test_np_shape_makes_scalars_and_empty_arrays_real() -> None:
    with np_shape():
        assert nd.zeros(()).shape == ()
        assert nd.ones((0, 3)).shape == (0, 3)
        assert (nd.array(3.0) + 1).asscalar() == 4
        assert (nd.zeros((0, 2)) + 1).shape == (0, 2)
        assert nd.arange(6).reshape((2, 3))[:, 1:1].shape == (2, 0)


ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "inputs": (lambda: nd.FullyConnected(nd.ones((1, 2)), num_hidden=3), ArgumentError, "'weight'.*got 1"),
    "attribute": (lambda: nd.softmax(nd.ones((2,)), axes=1), AttributeParseError, "unknown attribute 'axes' of operator"),
    "no node": (lambda: nd.softmax(nd.ones((2,)), axis="x"), AttributeParseError, r"operator 'softmax': expected"),
    "shapes": (lambda: nd.ones((2, 3)) + nd.ones((2,)), ShapeError, r"float32\[2, 3\].*float32\[2\]"),
    "outputs": (lambda: nd.relu(nd.ones((2,)), out=[]), ArgumentError, "1 outputs, got 0"),
    "empty": (lambda: nd.relu(nd.array([])), ShapeError, "np_shape"),
    "running": (lambda: nd.concat(), OperatorError, "operator 'Concat' cannot run"),
    "sparse": (lambda: nd.zeros((2, 2), stype="csr"), NotImplementedError, "dense"),
    "csr_matrix": (lambda: nd.sparse.csr_matrix((2, 2)), NotImplementedError, "dense"),
    "row_sparse_array": (lambda: nd.sparse.row_sparse_array((2, 2)), NotImplementedError, "dense"),
    "imdecode": (lambda: nd.imdecode(b""), NotImplementedError, "imdecode"),
    "list index": (lambda: nd.ones((2, 3))[[0, 7]], IndexError, "index 7 is out of bounds for axis 0 with size 2"),
    "assigned index": (lambda: nd.ones((2,)).__setitem__([5], 1), IndexError, "index 5"),
    "value": (lambda: nd.ones((2, 3)).__setitem__(0, [1, 2]), ShapeError, r"shape \(2,\).*to shape \(3,\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_messages(name: str) -> None:
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match=message):
        call()


def test_overlapping_rows_move_as_if_copied_first() -> None:
    x = nd.arange(4)
    x[1:] = x[:-1]
    assert x.asnumpy().tolist() == [0, 0, 1, 2]


def test_seed_repeats_every_distribution() -> None:
    def draw() -> list[np.ndarray]:
        random.seed(5)
        return [
            random.uniform(shape=3).asnumpy(),
            random.normal(shape=3).asnumpy(),
            nd.Dropout(nd.ones((50,)), mode="always").asnumpy(),
        ]

    for first, second in zip(draw(), draw()):
        np.testing.assert_array_equal(first, second)


def test_invoke_by_alias_and_with_positions() -> None:
    x = nd.array([[1.0, 2.0]])
    np.testing.assert_array_equal(invoke("concat", [x, x], {"dim": 0}).asnumpy(), [[1, 2], [1, 2]])
    np.testing.assert_array_equal(invoke("identity", [x]).asnumpy(), x.asnumpy())
