"""Scenarios of symbols bound to arrays, and of modules (`mx.executor`, `mx.mod`); see `tests.oracle.scenarios`."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("executor")
scenario = SCENARIOS.add


def rounded(array: Any) -> Any:
    """Four digits of an array's values: rounding may differ."""
    return np.vectorize(lambda value: float(f"{value:.4g}"))(array.asnumpy()).tolist()


def numbers(mx: Any, *shape: int) -> Any:
    return mx.nd.array(np.arange(1, 1 + np.prod(shape)).reshape(shape) / 10)


def dense(mx: Any) -> Any:
    return mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc")


def bound(mx: Any, request: Any = "write", symbol: Any = None) -> Any:
    shapes = {"data": (3, 4), "fc_weight": (2, 4), "fc_bias": (2,)}
    arrays = {name: numbers(mx, *shape) for name, shape in shapes.items()}
    grads = {name: mx.nd.zeros(shape) for name, shape in shapes.items()}
    return (dense(mx) if symbol is None else symbol).bind(mx.cpu(), arrays, args_grad=grads, grad_req=request)


# --- executors


@scenario
def passes(mx):
    exe = bound(mx)
    outputs = exe.forward(is_train=True)
    facts = [rounded(outputs[0]), list(exe.output_dict), raised(exe.backward)]
    for _ in range(2):
        exe.backward([numbers(mx, 3, 2)])
        facts.append({name: rounded(grad) for name, grad in exe.grad_dict.items()})
    inference = bound(mx)
    inference.forward()
    inference.backward(mx.nd.ones((3, 2)))
    return [*facts, rounded(inference.grad_dict["fc_bias"])]


@scenario
def requests(mx):
    facts = []
    for request in ("write", "add", "null", ["null", "add", "write"], {"fc_weight": "add", "fc_bias": "null"}):
        exe = bound(mx, request)
        for _ in range(2):
            exe.forward(is_train=True)
            exe.backward(mx.nd.ones((3, 2)))
        facts.append([rounded(grad) for grad in exe.grad_arrays])
    return [*facts, raised(lambda: bound(mx, "other"))]


@scenario
def values_for_arguments(mx):
    exe = bound(mx)
    facts = [rounded(exe.forward(data=mx.nd.ones((3, 4)))[0]), rounded(exe.forward(data=np.zeros((3, 4)))[0])]
    exe.arg_dict["fc_bias"][:] = 7
    facts.append(rounded(exe.forward()[0]))
    return [*facts, raised(lambda: exe.forward(data=1)), raised(lambda: exe.forward(data=mx.nd.ones((1, 4)))),
            raised(lambda: exe.forward(other=mx.nd.ones((1, 4))))]  # fmt: skip


@scenario
def bad_bindings(mx):
    symbol, cpu = dense(mx), mx.cpu()
    return [
        raised(lambda: symbol.bind(cpu, {"data": numbers(mx, 3, 4)})),
        raised(lambda: symbol.bind(cpu, [numbers(mx, 3, 4)])),
        raised(lambda: symbol.bind(cpu, {"data": numbers(mx, 3, 4), "fc_weight": numbers(mx, 2, 5), "fc_bias": numbers(mx, 2)})),
        raised(lambda: symbol.simple_bind(cpu)),
    ]  # fmt: skip


@scenario
def new_arrays(mx):
    symbol = mx.sym.BatchNorm(dense(mx), name="bn")
    exe = symbol.simple_bind(mx.cpu(), grad_req={"fc_weight": "write"}, data=(3, 4), type_dict={"data": "float32"})
    facts = [[name, list(array.shape), array.dtype.__name__, rounded(array)] for name, array in exe.arg_dict.items()]
    return [*facts, [name for name, grad in exe.grad_dict.items() if grad is not None], sorted(exe.aux_dict)]


@scenario
def losses_need_no_gradient(mx):
    symbol = mx.sym.SoftmaxOutput(dense(mx), name="softmax")
    exe = symbol.simple_bind(mx.cpu(), data=(3, 4))
    exe.copy_params_from({"data": numbers(mx, 3, 4), "fc_weight": numbers(mx, 2, 4), "softmax_label": mx.nd.ones(3)})
    facts = [rounded(exe.forward(is_train=True)[0])]
    exe.backward()
    return [*facts, {name: rounded(grad) for name, grad in exe.grad_dict.items()}]


