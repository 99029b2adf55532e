"""`hybridize(release_parameters=True)`: parameters from a file leave the memory, and come back when asked for."""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import gluax as mx
from gluax.errors import ArgumentError, ParameterError
from gluax.gluon import HybridBlock, SymbolBlock, nn

X = np.random.default_rng(0).normal(size=(2, 3, 8, 8)).astype(np.float32)


def network() -> HybridBlock:
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Conv2D(4, 3, in_channels=3), nn.BatchNorm(in_channels=4), nn.Dense(5, in_units=144))
    return net


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported network, with values drawn from the parameters' names."""
    folder = tmp_path_factory.mktemp("net")
    net = network()
    net.initialize()
    for number, parameter in enumerate(net.collect_params().values()):
        values = np.random.default_rng(number).uniform(0.5, 1.5, parameter.shape)
        parameter.set_data(mx.nd.array(values))
    net.hybridize()
    net(X)
    net.export(os.fspath(folder / "net"))
    net.save_parameters(folder / "blocks.params")
    return folder


@pytest.fixture
def copied(files: Path, tmp_path: Path) -> Path:
    """The files where a test may change them."""
    for file in files.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def imported(folder: Path) -> SymbolBlock:
    return SymbolBlock.imports(folder / "net-symbol.json", ["data"], folder / "net-0000.params")


def released(folder: Path, **flags: Any) -> SymbolBlock:
    """The network after a call that let its parameters go."""
    net = imported(folder)
    net.hybridize(static_alloc=True, release_parameters=True, **flags)
    net(X)
    return net


def in_memory(net: HybridBlock) -> set[str]:
    """Names of parameters whose handles hold an array."""
    return {
        name
        for name, parameter in net.collect_params().items()
        if type(parameter.data()._storage).__name__ == "Storage"
    }


def values(net: HybridBlock, ctx: mx.Context | None = None) -> dict[str, np.ndarray]:
    return {name: parameter.data(ctx).asnumpy() for name, parameter in net.collect_params().items()}


def assert_same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


@pytest.mark.parametrize("flags", [{}, {"static_shape": True}], ids=["static_alloc", "static_shape"])
def test_arrays_leave_the_memory(files: Path, flags: dict[str, bool]) -> None:
    plain = imported(files)
    wanted = plain(X)
    net = imported(files)
    net.hybridize(static_alloc=True, release_parameters=True, **flags)
    arrays = {name: weakref.ref(parameter.data()._data) for name, parameter in net.collect_params().items()}
    before = len(jax.live_arrays())
    outputs = net(X)
    np.testing.assert_allclose(outputs, wanted, rtol=1e-5)
    alive = {name for name, array in arrays.items() if array() is not None}
    assert alive <= {name for name in arrays if name.endswith("dense0_bias")}  # bound as it is
    assert in_memory(net) == set()
    assert len(jax.live_arrays()) < before
    np.testing.assert_array_equal(net(X), outputs)


def test_without_the_flag_nothing_leaves(files: Path) -> None:
    net = imported(files)
    net.hybridize(static_alloc=True)
    net(X)
    assert in_memory(net) == set(net.collect_params())


def test_values_come_back_each_time(files: Path) -> None:
    net, wanted = released(files), values(imported(files))
    for _ in range(2):
        assert_same(values(net), wanted)
    weight = net.collect_params()["net_conv0_weight"]
    handle = weight.data()
    assert handle.shape == weight.shape
    assert handle.dtype == np.float32
    held = handle._data
    assert weight.data()._data is held  # while somebody has it, there is one
    assert "net_conv0_weight" not in in_memory(net)


def test_handles_and_views_taken_before_see_the_same(files: Path) -> None:
    net = imported(files)
    handle = net.collect_params()["net_dense0_weight"].data()
    row, wanted = handle[1], handle.asnumpy()
    net.hybridize(static_alloc=True, release_parameters=True)
    net(X)
    np.testing.assert_array_equal(handle.asnumpy(), wanted)
    np.testing.assert_array_equal(row.asnumpy(), wanted[1])
    row[:] = 7
    np.testing.assert_array_equal(handle.asnumpy()[:3], [wanted[0], np.full(144, 7), wanted[2]])


def test_saving_and_exporting(files: Path, tmp_path: Path) -> None:
    net, wanted = released(files), values(imported(files))
    net.export(os.fspath(tmp_path / "net"))
    assert_same(values(imported(tmp_path)), wanted)
    net.collect_params().save(tmp_path / "all.params")
    assert in_memory(net) == set()
    assert_same({name: array.asnumpy() for name, array in mx.nd.load(tmp_path / "all.params").items()}, wanted)


@pytest.mark.parametrize(
    "flags", [{"active": False}, {}, {"static_alloc": True}, {"static_alloc": True, "dtype": "bfloat16"}]
)
def test_other_ways_to_run_afterwards(files: Path, flags: dict[str, Any]) -> None:
    net, plain = released(files), imported(files)
    for block in (net, plain):
        block.hybridize(**flags)
    np.testing.assert_array_equal(net(X), plain(X))


def test_training_mode(files: Path) -> None:
    net, plain = released(files), imported(files)
    with mx.autograd.train_mode():
        np.testing.assert_allclose(net(X), plain(X), rtol=1e-5)
    np.testing.assert_allclose(net(X), plain(X), rtol=1e-5)


