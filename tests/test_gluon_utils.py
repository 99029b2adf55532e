"""gluon.utils beyond what the scenarios compare with MXNet: several contexts, dtypes, other arrays, hook handles."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

import gluax as mx
from gluax.gluon import utils
from gluax.ir.np_shape import np_shape


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_split_of_other_arrays(axis: int) -> None:
    values = np.arange(12, dtype="float32").reshape(3, 4)
    wanted = np.array_split(values, 2, axis=axis)
    for data in (values, jax.numpy.asarray(values), mx.nd.array(values)):
        pieces = utils.split_data(data, 2, axis, even_split=False)
        assert [type(piece) for piece in pieces] == [type(data)] * 2
        for piece, part in zip(pieces, wanted):
            np.testing.assert_array_equal(np.asarray(piece), part)


def test_clip_over_contexts() -> None:
    arrays = [mx.nd.array([3.0], ctx=mx.cpu(0)), mx.nd.array([[0.0, 4.0]], ctx=mx.cpu(1))]
    kept = [array.detach() for array in arrays]  # handles on the same storage
    norm = utils.clip_global_norm(arrays, 2.5, check_isfinite=False)
    assert norm.context == mx.cpu(0)
    np.testing.assert_allclose(norm.asnumpy(), [5])
    np.testing.assert_allclose(kept[0].asnumpy(), [1.5])
    np.testing.assert_allclose(kept[1].asnumpy(), [[0, 2]])
    assert [array.context for array in arrays] == [mx.cpu(0), mx.cpu(1)]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_clip_keeps_dtypes(dtype: str) -> None:
    array = mx.nd.array([3, 4], dtype=dtype)
    norm: Any = utils.clip_global_norm([array], 1)
    assert norm.dtype == array.asnumpy().dtype == dtype
    np.testing.assert_allclose(array.asnumpy(), [0.6, 0.8], rtol=1e-3)


def test_clip_refuses() -> None:
    with pytest.raises(mx.MXNetError, match="int32"):
        utils.clip_global_norm([mx.nd.array([3], dtype="int32")], 1)
    with pytest.raises(mx.MXNetError, match="one dtype"):
        utils.clip_global_norm([mx.nd.array([3], dtype="float64"), mx.nd.array([3])], 1)
    with pytest.raises(AssertionError, match="at least one"):
        utils.clip_global_norm([], 1)


@pytest.mark.parametrize("check", [True, False])
def test_clip_warns_where_it_was_called(check: bool, recwarn: pytest.WarningsRecorder) -> None:
    array = mx.nd.array([1, np.nan])
    utils.clip_global_norm([array], 1, check_isfinite=check)
    assert np.isnan(array.asnumpy()).all()
    assert [(warning.category, warning.filename) for warning in recwarn] == [(UserWarning, __file__)] * check


@pytest.mark.parametrize(
    ("shape", "plain", "numpy"),
    [(None, False, False), ((), False, True), ((2, 3), True, True), ((0, -3), False, None), ((2, -1), None, False)],
)
def test_shape_is_known(shape: tuple[int, ...] | None, plain: bool | None, numpy: bool | None) -> None:
    for semantics, known in ((False, plain), (True, numpy)):
        with np_shape(semantics):
            if known is None:
                with pytest.raises(AssertionError, match="less than"):
                    utils.shape_is_known(shape)
            else:
                assert utils.shape_is_known(shape) is known


def test_hook_handles() -> None:
    fired = []
    layer = mx.gluon.nn.Activation("relu")
    x = mx.nd.ones((1,))

    def hook(*args: Any) -> None:
        fired.append(args)

    first, _ = layer.register_forward_hook(hook), layer.register_forward_hook(hook)
    layer(x)
    assert len(fired) == 1  # a hook is there once, however often it is registered
    first.detach()
    first.detach()
    layer(x)
    assert len(fired) == 1
    with layer.register_forward_hook(hook):
        layer(x)
    layer(x)
    assert len(fired) == 2
    handle = utils.HookHandle()
    handle.detach()
    handle.attach({}, hook)
    with pytest.raises(AssertionError, match="twice"):
        handle.attach({}, hook)