@scenario
def states_move_backwards(mx):
    symbol = mx.sym.BatchNorm(mx.sym.Variable("data"), name="bn", momentum=0.5)
    exe = symbol.simple_bind(mx.cpu(), data=(4, 2))
    exe.arg_dict["data"][:] = numbers(mx, 4, 2)
    exe.forward(is_train=True)
    facts = [rounded(array) for array in exe.aux_arrays]
    exe.backward(mx.nd.ones((4, 2)))
    return facts + [rounded(array) for array in exe.aux_arrays]


@scenario
def copying(mx):
    exe, extra = bound(mx), {"other": numbers(mx, 2)}
    exe.copy_params_from(extra, allow_extra_params=True)
    exe.copy_params_from({"fc_bias": mx.nd.ones(2)})
    return [rounded(exe.arg_dict["fc_bias"]), raised(lambda: exe.copy_params_from(extra)),
            raised(lambda: exe.copy_params_from({}, extra)),
            raised(lambda: exe.copy_params_from({"fc_bias": numbers(mx, 3)}))]  # fmt: skip


@scenario
def other_shapes(mx):
    exe = bound(mx)
    small = exe.reshape(data=(2, 4))
    exe.arg_dict["fc_bias"][:] = 5
    large = exe.reshape(allow_up_sizing=True, data=(5, 4))
    wide = exe.reshape(partial_shaping=True, allow_up_sizing=True, data=(3, 5))
    return [
        rounded(small.forward()[0]), rounded(small.arg_dict["data"]), list(large.outputs[0].shape),
        list(wide.arg_dict["fc_weight"].shape), raised(lambda: exe.reshape(data=(5, 4))),
        raised(lambda: exe.reshape(allow_up_sizing=True, data=(3, 5))),
    ]  # fmt: skip


@scenario
def monitors(mx):
    data = mx.sym.Variable("data")
    relu = mx.sym.relu(data, name="r")
    total = mx.sym.Activation(relu, act_type="relu", name="a") + relu
    parts = mx.sym.SliceChannel(mx.sym.BatchNorm(total, name="b"), num_outputs=2, name="sl")
    exe = mx.sym.Group([parts[0], parts[1]]).simple_bind(mx.cpu(), data=(2, 4))
    facts = []
    for everything in (False, True):
        names: list[str] = []
        exe.set_monitor_callback(lambda name, array, names=names: names.append(name), monitor_all=everything)
        exe.forward()
        facts.append([name.decode() if isinstance(name, bytes) else name for name in names])
    return facts


@scenario
def monitor_lines(mx):
    symbol = mx.sym.SoftmaxOutput(dense(mx), name="softmax")
    exe = symbol.simple_bind(mx.cpu(), data=(3, 4))
    exe.arg_dict["data"][:] = 2
    exe._symbol = symbol
    monitor = mx.mon.Monitor(1, pattern=".*output|fc_bias")
    monitor.install(exe)
    monitor.tic()
    exe.forward()
    return [[step, name, f"{float(value):.4f}"] for step, name, value in monitor.toc()]


@scenario
def evaluated(mx):
    found = dense(mx).eval(ctx=mx.cpu(), data=numbers(mx, 3, 4), fc_weight=numbers(mx, 2, 4), fc_bias=numbers(mx, 2))
    return [rounded(array) for array in found]


# --- modules


def module(mx: Any, ready: bool = True, **kwargs: Any) -> Any:
    logging.getLogger().setLevel(logging.ERROR)
    symbol = mx.sym.SoftmaxOutput(dense(mx), name="softmax")
    made = mx.mod.Module(symbol, context=kwargs.pop("context", mx.cpu()), **kwargs)
    if ready:
        made.bind([("data", (4, 3))], [("softmax_label", (4,))])
        made.init_params(mx.init.One(), arg_params={"fc_weight": numbers(mx, 2, 3)}, allow_missing=True)
    return made


def batch(mx: Any, size: int = 4) -> Any:
    return mx.io.DataBatch([numbers(mx, size, 3)], [mx.nd.array(np.arange(size) % 3 == 0)])