def test_within_a_trace(files: Path) -> None:
    wanted = imported(files)(X)
    net = imported(files)
    net.hybridize(static_alloc=True, release_parameters=True)
    for _ in range(2):
        np.testing.assert_allclose(jax.jit(lambda x: net(x))(X), wanted, rtol=1e-5)
    net.hybridize(active=False)
    np.testing.assert_allclose(jax.jit(lambda x: net(x))(X), wanted, rtol=1e-5)
    weight = net.collect_params()["net_conv0_weight"].data()
    jax.jit(lambda x: x * weight.sum()._data)(1.0)
    assert isinstance(weight.asnumpy(), np.ndarray)


def test_new_values_stay_and_bind_again(files: Path) -> None:
    net, plain = released(files), imported(files)
    changed = mx.nd.ones((5, 144))
    for block in (net, plain):
        block.collect_params()["net_dense0_weight"].set_data(changed)
    np.testing.assert_allclose(net(X), plain(X), rtol=1e-5)
    assert in_memory(net) == {"net_dense0_weight"}
    assert_same(values(net), values(plain))
    for block in (net, plain):
        block.collect_params()["net_conv0_weight"].data()[:] = 2
    np.testing.assert_allclose(net(X), plain(X), rtol=1e-5)
    assert in_memory(net) == {"net_dense0_weight", "net_conv0_weight"}


def test_casting(files: Path) -> None:
    net, plain = released(files), imported(files)
    for block in (net, plain):
        block.cast("float16")
    assert_same(values(net), values(plain))
    net(X.astype(np.float16))
    assert in_memory(net) == set(net.collect_params())  # no file holds what was cast


@pytest.mark.parametrize("load", ["load_parameters", "collect_params().load"])
def test_files_loaded_into_a_block(files: Path, load: str) -> None:
    net = network()
    if load == "load_parameters":
        net.load_parameters(files / "blocks.params")
    else:
        net.collect_params().load(files / "net-0000.params")
    wanted = net(X)
    net.hybridize(static_alloc=True, release_parameters=True)
    np.testing.assert_allclose(net(X), wanted, rtol=1e-5)
    assert in_memory(net) == set()
    net.load_parameters(files / "blocks.params")
    assert in_memory(net) == set(net.collect_params())
    np.testing.assert_allclose(net(X), wanted, rtol=1e-5)
    assert in_memory(net) == set()


def test_copies_on_several_contexts(files: Path) -> None:
    contexts = [mx.cpu(0), mx.cpu(1)]
    net = SymbolBlock.imports(files / "net-symbol.json", ["data"], files / "net-0000.params", ctx=contexts)
    wanted = net(mx.nd.array(X, ctx=contexts[0])).asnumpy()
    net.hybridize(static_alloc=True, release_parameters=True)
    for ctx in contexts:
        outputs = net(mx.nd.array(X, ctx=ctx))
        np.testing.assert_allclose(outputs.asnumpy(), wanted, rtol=1e-5)
        assert net.collect_params()["net_conv0_weight"].data(ctx).ctx == ctx
    kinds = {type(copy._storage).__name__ for p in net.collect_params().values() for copy in p.list_data()}
    assert kinds == {"_Released"}
    assert_same(values(net, contexts[1]), values(imported(files)))


def test_initialized_parameters_stay() -> None:
    net = network()
    net.initialize()
    net.hybridize(static_alloc=True, release_parameters=True)
    net(X)
    assert in_memory(net) == set(net.collect_params())


def test_shared_parameters(files: Path) -> None:
    net = imported(files)
    other = SymbolBlock(net.symbol, mx.sym.var("data"), params=net.collect_params())
    other.hybridize()
    wanted = other(X)
    net.hybridize(static_alloc=True, release_parameters=True)
    np.testing.assert_allclose(net(X), wanted, rtol=1e-5)
    np.testing.assert_array_equal(other(X), wanted)


@pytest.mark.parametrize("how", ["delete", "replace"])
def test_a_file_that_goes_away_was_opened(copied: Path, how: str) -> None:
    net, wanted, file = released(copied), values(imported(copied)), copied / "net-0000.params"
    if how == "delete":
        file.unlink()
    else:
        (copied / "new").write_bytes(b"something else")
        os.replace(copied / "new", file)
    assert_same(values(net), wanted)


def test_a_file_that_is_written_to_is_an_error(copied: Path) -> None:
    net, file = released(copied), copied / "net-0000.params"
    with open(file, "r+b") as stream:
        stream.truncate(1000)
    os.utime(file, ns=(1, 1))
    with pytest.raises(ParameterError, match=r"net-0000.params was written to"):
        net.collect_params()["net_conv0_weight"].data().asnumpy()
    net(X)  # what is bound needs no file


@pytest.mark.parametrize("how", ["delete", "replace", "write"])
def test_a_file_that_changed_before_the_call_is_not_relied_on(copied: Path, how: str) -> None:
    net, file = imported(copied), copied / "net-0000.params"
    wanted = values(net)
    if how == "write":
        file.write_bytes(b"something else")
    else:
        file.unlink()
    if how == "replace":
        file.write_bytes(b"something else")
    net.hybridize(static_alloc=True, release_parameters=True)
    net(X)
    assert_same(values(net), wanted)


def test_it_takes_bound_parameters(files: Path) -> None:
    net = imported(files)
    net.hybridize(release_parameters=True)
    with pytest.raises(ArgumentError, match="static_alloc must be True"):
        net(X)
