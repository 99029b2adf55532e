"""SymbolBlock: constructing, importing, composing, nesting, casting."""

from __future__ import annotations

import json

import numpy as np

from tests.oracle.gluon_scenarios import (
    counted,
    custom,
    dense_net,
    folder,
    graph,
    ones,
    ready,
    scenario,
    shapes,
    values,
)  # fmt: skip
from tests.oracle.scenarios import raised


def net(mx, dtype="float32", **kwargs):
    data = mx.sym.var("data", dtype=dtype)
    return mx.sym.FullyConnected(data, num_hidden=2, name="fc", **kwargs), data


def block(mx, **kwargs):
    return mx.gluon.SymbolBlock(*net(mx, **kwargs))


@scenario
def constructing_warns_without_types(mx):
    typed, untyped = mx.sym.var("a", dtype="float32"), mx.sym.var("a")
    return [counted(lambda: mx.gluon.SymbolBlock(mx.sym.relu(typed), typed) and None),
            counted(lambda: mx.gluon.SymbolBlock(mx.sym.relu(untyped), untyped) and None)]  # fmt: skip


@scenario
def texts_and_names(mx):
    b = block(mx)
    two = mx.gluon.SymbolBlock(
        [net(mx)[0], mx.sym.var("b", dtype="float32")],
        [mx.sym.var("data", dtype="float32"), mx.sym.var("b", dtype="float32")],
    )
    return [repr(b), b.name, b.prefix, repr(two), list(b.params), list(b.collect_params()),
            list(b._collect_params_with_prefix()), [p.grad_req for p in b.params.values()]]  # fmt: skip


@scenario
def parameters_of_auxiliary_states(mx):
    data = mx.sym.var("data", dtype="float32")
    b = mx.gluon.SymbolBlock(mx.sym.BatchNorm(data, name="bn"), data)
    return [[name, p.grad_req, str(np.dtype(p.dtype))] for name, p in b.collect_params().items()]


@scenario
def deferred_call(mx):
    b = block(mx)
    before = shapes(b)
    early = raised(lambda: b(ones(mx, 1, 3)))
    ready(b)
    out = values(b(ones(mx, 1, 3)))
    return [before, early, out, shapes(b)]


@scenario
def outputs_as_symbol_group_list(mx):
    x = mx.sym.var("x", dtype="float32")
    a, b = mx.sym.relu(x, name="a"), x * 2
    found = []
    for outputs in (a, [a], (a,), [a, b], mx.sym.Group([a, b]), [mx.sym.Group([a, b]), a], [a, [b, a]],
                    mx.sym.split(x, num_outputs=2, axis=1, name="s")):  # fmt: skip
        made = mx.gluon.SymbolBlock(outputs, [x])
        found.append(values(made(ones(mx, 1, 2))))
    return found


@scenario
def inputs_as_symbol_list_nested(mx):
    x, y = mx.sym.var("x", dtype="float32"), mx.sym.var("y", dtype="float32")
    out = x - y
    one, two = ones(mx, 1), ones(mx, 1) * 2
    found = [values(mx.gluon.SymbolBlock(out, [x, y])(one, two)), values(mx.gluon.SymbolBlock(out, [y, x])(one, two)),
             values(mx.gluon.SymbolBlock(out, (x, y))(one, two))]  # fmt: skip
    nested = mx.gluon.SymbolBlock(out, [x, [y]])
    return [*found, values(nested(one, [two])), raised(lambda: nested(one, two)),
            raised(lambda: mx.gluon.SymbolBlock(out, mx.sym.Group([x, y]))(one, two))]  # fmt: skip


@scenario
def wrong_inputs(mx):
    out, data = net(mx)
    S = mx.gluon.SymbolBlock
    return [raised(lambda: S(out, mx.sym.relu(data))), raised(lambda: S(out, "data")), raised(lambda: S("out", data)),
            raised(lambda: S(out, [mx.sym.split(data, num_outputs=2)])), raised(lambda: S(out, None)),
            raised(lambda: S(None, data)), raised(lambda: S(out, 3))]  # fmt: skip


