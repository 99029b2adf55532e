"""Scenarios of `gluon.Parameter`, `Constant` and `ParameterDict`; see `tests.oracle.scenarios`."""

from __future__ import annotations

import copy
import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised, warned

SCENARIOS = Scenarios("parameter")
scenario = SCENARIOS.add


def values(array: Any) -> list[Any]:
    """The dtype and the values of an NDArray."""
    return [np.dtype(array.dtype).name, array.asnumpy().tolist()]


def contexts(listed: Any) -> list[str]:
    return [str(ctx) for ctx in listed]


def ready(mx: Any, shape: Any = (2, 3), init: str = "ones", ctx: Any = None, **kwargs: Any) -> Any:
    """An initialized parameter."""
    parameter = mx.gluon.Parameter("w", shape=shape, **kwargs)
    parameter.initialize(init, ctx)
    return parameter


def deferred(mx: Any, **kwargs: Any) -> Any:
    parameter = mx.gluon.Parameter("w", **{"shape": (2, 0), "allow_deferred_init": True, **kwargs})
    parameter.initialize("ones")
    return parameter


def readers(parameter: Any) -> list[Any]:
    """What each way of reading does."""
    names = ("data", "list_data", "grad", "list_grad", "list_ctx", "zero_grad")
    return [raised(getattr(parameter, name)) for name in names]


# --- one parameter


@scenario
def texts(mx):
    P = mx.gluon.Parameter
    made = [P("a"), P("b", shape=3), P("c", shape=(2, 0), dtype="float16"), P("d", dtype=np.dtype("int8")),
            P("e", shape=(), dtype=np.float64), mx.gluon.Constant("k", [[1, 2]])]  # fmt: skip
    return [[str(parameter), repr(parameter)] for parameter in made]


@scenario
def fresh_attributes(mx):
    p = mx.gluon.Parameter("a", shape=3)
    names = ("name", "grad_req", "shape", "lr_mult", "wd_mult", "init")
    return [[getattr(p, name) for name in names], str(p.dtype)]


@scenario
def dtype_as_given(mx):
    def shown(dtype):
        p = mx.gluon.Parameter("a", shape=1, dtype=dtype)
        before = str(p.dtype)
        p.initialize("zeros")
        return [before, str(p.dtype), values(p.data())]

    return [shown(dtype) for dtype in ("float16", np.float64, np.dtype("int8"), "int32", "uint8", "int64", "float32")]


@scenario
def bad_arguments(mx):
    P = mx.gluon.Parameter
    return [raised(lambda key=key: P("a", **{key: "nope"})) for key in ("grad_req", "stype", "grad_stype")]


@scenario
def reading_without_value(mx):
    return [readers(mx.gluon.Parameter("a", shape=2)), readers(deferred(mx)), readers(ready(mx)),
            readers(ready(mx, grad_req="null"))]  # fmt: skip


@scenario
def unknown_shapes(mx):
    P = mx.gluon.Parameter
    shapes = (None, (0,), (2, 0), (), (-1,))
    return [raised(P("a", shape=shape).initialize) for shape in shapes[:4]] + [
        raised(P("a", shape=shape, allow_deferred_init=True).initialize) for shape in shapes[:4]
    ]


@scenario
def shape_setter(mx):
    def tried(old, new):
        p = mx.gluon.Parameter("a", shape=old)

        def change():
            p.shape = new

        return [raised(change), p.shape]

    pairs = [(None, (2,)), ((2, 0), (2, 3)), ((2, 0), (3, 3)), ((2, 0), (2,)), ((2, 3), (2, 0)), ((-1, 3), (4, 3))]
    return [tried(*pair) for pair in pairs]


@scenario
def numpy_shapes(mx):
    p = mx.gluon.Parameter("a", shape=(2, 0), allow_deferred_init=True)
    with mx.util.np_shape(True):
        inside = p.shape
        known = raised(mx.gluon.Parameter("s", shape=()).initialize)
        unknown = raised(mx.gluon.Parameter("s", shape=(2, -1)).initialize)
        attribute = p.var().attr("__shape__")
    return [p.shape, inside, known, unknown, attribute]


