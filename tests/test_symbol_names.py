"""Scopes belong to threads; symbols are fast and never recurse per node; messages say what to do."""

from __future__ import annotations

import threading
import time
import warnings

import pytest

import gluax.symbol as sym
from gluax.errors import GluaxError, NotImplementedForSymbol
from gluax.ir.np_shape import is_np_shape, np_shape, set_np_shape
from gluax.symbol.naming import AttrScope, NameManager, Prefix


def in_thread(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_threads_have_scopes_of_their_own() -> None:
    with Prefix("p_"), AttrScope(__a__="1"), np_shape():
        name, attrs, numpy = in_thread(lambda: (sym.relu(sym.var("x")).name, sym.var("x").list_attr(), is_np_shape()))
    assert (name, attrs, numpy) == ("relu0", {}, False)


def test_np_shape_nests_and_returns_what_was() -> None:
    assert set_np_shape(True) is False
    with np_shape(False):
        assert not is_np_shape()
    assert set_np_shape(False) is True


def test_scopes_can_be_entered_again() -> None:
    manager = NameManager()
    with manager, manager:
        assert sym.relu(sym.var("x")).name == "relu0"
    with manager:
        assert sym.relu(sym.var("x")).name == "relu1"


def chain(length: int) -> sym.Symbol:
    with NameManager():
        x = sym.var("x")
        for _ in range(length):
            x = sym.relu(x + 1)
    return x


def test_thousands_of_nodes() -> None:
    net = chain(2000)
    start = time.perf_counter()
    loaded = sym.load_json(net.tojson())
    assert loaded.infer_shape(x=(2, 3)) == ([(2, 3)], [(2, 3)], [])
    assert len(loaded.get_internals()) == 4001
    assert loaded.list_arguments() == ["x"]
    assert loaded(x=sym.var("y")).list_arguments() == ["y"]
    assert time.perf_counter() - start < 5


def test_backward_knowledge_travels_far() -> None:
    net = chain(500) + sym.var("end", shape=(2, 3))
    assert net.infer_shape()[0] == [(2, 3), (2, 3)]


def test_shapes_of_loops_and_branches() -> None:
    """MXNet 1.9.1 itself answers (None, None, None) to both, even with all arguments given."""
    outputs, last = sym.contrib.while_loop(
        lambda i, s: i < 5, lambda i, s: (i + s, (i + 1, s)), [sym.var("i"), sym.var("s")], max_iterations=7
    )
    assert sym.Group([outputs, *last]).infer_shape(i=(1,), s=(1,))[1] == [(7, 1), (1,), (1,)]
    x, w = sym.var("x"), sym.var("w")
    either = sym.contrib.cond(sym.sum(x) < 1, lambda: x * 2, lambda: x + w)
    assert either.infer_shape(x=(2, 3), w=(2, 3))[1] == [(2, 3)]


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda x: x["nope"], ValueError, 'Cannot find output that matches name "nope"'),
        (lambda x: x[3], IndexError, "has 1 outputs"),
        (lambda x: bool(x), NotImplementedForSymbol, "no truth value"),
        (lambda x: x.asnumpy(), NotImplementedForSymbol, "asnumpy is not implemented for Symbol"),
        (lambda x: sym.relu(sym.Group([x, x])), GluaxError, "pick one of them"),
        (lambda x: sym.FullyConnected(x, num_hidden=1, weight_lr_mult=2), GluaxError, "weight=Variable"),
        (lambda x: sym.FullyConnected(x, num_hidden=1, foo=x), GluaxError, r"no inputs \['foo'\]"),
        (lambda x: (x + 1)(nope=x), GluaxError, r"no variables \['nope'\]"),
        (lambda x: (x + 1)(x), GluaxError, "by keyword"),
        (lambda x: (x + sym.var("y")).infer_shape(x=(2,), y=(3,)), GluaxError, "node '_plus"),
        (lambda x: (x + sym.var("y")).infer_type(x="int8", y="int32"), GluaxError, "must be of one type"),
        (lambda x: x.infer_shape(nope=(1,)), GluaxError, r"no arguments \['nope'\]"),
        (lambda x: sym.FullyConnected(x, nun_hidden=1), GluaxError, "unknown attribute 'nun_hidden'"),
    ],
)
def test_messages(make, kind, text) -> None:
    with pytest.raises(kind, match=text):
        make(sym.var("x"))


def test_no_warning_without_reason() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = sym.relu(sym.var("x", shape=(2, 3)))
        assert net.infer_shape()[1] == [(2, 3)]


def test_dir_lists_operators() -> None:
    assert {"FullyConnected", "var", "zeros", "relu"} <= set(dir(sym))
    assert "_plus_scalar" in dir(sym._internal)
    assert "foreach" in dir(sym.contrib)