@scenario
def input_that_is_not_in_the_graph(mx):
    out, data = net(mx)
    b = mx.gluon.SymbolBlock(out, [data, mx.sym.var("other", dtype="float32")])
    ready(b)
    return [raised(lambda: counted(lambda: b(ones(mx, 1, 3), ones(mx, 1)))), list(b.params)]


@scenario
def row_sparse_refused(mx):
    data = mx.sym.var("data", dtype="float32")
    w = mx.sym.var("w", stype="row_sparse")
    return raised(lambda: mx.gluon.SymbolBlock(mx.sym.FullyConnected(data, w, num_hidden=1, no_bias=True), data))


@scenario
def calling_with_symbols(mx):
    b = block(mx)
    x = mx.sym.relu(mx.sym.var("x"), name="pre")
    out = b(x)
    data = mx.sym.var("d", dtype="float32")
    two = mx.gluon.SymbolBlock([mx.sym.relu(data), data * 2], data)
    several = two(x)
    return [type(out).__name__, out.list_arguments(), out.list_outputs(), type(several).__name__, len(several),
            [s.list_outputs() for s in several]]  # fmt: skip


@scenario
def calling_with_wrong_kinds(mx):
    b = ready(block(mx))
    return [raised(lambda: b(3)), raised(lambda: b(None)), raised(lambda: b(mx.sym.var("x"), mx.sym.var("y"))),
            raised(lambda: b(ones(mx, 1, 3), ones(mx, 1))), raised(lambda: b([ones(mx, 1, 3)])), raised(lambda: b())]  # fmt: skip


@scenario
def sharing_parameters(mx):
    inner = ready(dense_net(mx, 2, 1, prefix="m_"))
    inner(ones(mx, 1, 3))
    data = mx.sym.var("data", dtype="float32")
    inside = inner(data).get_internals()
    part = mx.gluon.SymbolBlock(inside["m_dense0_fwd_output"], data, params=inner.collect_params())
    out = values(part(ones(mx, 1, 3)))
    inner[0].weight.set_data(ones(mx, 2, 3) * 5)
    return [out, values(part(ones(mx, 1, 3))), list(part.collect_params()), list(part.params), part.prefix,
            part.params["m_dense0_weight"] is inner[0].weight, repr(part.params)]  # fmt: skip


@scenario
def extra_parameters(mx):
    other = ready(dense_net(mx, 2, 2, prefix="m_", dense_in_units=2))
    data = mx.sym.var("data", dtype="float32")
    b = mx.gluon.SymbolBlock(mx.sym.relu(data), data, params=other.collect_params())
    return [list(b.collect_params()), counted(lambda: values(b(ones(mx, 1, 2))))]


@scenario
def nested_in_hybrid_blocks(mx):
    def build():
        return custom(mx, lambda self, F, x: self.head(F.relu(self.body(x))), lambda self: (
            setattr(self, "body", block(mx)), setattr(self, "head", mx.gluon.nn.Dense(1))), prefix="n_")  # fmt: skip

    outer = ready(build())
    eager = values(outer(ones(mx, 1, 3)))
    outer.hybridize()
    hybrid = values(outer(ones(mx, 1, 3)))
    with folder() as path:
        outer.export(str(path / "m"))
        nodes = graph((path / "m-symbol.json").read_text())
        back = mx.gluon.SymbolBlock.imports(str(path / "m-symbol.json"), ["data"], str(path / "m-0000.params"))
        return [eager, hybrid, shapes(outer), [n[:2] for n in nodes], values(back(ones(mx, 1, 3))),
                list(outer._collect_params_with_prefix())]  # fmt: skip