@scenario
def initialize_again(mx):
    p = ready(mx)
    ignored = warned(lambda: p.initialize("zeros"))
    after = values(p.data())
    forced = warned(lambda: p.initialize("zeros", force_reinit=True))
    return [ignored, after, forced, values(p.data())]


@scenario
def initializer_precedence(mx):
    def result(**kwargs):
        p = mx.gluon.Parameter("a_bias", shape=2, init=kwargs.pop("own", None))
        p.initialize(**kwargs)
        return p.data().asnumpy().tolist()

    three = mx.init.Constant(3)
    return [
        result(init="ones"), result(own="ones", init=three), result(own="ones", default_init=three),
        result(default_init=three), result(own=mx.init.One()), result(own='["constant", {"value": 4}]'),
        result(init="", default_init=three),
    ]  # fmt: skip


@scenario
def bad_initializers(mx):
    P = mx.gluon.Parameter
    return [
        raised(lambda: P("a", shape=2).initialize("nope")),
        raised(lambda: P("a", shape=2).initialize(default_init="nope")),
        raised(lambda: P("a", shape=2).initialize(3)),
        raised(lambda: P("a", shape=2).initialize(mx.init.Mixed([".*"], [mx.init.One()]))),
        raised(lambda: P("a", shape=2).initialize(mx.init.Xavier())),
        raised(lambda: P("a", shape=2).initialize(mx.init.Initializer())),
        raised(lambda: P("a_other", shape=2).initialize("", default_init=mx.init.One())),
    ]


@scenario
def several_contexts(mx):
    p = ready(mx, ctx=[mx.cpu(0), mx.cpu(2)])
    p.data(mx.cpu(2))[:] = 5
    found = [
        contexts(p.list_ctx()),
        contexts(a.context for a in p.list_data()),
        contexts(a.context for a in p.list_grad()),
    ]
    found += [values(p.data(mx.cpu(0))), values(p.data(mx.cpu(2))), values(p.data()), values(p._reduce())]
    with mx.cpu(2):
        found.append(values(p.data()))
    found += [raised(lambda: p.data(mx.cpu(1))), raised(lambda: p.data(mx.cpu(7))), raised(lambda: p.grad(mx.cpu(1)))]
    with mx.cpu(1):
        found.append(raised(p.data))
    return found


@scenario
def one_context_elsewhere(mx):
    p = ready(mx, ctx=mx.cpu(1))
    with mx.cpu(3):
        q = ready(mx)
        r = deferred(mx)
    return [contexts(p.list_ctx()), str(p.data().context), contexts(q.list_ctx()), contexts(r.list_ctx()),
            raised(lambda: p.data(mx.cpu(0)))]  # fmt: skip


@scenario
def pinned_memory_counts_as_cpu(mx):
    p = ready(mx)
    return [values(p.data(mx.cpu_pinned(0))), raised(lambda: p.data(mx.cpu_pinned(1)))]


@scenario
def handles_stay(mx):
    p = ready(mx)
    handle, gradient = p.data(), p.grad()
    p.set_data(mx.nd.array([[1, 2, 3], [4, 5, 6]]))
    written = values(handle)
    p.data()[:] = 7
    gradient[:] = 2
    before = values(p.grad())
    p.zero_grad()
    handle.grad[:] = 3
    return [written, values(handle), before, values(handle.grad), values(p.grad()), p.data() is handle]


@scenario
def set_data(mx):
    p = ready(mx, dtype="float16")
    p.set_data(mx.nd.array([[1, 2, 3], [4, 5, 6]], dtype="float64"))
    found = [values(p.data())]
    p.set_data(np.full((2, 3), 2.5))
    found.append(values(p.data()))
    source = mx.nd.array([[1, 2, 3], [4, 5, 6]], dtype="float16")
    p.set_data(source)
    source[:] = 0
    found.append(values(p.data()))
    wrong = [raised(lambda shape=shape: p.set_data(mx.nd.ones(shape))) for shape in ((3, 2), (2,), (2, 3, 1), (1, 3))]
    return [found, wrong, p.shape, raised(lambda: mx.gluon.Parameter("a", shape=2).set_data(mx.nd.ones(2)))]


