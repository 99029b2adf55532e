"""Scenarios of the corners of rows of modules, modules of Python and buckets; see `tests.oracle.scenarios`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.autograd_scenarios import rounded
from tests.oracle.module_scenarios import batches, buckets, data, params
from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("module_corners")
scenario = SCENARIOS.add


# --- modules in a row


def layer(mx: Any, name: str, **options: Any) -> Any:
    hidden = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name=name)
    return mx.mod.Module(mx.sym.Activation(hidden, act_type="tanh"), label_names=None, **options)


def start(mx: Any) -> dict[str, Any]:
    random = np.random.RandomState(8)
    shapes = {"fc1_weight": (2, 5), "fc1_bias": (2,), "fc2_weight": (2, 2), "fc2_bias": (2,)}
    return {name: mx.nd.array(random.uniform(-1, 1, shape)) for name, shape in shapes.items()}


def row(mx: Any, *rest: Any) -> Any:
    module = mx.mod.SequentialModule()
    module.add(layer(mx, "fc1")).add(layer(mx, "fc2"), auto_wiring=True)
    for each, options in rest:
        module.add(each, **options)
    return module


@scenario
def a_row_gives_gradients_of_inputs(mx):
    module = row(mx)
    module.bind([("data", (4, 5))], inputs_need_grad=True)
    module.init_params(arg_params=start(mx), initializer=None)
    values, _ = data()
    module.forward(mx.io.DataBatch([mx.nd.array(values[:4])], None), is_train=True)
    module.backward([mx.nd.ones((4, 2))])
    # MXNet's own get_input_grads of a row never works: it asks for a flag that its bind does not set.
    found = [rounded(module.get_outputs()[0]), rounded(module._modules[0].get_input_grads()[0])]
    module.init_optimizer(optimizer="adam")
    module.update()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "row.params"))
        module.save_params(path)
        saved = params(module.get_params()[0])
        module.set_params(start(mx), {})
        module.load_params(path)
        return [*found, saved, saved == params(module.get_params()[0])]


@scenario
def a_row_of_two_that_take_labels(mx):
    first = mx.mod.Module(
        mx.sym.LinearRegressionOutput(
            mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=1, name="fc1"),
            mx.sym.Variable("softmax_label"),
            name="one",
        )
    )
    second = mx.mod.Module(
        mx.sym.LinearRegressionOutput(
            mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=1, name="fc2"),
            mx.sym.Variable("softmax_label"),
            name="two",
        )
    )
    module = mx.mod.SequentialModule()
    module.add(first, take_labels=True).add(second, take_labels=True, auto_wiring=True)
    source = batches(mx)
    module.bind(source.provide_data, source.provide_label)
    given = start(mx)
    given = {"fc1_weight": given["fc1_weight"][:1], "fc1_bias": mx.nd.zeros(1),
             "fc2_weight": given["fc2_weight"][:1, :1], "fc2_bias": mx.nd.zeros(1)}  # fmt: skip
    module.init_params(arg_params=given, initializer=None)
    module.init_optimizer(optimizer_params=(("learning_rate", 0.1),))
    metric = mx.metric.MSE()
    for batch in source:
        module.forward_backward(batch)
        module.update()
        module.update_metric(metric, [label.reshape((-1, 1)) for label in batch.label])
    return [params(module.get_params()[0]), metric.num_inst, round(float(metric.get()[1]), 4)]  # fmt: skip


@scenario
def a_row_in_a_wrong_order(mx):
    module = row(mx)
    found = [raised(call) for call in (
        module.init_params, module.init_optimizer, module.get_params, module.update, lambda: module.data_shapes,
        lambda: module.get_outputs(), lambda: module.bind([("data", (4, 5))], shared_module=module),
        lambda: module.bind([("data", (4, 5))], for_training=False, inputs_need_grad=True),
    )]  # fmt: skip
    module.bind([("data", (4, 5))])
    module.init_params()
    found += [raised(module.update), raised(lambda: module.get_input_grads()), module.params_initialized]
    module.add(layer(mx, "fc3"), auto_wiring=True)
    found += [module.binded, module.params_initialized, module.optimizer_initialized]
    twice = row(mx, (layer(mx, "fc1"), {"auto_wiring": True}))
    twice.bind([("data", (4, 5))])
    return [*found, raised(twice.init_params), mx.mod.SequentialModule().data_names]


@scenario
def a_row_watched(mx):
    module = row(mx)
    module.bind([("data", (4, 5))])  # for training: MXNet fuses operators for inference alone
    module.init_params(arg_params=start(mx), initializer=None)
    monitor = mx.mon.Monitor(1, pattern=".*output")
    module.install_monitor(monitor)
    monitor.tic()
    module.forward(mx.io.DataBatch([mx.nd.array(data()[0][:4])], None), is_train=False)
    return [[step, name, f"{float(value):.4f}"] for step, name, value in monitor.toc()]


# --- modules of Python


@scenario
def python_modules_refuse(mx):
    plain = mx.mod.PythonModule(["data"], ["softmax_label"], ["out"])
    found = [raised(lambda: plain.bind([("other", (4, 5))])), raised(lambda: plain.bind([("data", (4, 5))]))]
    found += [raised(lambda: plain.bind([("data", (4, 5))], grad_req="add")), plain.binded]
    found += [
        raised(lambda: mx.mod.PythonLossModule(grad_func=3)),
        raised(lambda: mx.mod.PythonLossModule(data_names=["a", "b"])),
    ]
    loss = mx.mod.PythonLossModule()
    found.append(raised(lambda: loss.bind([("data", (4, 2))], [("other", (4,))])))
    loss.bind([("data", (4, 2))], [("softmax_label", (4,))], for_training=False)
    found += [raised(loss.backward), raised(lambda: loss.get_outputs(False)), loss.symbol is None]
    return [*found, raised(lambda: loss.update_metric(mx.metric.Accuracy(), [], True)), loss.inputs_need_grad]


@scenario
def gradients_of_a_python_loss(mx):
    found = []
    for kind in (lambda array: array, lambda array: array.asnumpy(), lambda array: array.asnumpy().tolist()):
        loss = mx.mod.PythonLossModule(grad_func=lambda scores, labels, kind=kind: kind(scores - 1))
        loss.bind([("data", (2, 2))], [("softmax_label", (2,))])
        loss.forward(mx.io.DataBatch([mx.nd.array([[1, 2], [3, 4]])], [mx.nd.array([0, 1])]))
        loss.backward()
        metric = mx.metric.Accuracy()
        loss.update_metric(metric, [mx.nd.array([1, 0])])
        found.append([rounded(loss.get_input_grads()[0]), metric.get()[1]])
    return found


# --- bucketing


def bucketing(mx: Any, **options: Any) -> Any:
    module = mx.mod.BucketingModule(buckets(mx), default_bucket_key=4, **options)
    module.bind([("data", (2, 4))], [("softmax_label", (2,))])
    module.init_params(mx.init.Constant(0.5))
    return module


@scenario
def buckets_in_files(mx):
    module = bucketing(mx)
    for key in (3, 2):
        module.switch_bucket(key, [("data", (2, key))], [("softmax_label", (2,))])
    unbound = mx.mod.BucketingModule(buckets(mx), default_bucket_key=4)
    with tempfile.TemporaryDirectory() as folder:
        prefix = str(Path(folder, "net"))
        module.save_checkpoint(prefix, 12)
        found = [raised(lambda: unbound.save_checkpoint(prefix, 1)), sorted(p.name for p in Path(folder).iterdir())]
        found.append(Path(prefix + ".buckets").read_bytes().hex())
        again = mx.mod.BucketingModule.load(prefix, 12, buckets(mx), default_bucket_key=4)
        found += [again.binded, again.params_initialized, params(again.get_params()[0])]
        found.append(raised(lambda: mx.mod.BucketingModule.load(prefix, 12, buckets(mx))))
        found.append(raised(lambda: mx.mod.BucketingModule.load(prefix, 12, default_bucket_key=4)))
        found.append(raised(lambda: mx.mod.BucketingModule.load(prefix, 13, buckets(mx), default_bucket_key=4)))
        found.append(raised(lambda: mx.mod.BucketingModule.load(prefix + "x", 12, buckets(mx), default_bucket_key=4)))
    return found


@scenario
def buckets_trained_further(mx):
    module = bucketing(mx)
    batch = mx.io.DataBatch(
        [mx.nd.array([[1, 2, 3], [0, 5, 1]])], [mx.nd.array([0, 1])], bucket_key=3,
        provide_data=[("data", (2, 3))], provide_label=[("softmax_label", (2,))],
    )  # fmt: skip
    symbols = {key: buckets(mx)(key)[0] for key in (3, 4)}
    arguments, states = module.get_params()
    again = mx.mod.BucketingModule.load_dict(symbols, buckets(mx), 4, arguments, states)
    again.bind([("data", (2, 4))], [("softmax_label", (2,))])
    again.init_params()
    again.init_optimizer(optimizer_params={"learning_rate": 1.0})
    for _ in range(2):
        again.forward_backward(batch)
        again.update()
    return [
        params(again.get_params()[0]),
        rounded(again.get_outputs()[0]),
        raised(lambda: mx.mod.BucketingModule.load_dict(None, buckets(mx), 4, {}, {})),
    ]


@scenario
def buckets_of_other_keys(mx):
    found = []
    for key in ("long", (2, 4)):
        module = mx.mod.BucketingModule(buckets(mx), default_bucket_key=key)
        module.bind([("data", (2, 4))], [("softmax_label", (2,))])
        module.init_params(mx.init.One())
        with tempfile.TemporaryDirectory() as folder:
            found.append(
                raised(lambda module=module, folder=folder: module.save_checkpoint(str(Path(folder, "net")), 0))
            )
            found.append(sorted(path.name for path in Path(folder).iterdir()))
    return found