@scenario
def structural_names_lose_the_common_prefix(mx):
    data = mx.sym.var("data", dtype="float32")
    one = mx.gluon.SymbolBlock(mx.sym.FullyConnected(data, num_hidden=1, name="net_fc"), data)
    two = mx.gluon.SymbolBlock(mx.sym.FullyConnected(
        mx.sym.FullyConnected(data, num_hidden=1, name="net_a"), num_hidden=1, name="net_b"), data)  # fmt: skip
    none = mx.gluon.SymbolBlock(mx.sym.relu(data), data)
    lone = mx.gluon.SymbolBlock(mx.sym.FullyConnected(data, num_hidden=1, no_bias=True, name="net_fc"), data)
    return [list(b._collect_params_with_prefix()) for b in (one, two, none, lone)]


@scenario
def save_and_load_parameters(mx):
    with folder() as path:
        b = ready(block(mx))
        b(ones(mx, 1, 3))
        b.save_parameters(str(path / "p"))
        b.collect_params().save(str(path / "q"))
        other, third = block(mx), block(mx)
        return [list(mx.nd.load(str(path / "p"))), raised(lambda: other.load_parameters(str(path / "p"))),
                raised(lambda: values(other(ones(mx, 1, 3)))), raised(lambda: third.load_parameters(str(path / "q"))),
                values(third(ones(mx, 1, 3)))]  # fmt: skip


@scenario
def dtypes_follow_the_inputs(mx):
    found = []
    for dtype in ("float16", "float64", "int32", None):
        out, data = net(mx, dtype=dtype)
        b = counted(lambda out=out, data=data: mx.gluon.SymbolBlock(out, data))[0]
        found.append([str(np.dtype(p.dtype)) for p in b.params.values()])
    return found


@scenario
def casting(mx):
    data = mx.sym.var("data", dtype="float32")
    fc = mx.sym.FullyConnected(data, num_hidden=2, name="fc")
    gluon = mx.sym.BatchNorm(fc, mx.sym.var("b_gamma"), mx.sym.var("b_beta"), mx.sym.var("b_running_mean"),
                             mx.sym.var("b_running_var"), name="b")  # fmt: skip
    found = []
    for out in (mx.sym.BatchNorm(fc, name="bn"), gluon, fc):
        b = mx.gluon.SymbolBlock(out, data)
        for dtype in ("float16", "float64"):
            b.cast(dtype)
            found.append([[name, str(np.dtype(p.dtype))] for name, p in b.params.items()])
    return found


@scenario
def casting_and_calling(mx):
    b = ready(block(mx))
    b(ones(mx, 1, 3))
    b.cast("float64")
    return [values(b(ones(mx, 1, 3, dtype="float64"))), raised(lambda: b(ones(mx, 1, 3)).asnumpy())]


@scenario
def hybridize_modes(mx):
    b = ready(block(mx))
    found = [values(b(ones(mx, 1, 3)))]
    for flags in ({}, {"static_alloc": True}, {"static_alloc": True, "static_shape": True}, {"active": False}):
        b.hybridize(**flags)
        found.append(values(b(ones(mx, 2, 3))))
    b.fc_weight = None
    return found


def exported(mx, path, dtype="float32"):
    made = ready(dense_net(mx, 2, prefix="n_", dense_dtype=dtype))
    made.hybridize()
    made(ones(mx, 1, 3, dtype=dtype))
    made.export(str(path / "m"))
    return str(path / "m-symbol.json"), str(path / "m-0000.params")


@scenario
def imports(mx):
    with folder() as path:
        symbol, params = exported(mx, path)
        found = []
        for args in ((symbol, "data", params), (symbol, ["data"], params), (symbol, ("data",), params)):
            found.append(raised(lambda args=args: mx.gluon.SymbolBlock.imports(*args)))
        b = mx.gluon.SymbolBlock.imports(symbol, ["data"], params)
        return [found, values(b(ones(mx, 2, 3))), b.prefix, list(b.params), b._active, repr(b)]