@scenario
def set_data_while_deferred(mx):
    p = deferred(mx)
    p.set_data(mx.nd.array([[1, 2], [3, 4]]))
    before = [p.shape, raised(p.data)]
    p._finish_deferred_init()
    return [before, values(p.data()), values(p.grad())]


@scenario
def finish_deferred(mx):
    p = deferred(mx)
    early = raised(p._finish_deferred_init)
    p = deferred(mx)
    p.shape = (2, 3)
    p._finish_deferred_init()
    p._finish_deferred_init()
    return [early, values(p.data()), values(p.grad()), p._deferred_init == ()]


@scenario
def gradient_requests(mx):
    p = ready(mx)
    found = [p.grad_req, values(p.grad())]
    p.grad_req = "null"
    found += [p.grad_req, raised(p.grad), raised(p.list_grad), p._grad is None, values(p.data())]
    p.grad_req = "add"
    found += [p.grad_req, values(p.grad())]
    p.grad_req = "write"
    found += [p.grad_req, values(p.grad()), values(p.data().grad)]

    def wrong():
        p.grad_req = "nope"

    found += [raised(wrong), p.grad_req]
    q = ready(mx, differentiable=False)
    q.grad_req = "write"
    return [*found, q.grad_req, raised(q.grad)]


@scenario
def gradient_requests_before_values(mx):
    p = mx.gluon.Parameter("a", shape=2)
    p.grad_req = "null"
    p.initialize("ones")
    null = raised(p.grad)
    q = deferred(mx)
    q.grad_req = "add"
    q.shape = (2, 1)
    q._finish_deferred_init()
    return [null, values(q.grad()), q.grad_req]


@scenario
def cast(mx):
    def changed(dtype, **kwargs):
        p = ready(mx, **kwargs)
        p.cast(dtype)
        grad = None if p.grad_req == "null" else values(p.grad())
        return [str(p.dtype), repr(p), values(p.data()), grad]

    found = [changed("float16"), changed(np.float64), changed("int32"), changed("float16", grad_req="null")]
    p = mx.gluon.Parameter("a", shape=2)
    p.cast("float16")
    p.initialize("ones")
    q = ready(mx)
    q.dtype = "float64"
    return [*found, values(p.data()), values(q.data()), str(q.dtype)]


@scenario
def reduced(mx):
    def mean(dtype, *numbers):
        p = ready(mx, shape=2, dtype=dtype, ctx=[mx.cpu(i) for i in range(len(numbers))])
        for i, number in enumerate(numbers):
            p.data(mx.cpu(i))[:] = number
        result = p._reduce()
        return [values(result), str(result.context)]

    return [mean("float32", 1, 2), mean("float16", 1, 2, 4), mean("float32", 1), mean("float64", 1, 2, 4),
            mean("int32", 1, 2, 5), mean("int32", -1, -2), raised(mx.gluon.Parameter("a")._reduce)]  # fmt: skip


@scenario
def reset_ctx(mx):
    p = ready(mx, ctx=[mx.cpu(0), mx.cpu(1)])
    p.data(mx.cpu(1))[:] = 2
    p.reset_ctx(mx.cpu(1))
    found = [contexts(p.list_ctx()), values(p.data()), str(p.data().context), str(p.grad().context)]
    p.reset_ctx([mx.cpu(0), mx.cpu(3)])
    found += [contexts(p.list_ctx()), [values(array) for array in p.list_data()]]
    with mx.cpu(2):
        p.reset_ctx(None)
    q = deferred(mx)
    q.reset_ctx([mx.cpu(1), mx.cpu(2)])
    return [
        *found,
        contexts(p.list_ctx()),
        contexts(q.list_ctx()),
        raised(lambda: mx.gluon.Parameter("a").reset_ctx(mx.cpu())),
    ]


