"""save_parameters, load_parameters, their deprecated aliases, ParameterDict.save/load, Block.save/load, export, imports."""

from __future__ import annotations

import json
import os

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
    values,
)  # fmt: skip
from tests.oracle.scenarios import raised


def loaded(mx, path):
    """Names and values in a parameter file."""
    found = mx.nd.load(str(path))
    return [[name, values(array)] for name, array in found.items()] if isinstance(found, dict) else values(found)


def made(mx, prefix="net_", **kwargs):
    net = ready(dense_net(mx, 2, 1, prefix=prefix, **kwargs))
    net(ones(mx, 1, 3))
    for number, p in enumerate(net.collect_params().values()):
        p.set_data(mx.nd.ones(p.shape) * number)
    return net


@scenario
def saved_names(mx):
    with folder() as path:
        made(mx).save_parameters(str(path / "p"))
        return loaded(mx, path / "p")


@scenario
def saved_by_params(mx):
    with folder() as path:
        net = made(mx)
        net.collect_params().save(str(path / "p"))
        plain = loaded(mx, path / "p")
        net.collect_params().save(str(path / "p"), strip_prefix="net_")
        return [plain, loaded(mx, path / "p"),
                raised(lambda: net.collect_params().save(str(path / "p"), strip_prefix="x_"))]  # fmt: skip


@scenario
def saved_by_deprecated(mx):
    with folder() as path:
        net = made(mx)
        warned = counted(lambda: net.save_params(str(path / "p")))
        other = dense_net(mx, 2, 1, prefix="net_")
        return [warned, loaded(mx, path / "p"), counted(lambda: other.load_params(str(path / "p"))),
                values(other(ones(mx, 1, 3)))]  # fmt: skip


@scenario
def loading_every_style(mx):
    with folder() as path:
        net = made(mx)
        net.save_parameters(str(path / "structural"))
        net.collect_params().save(str(path / "plain"))
        net.collect_params().save(str(path / "stripped"), strip_prefix="net_")
        net.hybridize()
        net(ones(mx, 1, 3))
        net.export(str(path / "model"))
        found = []
        for name in ("structural", "plain", "stripped", "model-0000.params"):
            other = dense_net(mx, 2, 1, prefix="net_")
            found.append([raised(lambda other=other, name=name: other.load_parameters(str(path / name)))])
            found[-1].append(raised(lambda other=other: other(ones(mx, 1, 3))))
            if not found[-1][-1]["raises"]:
                found[-1].append(values(other(ones(mx, 1, 3))))
        return found


@scenario
def loading_under_other_prefix(mx):
    with folder() as path:
        made(mx).save_parameters(str(path / "p"))
        other = dense_net(mx, 2, 1, prefix="other_")
        other.load_parameters(str(path / "p"))
        return values(other(ones(mx, 1, 3)))


@scenario
def loading_plain_names_under_other_prefix(mx):
    with folder() as path:
        made(mx).collect_params().save(str(path / "p"))
        other = dense_net(mx, 2, 1, prefix="other_")
        return [raised(lambda: other.load_parameters(str(path / "p"))),
                raised(lambda: other.collect_params().load(str(path / "p")))]  # fmt: skip


@scenario
def missing_and_extra(mx):
    with folder() as path:
        made(mx).save_parameters(str(path / "two"))
        one = dense_net(mx, 2, prefix="one_")
        three = dense_net(mx, 2, 1, 1, prefix="three_")
        found = [raised(lambda: one.load_parameters(str(path / "two"))),
                 raised(lambda: three.load_parameters(str(path / "two"))),
                 raised(lambda: one.load_parameters(str(path / "two"), ignore_extra=True)),
                 raised(lambda: three.load_parameters(str(path / "two"), allow_missing=True))]  # fmt: skip
        return [*found, values(one(ones(mx, 1, 3))), raised(lambda: three(ones(mx, 1, 3)))]