@scenario
def imports_on_contexts(mx):
    with folder() as path:
        symbol, params = exported(mx, path)
        b = mx.gluon.SymbolBlock.imports(symbol, ["data"], params, ctx=[mx.cpu(0), mx.cpu(1)])
        out = b(ones(mx, 2, 3, ctx=mx.cpu(1)))
        return [[[str(c) for c in p.list_ctx()] for p in b.params.values()], str(out.context), values(out)]


@scenario
def imports_with_wrong_names(mx):
    with folder() as path:
        symbol, params = exported(mx, path)
        load = mx.gluon.SymbolBlock.imports
        return [raised(lambda: counted(lambda: load(symbol, ["nope"], params))),
                raised(lambda: counted(lambda: load(symbol, [], params))),
                raised(lambda: counted(lambda: load(symbol, ["data", "n_dense0_bias"], params, ignore_extra=True)))]  # fmt: skip


@scenario
def imports_of_values_that_are_inputs(mx):
    with folder() as path:
        symbol, params = exported(mx, path)
        load = mx.gluon.SymbolBlock.imports
        return raised(lambda: counted(lambda: load(symbol, ["data", "n_dense0_bias"], params)))


@scenario
def imports_with_wrong_names_and_missing_values(mx):
    with folder() as path:
        symbol, params = exported(mx, path)
        load = mx.gluon.SymbolBlock.imports
        return raised(lambda: counted(lambda: load(symbol, ["nope"], params, allow_missing=True)))


@scenario
def imports_without_parameters(mx):
    with folder() as path:
        symbol, _ = exported(mx, path)
        b, warned = counted(lambda: mx.gluon.SymbolBlock.imports(symbol, ["data"]))
        error = raised(lambda: b(ones(mx, 1, 3)))
        b.collect_params().load(str(path / "m-0000.params"))
        return [warned, error, values(b(ones(mx, 1, 3)))]


@scenario
def imports_without_parameters_then_initialize(mx):
    with folder() as path:
        symbol, _ = exported(mx, path)
        b, _ = counted(lambda: mx.gluon.SymbolBlock.imports(symbol, ["data"]))
        b.initialize("ones")
        return [values(b(ones(mx, 1, 3))), shapes(b)]


@scenario
def imports_warnings(mx):
    with folder() as path:
        symbol, params = exported(mx, path)
        return counted(lambda: mx.gluon.SymbolBlock.imports(symbol, ["data"], params) and None)


@scenario
def imports_of_missing_and_broken_files(mx):
    with folder() as path:
        symbol, params = exported(mx, path)
        (path / "text.json").write_text("hello")
        (path / "empty.json").write_text("{}")
        cut = path / "cut.params"
        cut.write_bytes((path / "m-0000.params").read_bytes()[:60])
        unknown = json.loads((path / "m-symbol.json").read_text())
        unknown["nodes"][-1]["op"] = "NoSuchOperator"
        (path / "unknown.json").write_text(json.dumps(unknown))
        load = mx.gluon.SymbolBlock.imports
        return [raised(lambda args=args: counted(lambda: load(*args))) for args in (
            (str(path / "none.json"), ["data"], params), (symbol, ["data"], str(path / "none.params")),
            (str(path / "text.json"), ["data"], params), (str(path / "empty.json"), ["data"], params),
            (symbol, ["data"], str(cut)), (str(path / "unknown.json"), ["data"], params))]  # fmt: skip


@scenario
def imports_takes_dtypes_from_the_file(mx):
    with folder() as path:
        symbol, params = exported(mx, path, dtype="float64")
        b = mx.gluon.SymbolBlock.imports(symbol, ["data"], params)
        return [[str(np.dtype(p.dtype)) for p in b.params.values()], values(b(ones(mx, 1, 3, dtype="float64")))]