@scenario
def load_init_types(mx):
    def tried(own, saved, make, **kwargs):
        p = make(mx, dtype=own, shape=(2, 3))
        result = raised(lambda: p._load_init(mx.nd.ones((2, 3), dtype=saved) * 4, None, **kwargs))
        return [result, str(p.dtype), values(p.data()) if not result["raises"] else None]

    def new(mx, **kwargs):
        return mx.gluon.Parameter("w", **kwargs)

    cases = [
        ("float32", "float32"),
        ("float32", "float16"),
        ("float16", "float32"),
        (np.float32, "float32"),
        ("int8", "int32"),
    ]
    options = [{}, {"cast_dtype": True}, {"cast_dtype": True, "dtype_source": "saved"}, {"dtype_source": "saved"},
               {"cast_dtype": True, "dtype_source": "nope"}]  # fmt: skip
    return [[tried(*case, make, **option) for option in options for case in cases] for make in (ready, new)]


@scenario
def load_init_shapes(mx):
    def tried(own, saved):
        p = mx.gluon.Parameter("w", shape=own)
        result = raised(lambda: p._load_init(mx.nd.ones(saved), None))
        return [result, values(p.data()) if not result["raises"] else None]

    return [
        tried(None, (2, 3)),
        tried((2, 0), (2, 3)),
        tried((0, 0), (2, 3)),
        tried((2, 3), (3, 2)),
        tried((2, 3), (2,)),
    ]


@scenario
def load_init_contexts(mx):
    def tried(p, ctx):
        return [raised(lambda: p._load_init(mx.nd.ones((2, 3)) * 4, ctx)), contexts(p.list_ctx())]

    both = [mx.cpu(0), mx.cpu(1)]
    return [
        tried(mx.gluon.Parameter("w"), None), tried(mx.gluon.Parameter("w"), mx.cpu(1)), tried(mx.gluon.Parameter("w"), both),
        tried(deferred(mx), None), tried(deferred(mx), mx.cpu(1)), tried(deferred(mx), [mx.cpu(0)]),
        tried(ready(mx), None), tried(ready(mx), mx.cpu(1)), tried(ready(mx), mx.cpu(0)),
        tried(ready(mx, ctx=both), both[::-1]), tried(ready(mx, ctx=both), mx.cpu(0)),
    ]  # fmt: skip


@scenario
def load_init_keeps_handles(mx):
    p = ready(mx)
    handle = p.data()
    p._load_init(mx.nd.zeros((2, 3)), None)
    q = deferred(mx)
    q._load_init(mx.nd.ones((2, 3)) * 4, None)
    return [p.data() is handle, values(handle), values(q.data()), q._deferred_init == (), q.shape]


@scenario
def variables(mx):
    p = mx.gluon.Parameter("a", shape=(2, 0), dtype="float16", lr_mult=2.0, wd_mult=0.5, init=mx.init.Normal(0.5),
                           allow_deferred_init=True)  # fmt: skip
    first = p.var()
    found = [first.tojson(), first is p.var()]
    p.shape = (2, 3)
    found.append(p.var().attr("__shape__"))
    others = [mx.gluon.Parameter("b"), mx.gluon.Parameter("c", init="zeros", stype="row_sparse", shape=(1,))]
    return [*found, *(other.var().tojson() for other in others)]


@scenario
def variable_after_cast(mx):
    p = ready(mx)
    p.cast("float16")
    return p.var().tojson()


