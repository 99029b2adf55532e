"""Parameters: MXNet's facts, and what only gluax promises."""

from __future__ import annotations

import gc
import warnings
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

import gluax
from gluax import initializer, random
from gluax import ndarray as nd
from gluax.context import Context, cpu, cpu_pinned
from gluax.errors import ModelFormatError, MXNetError, NameLookupError, ParameterError
from gluax.gluon import Constant, DeferredInitializationError, Parameter, ParameterDict, parameter_arrays
from gluax.ir.np_shape import np_shape
from gluax.ir.params_reader import read_params
from gluax.ir.params_writer import write_params
from gluax.symbol import naming
from tests.oracle.parameter_scenarios import SCENARIOS

GLUAX = SimpleNamespace(
    nd=nd, init=initializer, random=random, sym=gluax.sym, name=naming, AttrScope=naming.AttrScope,
    gluon=gluax.gluon, util=SimpleNamespace(np_shape=np_shape), cpu=cpu, cpu_pinned=cpu_pinned,
)  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    SCENARIOS.check(name, GLUAX)


def ready(shape: Any = (2, 3), **kwargs: Any) -> Parameter:
    parameter = Parameter("w", shape=shape, **kwargs)
    parameter.initialize("ones")
    return parameter


# --- the JAX user's view