def examples(mx: Any) -> Any:
    return mx.io.NDArrayIter(np.arange(30).reshape(10, 3) / 10, np.arange(10) % 2, 4, label_name="softmax_label")


@scenario
def names_and_shapes(mx):
    made = module(mx)
    shapes = [[each[0], list(each[1])] for each in (*made.data_shapes, *made.label_shapes, *made.output_shapes)]
    return [made.data_names, made.label_names, made.output_names, shapes]


@scenario
def order_of_calls(mx):
    fresh = module(mx, ready=False)
    made = module(mx)
    inference = module(mx, ready=False)
    inference.bind([("data", (4, 3))], for_training=False)
    inference.init_params()
    inference.forward(batch(mx))
    weight = {"fc_weight": numbers(mx, 2, 3)}
    return [raised(call) for call in (
        lambda: fresh.forward(batch(mx)), fresh.init_params, made.update, made.get_input_grads, inference.backward,
        lambda: made.set_params(weight, {}), lambda: module(mx, data_names=["other"]),
        lambda: module(mx, fixed_param_names=["other"]),
    )]  # fmt: skip


@scenario
def steps_on_contexts(mx):
    facts = []
    for context in (mx.cpu(), [mx.cpu(0), mx.cpu(1)]):
        made = module(mx, context=context)
        made.init_optimizer(optimizer="adam", optimizer_params={"learning_rate": 0.1})
        for _ in range(3):
            made.forward_backward(batch(mx))
            made.update()
        facts += [rounded(made.get_outputs()[0]), [len(each) for each in made.get_outputs(False)]]
        facts.append({name: rounded(array) for name, array in made.get_params()[0].items()})
    return facts


@scenario
def other_batches(mx):
    made = module(mx)
    facts = []
    for size in (6, 2):
        made.forward(batch(mx, size), is_train=False)
        facts.append(rounded(made.get_outputs()[0]))
    made.reshape([("data", (7, 3))], [("softmax_label", (7,))])
    made.forward(batch(mx, 7))
    return [*facts, list(made.get_outputs()[0].shape)]


@scenario
def gradients_of_inputs(mx):
    made = module(mx, ready=False)
    made.bind([("data", (4, 3))], [("softmax_label", (4,))], inputs_need_grad=True)
    made.init_params(mx.init.One(), arg_params={"fc_weight": numbers(mx, 2, 3)}, allow_missing=True)
    made.forward_backward(batch(mx))
    return [rounded(grad) for grad in made.get_input_grads()]


@scenario
def loops(mx):
    made = module(mx)
    facts = [rounded(made.predict(examples(mx))), made.score(examples(mx), ["acc"])[0][1]]
    facts.append([[list(out.shape) for out in outs] for outs in made.predict(examples(mx), merge_batches=False)])
    facts += [list(made.predict(examples(mx), num_batch=1).shape), [n for _, n, _ in made.iter_predict(examples(mx))]]
    calls: list[Any] = []
    fitted = module(mx, ready=False)
    fitted.fit(
        examples(mx), eval_data=examples(mx), num_epoch=2, initializer=mx.init.One(),
        optimizer_params={"learning_rate": 0.5, "momentum": 0.5},
        batch_end_callback=lambda param: calls.append([param.epoch, param.nbatch]),
        epoch_end_callback=lambda epoch, symbol, arguments, states: calls.append([epoch, sorted(arguments)]),
    )  # fmt: skip
    return [*facts, calls, {name: rounded(array) for name, array in fitted.get_params()[0].items()}]


@scenario
def states_and_files(mx):
    made = module(mx)
    made.init_optimizer(optimizer="adam")
    made.forward_backward(batch(mx))
    made.update()
    with tempfile.TemporaryDirectory() as folder:
        prefix = str(Path(folder) / "model")
        made.save_checkpoint(prefix, 2, save_optimizer_states=True)
        files = sorted(path.name for path in Path(folder).iterdir())
        again = mx.mod.Module.load(prefix, 2, load_optimizer_states=True, context=mx.cpu())
        again.bind([("data", (4, 3))], [("softmax_label", (4,))])
        again.init_optimizer(optimizer="adam")
    for each in (made, again):
        each.forward_backward(batch(mx))
        each.update()
    return [files, *[rounded(each.get_params()[0]["fc_weight"]) for each in (made, again)]]