@scenario
def row_sparse(mx):
    p = ready(mx)
    row = mx.nd.array([0])
    found = [raised(lambda: p.row_sparse_data(row)), raised(lambda: p.list_row_sparse_data(row))]
    for q in (ready(mx, stype="row_sparse"), mx.gluon.Parameter("q", shape=(2, 3), stype="csr")):
        found += [raised(q.data), raised(q.list_data), raised(lambda q=q: q.row_sparse_data(row)),
                  raised(lambda q=q: q.list_row_sparse_data(row)), q.var().attr("__storage_type__")]  # fmt: skip
    sparse = ready(mx, stype="row_sparse")
    sparse._set_trainer("one")
    return [*found, raised(lambda: sparse._set_trainer("two")), raised(lambda: sparse._set_trainer(None)),
            raised(lambda: sparse.list_row_sparse_data(3))]  # fmt: skip


@scenario
def copies(mx):
    p = ready(mx, dtype="float16")
    found = []
    for other in (copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        p.data()[:] = 3
        found.append([repr(other), values(other.data()), contexts(other.list_ctx()), other.grad_req])
        p.set_data(mx.nd.ones((2, 3)))
    q = pickle.loads(pickle.dumps(deferred(mx)))
    q.shape = (2, 1)
    q._finish_deferred_init()
    return [*found, values(q.data())]


# --- constants


@scenario
def constants(mx):
    def shown(value):
        c = mx.gluon.Constant("k", value)
        before = [repr(c), c.grad_req, c.shape, str(c.dtype), raised(c.data), c.init.startswith("Constant_k_")]
        c.initialize()
        return [before, values(c.data()), raised(c.grad), values(c.value)]

    return [shown([[1, 2], [3, 4]]), shown(np.ones((1, 2))), shown(mx.nd.ones((2,), dtype="float16"))]


@scenario
def constants_change(mx):
    c = mx.gluon.Constant("k", [1, 2])

    def write():
        c.grad_req = "write"

    def null():
        c.grad_req = "null"

    found = [warned(write), warned(null), c.grad_req]
    c.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    c.set_data(mx.nd.array([3, 4]))
    found += [values(c.data(mx.cpu(1))), values(c.value)]
    c.initialize(force_reinit=True)
    found.append(values(c.data()))
    c.initialize(mx.init.One(), force_reinit=True)
    found.append(values(c.data()))
    c.initialize(default_init="zeros", force_reinit=True)
    return [*found, values(c.data())]


# --- dictionaries


@scenario
def dictionary_views(mx):
    d = mx.gluon.ParameterDict("net_")
    d.get("w", shape=(2, 3))
    d.get("v", shape=4)
    d.get_constant("k", [1, 2])
    return [repr(d), str(mx.gluon.ParameterDict()), list(d), list(d.keys()), [p.name for p in d.values()],
            [[name, p.name] for name, p in d.items()], d.prefix, "net_w" in d, "w" in d, d["net_v"].name,
            raised(lambda: d["w"]), bool(mx.gluon.ParameterDict())]  # fmt: skip


@scenario
def get_again(mx):
    def again(first, second):
        d = mx.gluon.ParameterDict("p_")
        p = d.get("w", **first)
        result = raised(lambda: d.get("w", **second))
        return [result, d.get("w") is p, p.shape, str(p.dtype), p.lr_mult, p.grad_req, list(d)]

    return [
        again({"shape": (2, 0)}, {"shape": (2, 3)}), again({"shape": (2, 0)}, {"shape": (0, 3)}),
        again({"shape": (2, 3)}, {"shape": (2, 0)}), again({"shape": (2, 3)}, {"shape": (3, 3)}),
        again({"shape": (2, 3)}, {"shape": (2,)}), again({}, {"shape": (2, 3)}), again({"shape": (2, -1)}, {"shape": (-1, 3)}),
        again({"dtype": "float32"}, {"dtype": np.float32}), again({}, {"dtype": "float32"}), again({}, {"dtype": "float16"}),
        again({"lr_mult": 2}, {"lr_mult": 3}), again({"lr_mult": 2}, {"lr_mult": 2.0}), again({}, {"init": "ones"}),
        again({"init": "ones"}, {"init": "zeros"}), again({"init": "ones"}, {"init": None}),
        again({"init": mx.init.Normal(1)}, {"init": mx.init.Normal(1)}),
        again({"init": mx.init.Normal(1)}, {"init": mx.init.Normal(2)}),
        again({}, {"allow_deferred_init": True}), again({}, {"stype": "default"}), again({"grad_req": "null"}, {"grad_req": "write"}),
    ]  # fmt: skip


@scenario
def sharing(mx):
    owner = mx.gluon.ParameterDict("net_")
    w = owner.get("w", shape=(2, 3))
    d = mx.gluon.ParameterDict("net_", shared=owner)
    found = [d.get("w") is w, list(d)]
    v = d.get("v", shape=1)
    k = owner.get_constant("k", [1])
    return [*found, list(d), list(owner), d.get_constant("k") is k, v.name, d.get("w", shape=(2, 3)) is w]


@scenario
def get_constant(mx):
    d = mx.gluon.ParameterDict("p_")
    k = d.get_constant("k", [[1, 2]])
    d.get("w", shape=(1, 2))
    return [
        d.get_constant("k") is k, d.get_constant("k", np.array([[1, 2]])) is k,
        d.get_constant("k", mx.nd.array([[1, 2]])) is k,
        raised(lambda: d.get_constant("k", np.array([[1, 3]]))), raised(lambda: d.get_constant("k", np.array([1, 2]))),
        raised(lambda: d.get_constant("w", np.array([[1, 2]]))), raised(lambda: d.get_constant("new")),
        d.get_constant("w").name, list(d),
    ]  # fmt: skip


@scenario
def update(mx):
    one, two = mx.gluon.ParameterDict("a_"), mx.gluon.ParameterDict("b_")
    one.get("w")
    two.get("w")
    two.get("v")
    one.update(two)
    one.update(two)
    found = [list(one), one["b_w"] is two["b_w"], list(two)]
    three = mx.gluon.ParameterDict("b_")
    three.get("x")
    three.get("w")
    return [
        *found,
        raised(lambda: one.update(three)),
        list(one),
        raised(lambda: one.update({"c": two["b_v"]})),
        list(one),
    ]


@scenario
def dictionary_initialize(mx):
    d = mx.gluon.ParameterDict("net_")
    d.get("w", shape=(2, 3))
    d.get("b", shape=(2,), init="zeros")
    d.get("late", shape=(0,), allow_deferred_init=True)
    d.get_constant("k", [1, 2])
    d.initialize(mx.init.Constant(3), ctx=[mx.cpu(0), mx.cpu(1)])
    found = [values(d[name].data(mx.cpu(1))) for name in ("net_w", "net_b", "net_k")] + [raised(d["net_late"].data)]
    again = warned(lambda: d.initialize("ones"))
    forced = warned(lambda: d.initialize("ones", force_reinit=True))
    d["net_late"].shape = (1,)
    d["net_late"]._finish_deferred_init()
    return [*found, again, forced, values(d["net_w"].data()), values(d["net_b"].data()), values(d["net_late"].data()),
            sorted(contexts(d.list_ctx()))]  # fmt: skip


@scenario
def dictionary_members(mx):
    d = mx.gluon.ParameterDict()
    for name in "ab":
        d.get(name, shape=(2,))
    early = [raised(d.list_ctx), raised(lambda: d.reset_ctx(mx.cpu(1))), raised(d.zero_grad)]
    d.initialize("ones", ctx=[mx.cpu(0), mx.cpu(1)])
    for p in d.values():
        for gradient in p.list_grad():
            gradient[:] = 4
    d.zero_grad()
    zeros = [values(gradient) for p in d.values() for gradient in p.list_grad()]
    d.setattr("lr_mult", 0.5)
    d.setattr("grad_req", "null")
    d.zero_grad()
    d.reset_ctx(mx.cpu(2))
    return [early, zeros, [[p.lr_mult, p.grad_req, contexts(p.list_ctx())] for p in d.values()], contexts(d.list_ctx())]


# --- files


def two(mx: Any, prefix: str = "net_", ctx: Any = None, **kwargs: Any) -> Any:
    d = mx.gluon.ParameterDict(prefix)
    d.get("w", shape=(2, 3), **kwargs)
    d.get("b", shape=(2,), **kwargs)
    if ctx != "none":
        d.initialize("ones", ctx=ctx)
    return d


def all_values(d: Any) -> dict[str, Any]:
    return {name: values(p.data()) if p._data is not None else None for name, p in d.items()}


@scenario
def saved_bytes(mx):
    def saved(d, **kwargs):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.params"
            result = raised(lambda: d.save(str(path), **kwargs))
            return [result, path.read_bytes().hex() if path.exists() else None]

    several = two(mx, ctx=[mx.cpu(0), mx.cpu(1)])
    several["net_w"].data(mx.cpu(1))[:] = 2
    return [saved(two(mx)), saved(two(mx), strip_prefix="net_"), saved(two(mx), strip_prefix="no_"), saved(several),
            saved(two(mx, dtype="float16")), saved(two(mx, ctx="none"))]  # fmt: skip


@scenario
def loaded_files(mx):
    def loaded(arrays, d, **kwargs):
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "x.params")
            mx.nd.save(path, arrays)
            result = warned(lambda: raised(lambda: d.load(path, **kwargs)))
            return [result, all_values(d) if not result[0]["raises"] else None]

    w, b = mx.nd.array([[1, 2, 3], [4, 5, 6]]), mx.nd.array([7, 8])
    plain = {"net_w": w, "net_b": b}
    typed = {"arg:net_w": w, "aux:net_b": b}
    half = {name: array.astype("float16") for name, array in plain.items()}
    return [
        loaded(plain, two(mx)), loaded(typed, two(mx)), loaded(plain, two(mx, ctx="none")),
        loaded({"w": w, "b": b}, two(mx), restore_prefix="net_"), loaded({"arg:w": w, "b": b}, two(mx), restore_prefix="net_"),
        loaded({"w": w, "b": b}, two(mx), restore_prefix="no_"), loaded({"net_w": w}, two(mx)),
        loaded({"net_w": w}, two(mx), allow_missing=True), loaded({**plain, "x": b}, two(mx)),
        loaded({**plain, "x": b}, two(mx), ignore_extra=True), loaded({"net_w": b, "net_b": b}, two(mx)),
        loaded(half, two(mx)), loaded(half, two(mx), cast_dtype=True), loaded(half, two(mx), cast_dtype=True, dtype_source="saved"),
        loaded(half, two(mx, ctx="none"), cast_dtype=True), loaded(half, two(mx, ctx="none", dtype="float16")),
        loaded(plain, two(mx), ctx=mx.cpu(1)), loaded(plain, two(mx, ctx=mx.cpu(1)), ctx=mx.cpu(1)),
        loaded(plain, two(mx, ctx="none"), ctx=[mx.cpu(1)]),
    ]  # fmt: skip


@scenario
def loaded_dicts(mx):
    def loaded(arrays, **kwargs):
        d = two(mx)
        result = raised(lambda: d.load_dict(arrays, **kwargs))
        return [result, all_values(d) if not result["raises"] else None]

    w, b = mx.nd.array([[1, 2, 3], [4, 5, 6]]), mx.nd.array([7, 8])
    return [
        loaded({"net_w": w, "net_b": b}), loaded({"arg:net_w": w, "aux:net_b": b}), loaded([("net_w", w), ("net_b", b)]),
        loaded({"net_w": w}), loaded({}, allow_missing=True), loaded({"w": w, "b": b}, restore_prefix="net_"),
        loaded({"x": w}, allow_missing=True), loaded({"x": w}, allow_missing=True, ignore_extra=True),
    ]  # fmt: skip


@scenario
def bad_files(mx):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.params"
        two(mx).save(str(path))
        path.write_bytes(path.read_bytes()[:-9])
        return [raised(lambda: two(mx).load(str(path))), raised(lambda: two(mx).load(str(path) + "nope"))]