def test_values_are_jax_arrays_to_jax() -> None:
    parameter = ready()
    assert isinstance(parameter.data()._data, jax.Array)
    assert float(jnp.asarray(parameter.data()).sum()) == 6.0
    parameter.set_data(jnp.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(parameter.data().asnumpy(), np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize("read_only", [False, True])
def test_set_data_does_not_share_memory_that_may_change(read_only: bool) -> None:
    parameter, source = ready((64, 64)), np.ones((64, 64), np.float32)
    view = source.view()
    view.flags.writeable = not read_only
    parameter.set_data(view)
    before = parameter.data().asnumpy()
    source[:] = 5
    expected = np.ones((64, 64)) if not read_only else parameter.data().asnumpy()  # read-only: the caller's promise
    np.testing.assert_array_equal(before, np.ones((64, 64)))
    np.testing.assert_array_equal(parameter.data().asnumpy(), expected)


def test_writes_show_as_another_jax_array() -> None:
    # How compiled blocks notice that a parameter changed.
    parameter = ready()
    seen = [parameter.data()._data]
    parameter.data()[:] = 2
    seen.append(parameter.data()._data)
    parameter.set_data(np.zeros((2, 3)))
    seen.append(parameter.data()._data)
    parameter.cast("float16")
    seen.append(parameter.data()._data)
    parameter.reset_ctx(cpu(1))
    assert len({id(array) for array in seen}) == 4


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64", "int8", "uint8", "int32", "int64", "bool"])
def test_every_dtype_goes_through_a_file(dtype: str, tmp_path: Path) -> None:
    params = ParameterDict("p_")
    params.get("w", shape=(2, 2), dtype=dtype, init="zeros")
    params.initialize()
    values = np.array([[0, 1], [1, 0]]).astype(np.dtype(dtype))
    params["p_w"].set_data(values)
    params.save(tmp_path / "x.params")
    params.initialize("ones", force_reinit=True)
    params.load(tmp_path / "x.params")
    assert params["p_w"].data()._data.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(np.asarray(params["p_w"].data()._data), values)
    assert not jax.config.read("jax_enable_x64")


def test_bfloat16_casts_on_loading(tmp_path: Path) -> None:
    write_params(tmp_path / "x.params", {"w": np.ones((2, 3), ml_dtypes.bfloat16)})
    params = ParameterDict()
    params.get("w", shape=(2, 3))
    with pytest.raises(AssertionError, match="cast_dtype=True"):
        params.load(tmp_path / "x.params")
    params.load(tmp_path / "x.params", cast_dtype=True)
    assert params["w"].data().dtype is np.float32
    params.load(tmp_path / "x.params", cast_dtype=True, dtype_source="saved")
    assert params["w"].data()._data.dtype == ml_dtypes.bfloat16


def test_scalars_go_through_a_file_under_numpy_shapes(tmp_path: Path) -> None:
    params = ParameterDict()
    params.get("s", shape=(), init="ones")
    with np_shape(True):
        params.initialize()
        params.save(tmp_path / "x.params")
        params.load(tmp_path / "x.params")
    assert params["s"].data().shape == ()


# --- nothing changes when something is wrong


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"w": np.ones((2, 3), "f")}, {}, "'b' is missing in file: .*x.params, which contains parameters: 'w'"),
        ({"w": np.ones((2, 3), "f"), "b": np.ones(2, "f"), "x": np.ones(1, "f")}, {}, "'x' loaded from .* not present"),
        ({"w": np.ones((2, 3), "f"), "b": np.ones(3, "f")}, {}, r"'b' .*expected \(2,\) vs saved \(3,\)"),
        ({"w": np.ones((2, 3), "f"), "b": np.ones(2, "f2")}, {}, "'b' .*dtype incompatible .*cast_dtype=True"),
        ({"w": np.ones((2, 3), "f"), "b": np.ones(2, "f")}, {"ctx": cpu(3)}, r"on cpu\(3\) because it was previous"),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(
    arrays: dict[str, Any], options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    params = ParameterDict()
    params.get("w", shape=(2, 3))
    params.get("b", shape=(2,))
    params.initialize("zeros")
    write_params(tmp_path / "x.params", arrays)
    with pytest.raises(ParameterError, match=message) as caught:
        params.load(tmp_path / "x.params", **options)
    assert isinstance(caught.value, (AssertionError, MXNetError))
    assert all(not parameter.data().asnumpy().any() for parameter in params.values())


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.params"
    path.write_bytes(b"old")
    params = ParameterDict()
    params.get("a", shape=2, init="ones").initialize()
    params.get("b", shape=2)
    with pytest.raises(RuntimeError, match="'b' has not been initialized"):
        params.save(path)
    with pytest.raises(ValueError, match="does not start with 'x_'"):
        params.save(path, strip_prefix="x_")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.params"]


def test_unnamed_arrays_are_no_parameters(tmp_path: Path) -> None:
    write_params(tmp_path / "x.params", [np.ones(2, "f")])
    with pytest.raises(ModelFormatError, match="no names"):
        ParameterDict().load(tmp_path / "x.params")


def test_update_is_all_or_nothing() -> None:
    one, two = ParameterDict(), ParameterDict()
    one.get("w")
    two.get("v")
    two.get("w")
    with pytest.raises(ParameterError, match="same name 'w'"):
        one.update(two)
    assert list(one) == ["w"]


# --- messages


@pytest.mark.parametrize(
    ("kind", "message", "call"),
    [
        (RuntimeError, "'w' has not been initialized: call initialize", lambda: Parameter("w", shape=2).data()),
        (RuntimeError, r"not initialized on context cpu\(5\).*\[\wpu\(0\)\]", lambda: ready().data(cpu(5))),
        (RuntimeError, "because grad_req='null'", lambda: ready(grad_req="null").grad()),
        (RuntimeError, r"storage type is row_sparse. Please use row_sparse_data", lambda: ready(stype="row_sparse").data()),
        (RuntimeError, r"storage type is default. Please use data\(\)", lambda: ready().row_sparse_data(nd.NDArray(jnp.ones(1)))),
        (ValueError, r"invalid shape: \(2, 0\)", lambda: Parameter("w", shape=(2, 0)).initialize()),
        (AssertionError, r"expected shape \(3,\) is incompatible with given shape \(2, 3\)", lambda: ready().set_data(np.ones(3))),
        (AssertionError, "nope is not registered", lambda: Parameter("w", shape=2).initialize("nope")),
        (AssertionError, "grad_req must be one of", lambda: Parameter("w", grad_req="nope")),
        (KeyError, "no parameter 'x'; there are 'w'", lambda: owner()["x"]),
        (KeyError, "No constant named 'x'", lambda: owner().get_constant("x")),
        (AssertionError, r"attribute 'lr_mult': desired 2 vs stored 1.0", lambda: owner().get("w", lr_mult=2)),
        (AssertionError, "already exists but it is not a constant", lambda: owner().get_constant("w", [1])),
    ],
)  # fmt: skip
def test_messages(kind: type[Exception], message: str, call: Any) -> None:
    with pytest.raises(kind, match=message) as caught:
        call()
    assert isinstance(caught.value, MXNetError)


def owner() -> ParameterDict:
    params = ParameterDict()
    params.get("w", shape=2)
    return params


def test_deferred_error_tells_the_way_out() -> None:
    parameter = Parameter("w", shape=(2, 0), allow_deferred_init=True)
    parameter.initialize()
    with pytest.raises(DeferredInitializationError, match=r"first forward pass.*in_units") as caught:
        parameter.data()
    assert not isinstance(caught.value, ParameterError)


def test_warnings_point_at_the_caller() -> None:
    parameter = ready()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parameter.initialize()
        Constant("k", [1]).grad_req = "write"
    assert [Path(warning.filename).name for warning in caught] == ["test_parameter.py"] * 2


# --- variables, constants, contexts


def test_cast_leaves_no_stale_type_in_the_variable() -> None:
    parameter = Parameter("w", shape=(2, 3))
    before = parameter.var()
    parameter.cast(np.float32)
    assert parameter.var() is before
    parameter.cast("float16")
    assert parameter.var().attr("__dtype__") == "2"
    assert before.attr("__dtype__") == "0"


def test_a_constant_is_forgotten_with_its_block() -> None:
    constant = Constant("k", [1, 2])
    constant.initialize()
    value = weakref.ref(constant.value)
    del constant
    gc.collect()
    assert value() is None


def test_constants_keep_the_type_of_jax_arrays() -> None:
    assert Constant("k", jnp.ones(2, jnp.int32)).dtype is np.int32
    assert Constant("k", np.ones(2, np.int32)).dtype is np.float32


def test_contexts_are_those_of_the_thread() -> None:
    with Context("cpu", 2):
        parameter = ready()
    assert parameter.data().ctx == cpu(2)
    assert parameter.grad().ctx == cpu(2)


def test_loading_remembers_the_shape() -> None:
    # MXNet leaves it None.
    parameter = Parameter("w")
    parameter._load_init(nd.NDArray(jnp.ones((2, 3))), None)
    assert parameter.shape == (2, 3)


def test_missing_names_are_value_errors_too() -> None:
    with pytest.raises(NameLookupError):
        owner()["x"]


def test_saved_file_is_readable(tmp_path: Path) -> None:
    params = owner()
    params.initialize("ones")
    params.save(tmp_path / "x.params")
    arrays = read_params(tmp_path / "x.params").arrays
    assert isinstance(arrays, dict)
    np.testing.assert_array_equal(arrays["w"], np.ones(2, np.float32))


def test_gradients_take_no_memory_until_they_are_read() -> None:
    shape = (1021, 509)

    def count() -> int:
        return sum(array.shape == shape for array in jax.live_arrays())

    parameter = ready(shape)
    assert count() == 1
    gradient = parameter.grad()
    gradient[3] = 2
    assert count() == 2
    assert float(parameter.data().grad.asnumpy().sum()) == 2 * 509


def test_an_only_copy_on_the_cpu_serves_the_default_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts name mx.cpu() for parameters and make arrays without a context, which MXNet puts on the CPU too."""
    parameter = Parameter("w", shape=(2,))
    parameter.initialize(ctx=cpu(0))
    with jax.default_device(jax.local_devices(backend="cpu")[0]):
        for asked in (Context("gpu", 0), cpu(1)):
            with pytest.raises(RuntimeError, match="was not initialized on context"):
                parameter.data(asked)
    monkeypatch.setattr(parameter_arrays, "default_context", lambda: Context("gpu", 0))
    assert parameter.data(Context("gpu", 0)) is parameter.data(cpu(0))
    with pytest.raises(RuntimeError, match="was not initialized on context"):
        parameter.data(Context("gpu", 1))