@scenario
def missing_and_extra_in_dict(mx):
    with folder() as path:
        made(mx).collect_params().save(str(path / "two"))
        one = dense_net(mx, 2, prefix="net_")
        three = dense_net(mx, 2, 1, 1, prefix="net_")
        load = [(one, {}), (three, {}), (one, {"ignore_extra": True}), (three, {"allow_missing": True})]
        return [raised(lambda n=n, k=k: n.collect_params().load(str(path / "two"), **k)) for n, k in load]


@scenario
def restoring_prefix(mx):
    with folder() as path:
        net = made(mx)
        net.collect_params().save(str(path / "p"), strip_prefix="net_")
        other = dense_net(mx, 2, 1, prefix="other_")
        other.collect_params().load(str(path / "p"), restore_prefix="other_")
        return [values(other(ones(mx, 1, 3))),
                raised(lambda: other.collect_params().load(str(path / "p"), restore_prefix="wrong_"))]  # fmt: skip


@scenario
def wrong_shapes(mx):
    with folder() as path:
        made(mx).save_parameters(str(path / "p"))
        other = dense_net(mx, 3, 1, prefix="net_")
        return raised(lambda: other.load_parameters(str(path / "p")))


@scenario
def missing_and_broken_files(mx):
    with folder() as path:
        net = made(mx)
        net.save_parameters(str(path / "p"))
        data = (path / "p").read_bytes()
        (path / "cut").write_bytes(data[: len(data) // 2])
        (path / "empty").write_bytes(b"")
        (path / "text").write_text("hello, parameters of a network")
        before = values(net(ones(mx, 1, 3)))
        errors = [raised(lambda n=n: net.load_parameters(str(path / n))) for n in ("none", "cut", "empty", "text")]
        return [errors, values(net(ones(mx, 1, 3))) == before]


@scenario
def dtypes_must_agree(mx):
    with folder() as path:
        net = made(mx)
        net.cast("float16")
        net.save_parameters(str(path / "p"))
        found = []
        for kwargs in ({}, {"cast_dtype": True}, {"cast_dtype": True, "dtype_source": "saved"},
                       {"dtype_source": "saved"}, {"cast_dtype": True, "dtype_source": "nope"}):  # fmt: skip
            other = dense_net(mx, 2, 1, prefix="net_")
            error = raised(lambda other=other, kwargs=kwargs: other.load_parameters(str(path / "p"), **kwargs))
            found.append([error, [np.dtype(p.dtype).name for p in other.collect_params().values()]])
        return found


@scenario
def dtypes_through_dict(mx):
    with folder() as path:
        net = made(mx)
        net.cast("float64")
        net.collect_params().save(str(path / "p"))
        found = []
        for kwargs in ({}, {"cast_dtype": True}, {"cast_dtype": True, "dtype_source": "saved"}):
            other = dense_net(mx, 2, 1, prefix="net_")
            error = raised(lambda other=other, kwargs=kwargs: other.collect_params().load(str(path / "p"), **kwargs))
            found.append([error, [np.dtype(p.dtype).name for p in other.collect_params().values()]])
        return found


@scenario
def deduplicated(mx):
    def shared():
        net = mx.gluon.nn.HybridSequential()
        first = mx.gluon.nn.Dense(2, in_units=2)
        net.add(first, mx.gluon.nn.Dense(2, in_units=2, params=first.params))
        return net

    with folder() as path:
        net = ready(shared())
        net.save_parameters(str(path / "all"))
        net.save_parameters(str(path / "once"), deduplicate=True)
        other = shared()
        error = raised(lambda: other.load_parameters(str(path / "once")))
        unshared = dense_net(mx, 2, 2, dense_in_units=2)
        return [loaded(mx, path / "all"), loaded(mx, path / "once"), error, values(other(ones(mx, 1, 2))),
                raised(lambda: unshared.load_parameters(str(path / "once")))]  # fmt: skip


@scenario
def loading_into_initialized(mx):
    with folder() as path:
        made(mx).save_parameters(str(path / "p"))
        other = ready(dense_net(mx, 2, 1, prefix="net_"))
        other(ones(mx, 1, 3))
        other.load_parameters(str(path / "p"))
        hybrid = ready(dense_net(mx, 2, 1, prefix="net_"))
        hybrid.hybridize(static_alloc=True)
        hybrid(ones(mx, 1, 3))
        hybrid.load_parameters(str(path / "p"))
        return [values(other(ones(mx, 1, 3))), values(hybrid(ones(mx, 1, 3)))]


@scenario
def loading_onto_contexts(mx):
    with folder() as path:
        made(mx).save_parameters(str(path / "p"))
        other = dense_net(mx, 2, 1, prefix="net_")
        other.load_parameters(str(path / "p"), ctx=[mx.cpu(0), mx.cpu(1)])
        return [[str(c) for c in p.list_ctx()] for p in other.collect_params().values()]


@scenario
def loading_onto_other_context_than_initialized(mx):
    with folder() as path:
        made(mx).save_parameters(str(path / "p"))
        other = ready(dense_net(mx, 2, 1, prefix="net_"))
        other(ones(mx, 1, 3))
        return [raised(lambda: other.load_parameters(str(path / "p"), ctx=mx.cpu(1))),
                [str(c) for c in other[0].weight.list_ctx()]]  # fmt: skip


@scenario
def saving_uninitialized(mx):
    with folder() as path:
        net = dense_net(mx, 2)
        first = raised(lambda: net.save_parameters(str(path / "p")))
        net.initialize()
        return [first, raised(lambda: net.save_parameters(str(path / "p"))), os.listdir(path)]


@scenario
def saving_nothing(mx):
    with folder() as path:
        net = mx.gluon.nn.Flatten()
        net.save_parameters(str(path / "p"))
        return [loaded(mx, path / "p"), raised(lambda: net.load_parameters(str(path / "p")))]


@scenario
def constants_in_files(mx):
    def build():
        return custom(mx, lambda self, F, x, c: x * c,
                      lambda self: setattr(self, "c", self.params.get_constant("c", np.array([[1.0, 2.0]]))))  # fmt: skip

    with folder() as path:
        net = ready(build())
        net.save_parameters(str(path / "p"))
        other = build()
        other.load_parameters(str(path / "p"))
        return [loaded(mx, path / "p"), values(other(ones(mx, 1, 2)))]


@scenario
def export_needs_a_hybridized_call(mx):
    with folder() as path:
        net = ready(dense_net(mx, 2))
        errors = [raised(lambda: net.export(str(path / "m")))]
        net(ones(mx, 1, 3))
        errors.append(raised(lambda: net.export(str(path / "m"))))
        net.hybridize()
        errors.append(raised(lambda: net.export(str(path / "m"))))
        net(ones(mx, 1, 3))
        errors.append(raised(lambda: net.export(str(path / "m"))))
        return [errors, sorted(os.listdir(path))]


@scenario
def export_returns_names(mx):
    with folder() as path:
        net = ready(dense_net(mx, 2))
        net.hybridize()
        net(ones(mx, 1, 3))
        found = net.export(str(path / "m"), epoch=7)
        names = [os.path.basename(name) for name in found] if isinstance(found, tuple) else found
        return [names, sorted(os.listdir(path)), [name for name, _ in loaded(mx, path / "m-0007.params")]]


@scenario
def export_of_shared_and_auxiliary(mx):
    net = mx.gluon.nn.HybridSequential(prefix="n_")
    with net.name_scope():
        layer = mx.gluon.nn.Dense(2, in_units=2)
        net.add(layer, mx.gluon.nn.BatchNorm(), layer)
    with folder() as path:
        ready(net).hybridize()
        net(ones(mx, 1, 2))
        net.export(str(path / "m"))
        return [sorted(name for name, _ in loaded(mx, path / "m-0000.params")),
                graph((path / "m-symbol.json").read_text())]  # fmt: skip


@scenario
def exported_attributes(mx):
    def make(self):
        self.w = self.params.get("w", shape=(1, 2), init=mx.init.Xavier(), lr_mult=2, wd_mult=0.5)
        self.v = self.params.get("v", shape=(0, 2), init="zeros", allow_deferred_init=True)

    with folder() as path:
        net = custom(mx, lambda self, F, x, w, v: F.concat(x * w, v, dim=0), make, prefix="p_")
        net.v.shape = (1, 2)
        net.initialize()
        net.hybridize()
        net(ones(mx, 1, 2))
        net.export(str(path / "m"))
        return graph((path / "m-symbol.json").read_text())


@scenario
def export_top_level(mx):
    with folder() as path:
        net = ready(dense_net(mx, 2))
        net.hybridize()
        net(ones(mx, 1, 3))
        net.export(str(path / "m"))
        found = json.loads((path / "m-symbol.json").read_text())
        return [sorted(found), found["arg_nodes"], found["heads"], found["attrs"], found["node_row_ptr"]]


@scenario
def export_removes_amp_casts(mx):
    def forward(self, F, x):
        return F.amp_cast(F.relu(F.amp_cast(x, dtype="float16")), dtype="float32")

    with folder() as path:
        net = custom(mx, forward)
        net.hybridize()
        net(ones(mx, 1, 3))
        texts = []
        for flag in (True, False):
            net.export(str(path / "m"), remove_amp_cast=flag)
            texts.append([node[:2] for node in graph((path / "m-symbol.json").read_text())])
        return texts


@scenario
def export_and_imports(mx):
    with folder() as path:
        net = made(mx)
        net.hybridize()
        expected = values(net(ones(mx, 1, 3)))
        net.export(str(path / "m"), epoch=2)
        other = mx.gluon.SymbolBlock.imports(str(path / "m-symbol.json"), ["data"], str(path / "m-0002.params"))
        return [values(other(ones(mx, 1, 3))) == expected, list(other.collect_params()), other.prefix]


@scenario
def export_of_several_inputs(mx):
    net = custom(mx, lambda self, F, x, pair, y: x + pair[0] * pair[1] - y)
    net.hybridize()
    net(ones(mx, 1, 3), [ones(mx, 1, 3), ones(mx, 1, 3)], ones(mx, 1, 3))
    with folder() as path:
        net.export(str(path / "m"))
        return [node[:2] for node in graph((path / "m-symbol.json").read_text())]


@scenario
def block_save_and_load(mx):
    with folder() as path:
        net = made(mx)
        net.save(str(path / "m"))
        other = dense_net(mx, 2, 1, prefix="net_")
        other.load(str(path / "m"))
        return [
            sorted(os.listdir(path)),
            json.loads((path / "m-model.json").read_text()),
            values(other(ones(mx, 1, 3))),
        ]


@scenario
def block_save_and_load_hybridized(mx):
    with folder() as path:
        net = made(mx)
        net.hybridize()
        expected = values(net(ones(mx, 1, 3)))
        net.save(str(path / "m"))
        tree = json.loads((path / "m-model.json").read_text())
        top = next(iter(tree.values()))
        other = dense_net(mx, 2, 1, prefix="net_")
        other.load(str(path / "m"))
        return [list(tree), top["orig_name"], top["hybridized"], top["in_format"], top["out_format"],
                [json.loads(text)["nodes"][0]["name"] for text in top["inputs"]],
                [node[:2] for node in graph(top["symbol"])], list(top["children"].items()),
                values(other(ones(mx, 1, 3))) == expected]  # fmt: skip


@scenario
def block_load_renames(mx):
    with folder() as path:
        net = made(mx, prefix="first_")
        net.save(str(path / "m"))
        other = dense_net(mx, 2, 1, prefix="second_")
        error = raised(lambda: other.load(str(path / "m")))
        return [error, other.name, list(other._children)]