@scenario
def imports_missing_and_extra(mx):
    with folder() as path:
        symbol, params = exported(mx, path)
        saved = mx.nd.load(params)
        first = next(iter(saved))
        mx.nd.save(str(path / "few"), {k: v for k, v in saved.items() if k != first})
        mx.nd.save(str(path / "many"), {**saved, "arg:more": ones(mx, 1)})
        mx.nd.save(str(path / "bare"), {k[4:]: v for k, v in saved.items()})
        load = mx.gluon.SymbolBlock.imports
        found = []
        for name in ("few", "many", "bare"):
            for flags in ({}, {"allow_missing": True}, {"ignore_extra": True}):
                found.append(
                    raised(lambda n=name, f=flags: counted(lambda: load(symbol, ["data"], str(path / n), **f)))
                )
        return found


@scenario
def exporting_again(mx):
    with folder() as path:
        symbol, params = exported(mx, path)
        b = mx.gluon.SymbolBlock.imports(symbol, ["data"], params)
        b(ones(mx, 1, 3))
        b.export(str(path / "again"))
        texts = [(path / name).read_text() for name in ("m-symbol.json", "again-symbol.json")]
        return [graph(texts[0]) == graph(texts[1]), sorted(mx.nd.load(str(path / "again-0000.params")))]


@scenario
def resetting_contexts(mx):
    b = block(mx)  # not yet called: MXNet's own reset_ctx fails after a call
    b.infer_shape(ones(mx, 1, 3))
    ready(b)
    b.collect_params().reset_ctx([mx.cpu(1), mx.cpu(2)])
    listed = [[str(c) for c in p.list_ctx()] for p in b.params.values()]
    b.reset_ctx(mx.cpu(0))
    return [listed, [[str(c) for c in p.list_ctx()] for p in b.params.values()]]


@scenario
def attributes_of_parameters_come_from_variables(mx):
    data = mx.sym.var("data", dtype="float32")
    w = mx.sym.var("w", shape=(2, 3), lr_mult=3, wd_mult=0.5, init=mx.init.One(), dtype="float32")
    b = mx.gluon.SymbolBlock(mx.sym.FullyConnected(data, w, num_hidden=2, no_bias=True), data)
    p = b.params["w"]
    return [list(p.shape or ()), p.lr_mult, p.wd_mult, str(p.init), p.grad_req]


@scenario
def forward_takes_more_batches(mx):
    b = ready(block(mx))
    return [list(b(ones(mx, n, 3)).shape) for n in (1, 4, 2)]


@scenario
def features_of_a_network(mx):
    body = mx.gluon.nn.HybridSequential(prefix="f_")
    with body.name_scope():
        body.add(mx.gluon.nn.Conv2D(2, 3, activation="relu"), mx.gluon.nn.MaxPool2D(), mx.gluon.nn.Dense(2))
    ready(body)
    data = mx.sym.var("data", dtype="float32")
    names = body(data).get_internals().list_outputs()
    inside = body(data).get_internals()
    picked = mx.gluon.SymbolBlock([inside[name] for name in names if name.endswith("fwd_output")], data,
                                  params=body.collect_params())  # fmt: skip
    return [names, [list(o.shape) for o in picked(ones(mx, 1, 1, 6, 6))]]


@scenario
def hooks(mx):
    seen, b = [], ready(block(mx))
    b.register_forward_hook(lambda blk, args, out: seen.append(["after", len(args), list(out.shape)]))
    b.register_forward_pre_hook(lambda blk, args: seen.append(["before", len(args)]))
    b(ones(mx, 1, 3))
    b(ones(mx, 2, 3))
    return seen


@scenario
def select_parameters(mx):
    b = block(mx)
    return [list(b.collect_params(".*weight")), list(b.collect_params("fc")), b.collect_params().prefix]


@scenario
def infer_shape_of_block(mx):
    b = block(mx)
    b.infer_shape(ones(mx, 1, 3))
    return shapes(b)
