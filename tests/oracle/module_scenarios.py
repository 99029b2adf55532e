"""Scenarios of the lesser modules and of `FeedForward`; see `tests.oracle.scenarios`."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.autograd_scenarios import rounded
from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("module")
scenario = SCENARIOS.add


def data(count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    values = np.random.RandomState(3).uniform(-1, 1, (count, 5)).astype(np.float32)
    return values, (values.sum(axis=1) > 0).astype(np.float32)


def network(mx: Any) -> Any:
    hidden = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=4, name="fc1")
    last = mx.sym.FullyConnected(mx.sym.Activation(hidden, act_type="tanh"), num_hidden=2, name="fc2")
    return mx.sym.SoftmaxOutput(last, name="softmax")


def weights(mx: Any) -> dict[str, Any]:
    random = np.random.RandomState(5)
    shapes = {"fc1_weight": (4, 5), "fc1_bias": (4,), "fc2_weight": (2, 4), "fc2_bias": (2,)}
    return {name: mx.nd.array(random.uniform(-0.5, 0.5, shape)) for name, shape in shapes.items()}


def params(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: rounded(array) for name, array in sorted(arrays.items())}


# --- FeedForward


def feed_forward(mx: Any, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mx.model.FeedForward(network(mx), **options)


@scenario
def feed_forward_on_iterators(mx):
    values, labels = data()
    batches = mx.io.NDArrayIter(values, labels, 4, label_name="softmax_label")
    model = feed_forward(mx, num_epoch=3, learning_rate=0.5, momentum=0.9, arg_params=weights(mx))
    model.fit(batches, eval_data=mx.io.NDArrayIter(values, labels, 4), eval_metric="ce")
    predicted = model.predict(mx.io.NDArrayIter(values[:10], batch_size=4))
    found = [params(model.arg_params), model.aux_params, list(predicted.shape), np.round(predicted, 4).tolist()]
    found.append(round(float(model.score(batches)), 4))
    outputs, fed, given = model.predict(batches, num_batch=2, return_data=True)
    return [*found, list(outputs.shape), list(fed.shape), given.tolist()]


@scenario
def feed_forward_on_arrays(mx):
    values, labels = data()
    model = feed_forward(mx, num_epoch=2, learning_rate=0.1, numpy_batch_size=12, arg_params=weights(mx))
    model.fit(values, labels, eval_data=(values.tolist(), labels.tolist()))
    predicted = model.predict(values[:7])
    return [params(model.arg_params), np.round(predicted, 4).tolist(), model.predict(mx.nd.array(values)).shape[0]]


@scenario
def feed_forward_epochs_of_a_size(mx):
    values, labels = data()
    seen = []
    model = feed_forward(mx, num_epoch=3, epoch_size=2, learning_rate=0.2, arg_params=weights(mx))
    model.fit(
        mx.io.NDArrayIter(values, labels, 4),
        batch_end_callback=lambda param: seen.append([param.epoch, param.nbatch]),
        epoch_end_callback=lambda epoch, symbol, arg, aux: seen.append([epoch, symbol.name, sorted(arg)]),
    )
    return [seen, params(model.arg_params)]


@scenario
def feed_forward_refuses(mx):
    values, labels = data()
    model = feed_forward(mx, num_epoch=1)
    return [
        raised(lambda: model.fit(values)),
        raised(lambda: model.fit(values, labels[:5])),
        raised(lambda: model.fit(values, labels.tolist())),
        raised(lambda: model.fit(values, np.ones((12, 2)))),
        raised(lambda: model.fit("values")),
        raised(lambda: model.fit(values, labels, eval_data="values")),
        raised(lambda: model.fit(values, labels, eval_data=(None, labels))),
    ]


@scenario
def feed_forward_files(mx):
    values, _ = data()
    extra = {**weights(mx), "other": mx.nd.ones((1,))}
    model = feed_forward(mx, num_epoch=4, arg_params=extra, aux_params={}, allow_extra_params=True)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prefix = str(Path(folder, "net"))
        model.save(prefix)
        model.save(prefix, 9)
        names = sorted(path.name for path in Path(folder).iterdir())
        again = mx.model.FeedForward.load(prefix, 9)
    return [names, again.begin_epoch, np.round(again.predict(values), 4).tolist(), sorted(model.arg_params)]


@scenario
def feed_forward_created(mx):
    values, labels = data()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = mx.model.FeedForward.create(
            network(mx), mx.io.NDArrayIter(values, labels, 6), num_epoch=2, optimizer="adam", learning_rate=0.01,
            initializer=mx.init.Constant(0.1),
        )  # fmt: skip
    return [params(model.arg_params), model.num_epoch, model.optimizer]


# --- modules in a row


def batches(mx: Any) -> Any:
    values, labels = data()
    return mx.io.NDArrayIter(values, labels, 4)


@scenario
def modules_in_a_row(mx):
    first = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=4, name="fc1")
    last = mx.sym.FullyConnected(mx.sym.Activation(mx.sym.Variable("data"), act_type="tanh"), num_hidden=2, name="fc2")
    last = mx.sym.SoftmaxOutput(last, name="softmax")
    module = mx.mod.SequentialModule()
    module.add(mx.mod.Module(first, label_names=None))
    module.add(mx.mod.Module(last), take_labels=True, auto_wiring=True)
    source = batches(mx)
    names = [module.data_names, module.output_names]
    module.bind(source.provide_data, source.provide_label)
    shapes = [
        [list(each) for each in shapes] for shapes in (module.data_shapes, module.label_shapes, module.output_shapes)
    ]
    module.init_params(arg_params=weights(mx), initializer=None)
    module.init_optimizer(optimizer_params={"learning_rate": 0.5})
    for batch in source:
        module.forward_backward(batch)
        module.update()
    metric = mx.metric.Accuracy()
    module.update_metric(metric, batch.label)
    found = [names, str(shapes), params(module.get_params()[0]), rounded(module.get_outputs()[0]), metric.get()[1]]
    return [*found, round(float(module.score(batches(mx), "acc")[0][1]), 4), list(module.predict(batches(mx)).shape)]


@scenario
def a_row_with_a_loss_of_python(mx):
    net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc1")
    module = mx.mod.SequentialModule()
    loss = mx.mod.PythonLossModule(grad_func=lambda scores, labels: scores - mx.nd.one_hot(labels, 2))
    module.add(mx.mod.Module(net, label_names=None)).add(loss, take_labels=True, auto_wiring=True)
    source = batches(mx)
    module.bind(source.provide_data, source.provide_label, inputs_need_grad=False)
    random = np.random.RandomState(2)
    start = {"fc1_weight": mx.nd.array(random.uniform(size=(2, 5))), "fc1_bias": mx.nd.zeros(2)}
    module.init_params(arg_params=start, initializer=None)
    module.init_optimizer(optimizer_params={"learning_rate": 0.1})
    for batch in source:
        module.forward_backward(batch)
        module.update()
    return [params(module.get_params()[0]), rounded(module.get_outputs()[0])]


@scenario
def a_row_fitted(mx):
    module = mx.mod.SequentialModule()
    module.add(mx.mod.Module(network(mx)), take_labels=True)
    module.fit(
        batches(mx), num_epoch=2, arg_params=weights(mx), optimizer_params={"learning_rate": 0.3}, initializer=None
    )
    return [params(module.get_params()[0]), module.symbol is None]


@scenario
def a_row_refuses(mx):
    module = mx.mod.SequentialModule()
    other = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc1")
    found = [raised(lambda: module.add(mx.mod.Module(other, label_names=None), unknown=True)), module.binded]
    module = mx.mod.SequentialModule()
    found.append(raised(lambda: module.bind([("data", (4, 5))])))
    module.add(mx.mod.Module(other, label_names=None))
    module.add(mx.mod.Module(other, label_names=None), auto_wiring=True)
    module.bind([("data", (4, 2))])
    return [*found, raised(module.init_params), raised(lambda: module.get_input_grads()), module.label_shapes]


# --- modules of Python


@scenario
def a_module_of_python(mx):
    class Doubling(mx.mod.PythonModule):
        def __init__(self):
            super().__init__(["data"], ["softmax_label"], ["twice_output"])

        def _compute_output_shapes(self):
            return [("twice_output", self._data_shapes[0][1])]

        def forward(self, data_batch, is_train=None):
            self.found = data_batch.data[0] * 2

        def get_outputs(self, merge_multi_context=True):
            return [self.found]

    module = Doubling()
    source = batches(mx)
    module.bind(source.provide_data, source.provide_label, for_training=False)
    module.init_params()
    module.init_optimizer()
    module.forward(next(iter(source)))
    found = [module.data_names, module.output_names, str(module.output_shapes), module.get_params()]
    return [*found, rounded(module.get_outputs()[0]), module.update(), raised(module.backward)]


@scenario
def a_loss_of_python(mx):
    loss = mx.mod.PythonLossModule(name="loss")
    loss.bind([("data", (4, 2))], [("softmax_label", (4,))], for_training=True, inputs_need_grad=True)
    loss.init_params()
    scores, labels = mx.nd.array(np.arange(8).reshape(4, 2) / 8), mx.nd.array([0, 1, 1, 0])
    loss.forward(mx.io.DataBatch([scores], [labels]), is_train=True)
    found = [loss.data_names, loss.output_names, str(loss.output_shapes), rounded(loss.get_outputs()[0])]
    found.append(raised(loss.backward))
    loss = mx.mod.PythonLossModule(grad_func=lambda scores, labels: scores * 2)
    loss.bind([("data", (4, 2))], [("softmax_label", (4,))])
    loss.forward(mx.io.DataBatch([scores], [labels]), is_train=True)
    loss.backward()
    return [*found, rounded(loss.get_input_grads()[0])]


# --- bucketing


def buckets(mx: Any) -> Any:
    def symbol_of(length: int) -> Any:
        word = mx.sym.Embedding(mx.sym.Variable("data"), input_dim=6, output_dim=3, name="embed")
        mean = mx.sym.mean(word, axis=1)
        out = mx.sym.FullyConnected(mean, num_hidden=2, name="out")
        return mx.sym.SoftmaxOutput(out, name="softmax"), ("data",), ("softmax_label",)

    return symbol_of


@scenario
def files_of_a_bucketing_module(mx):
    random = np.random.RandomState(1)
    shapes = {"embed_weight": (6, 3), "out_weight": (2, 3), "out_bias": (2,)}
    start = {name: mx.nd.array(random.uniform(-1, 1, shape)) for name, shape in shapes.items()}
    module = mx.mod.BucketingModule(buckets(mx), default_bucket_key=4)
    module.bind([("data", (2, 4))], [("softmax_label", (2,))])
    module.init_params(arg_params=start, initializer=None)
    module.init_optimizer(optimizer="sgd", optimizer_params={"learning_rate": 0.1, "momentum": 0.9})
    batch = mx.io.DataBatch(
        [mx.nd.array([[1, 2, 3], [0, 5, 1]])], [mx.nd.array([0, 1])], bucket_key=3,
        provide_data=[("data", (2, 3))], provide_label=[("softmax_label", (2,))],
    )  # fmt: skip
    module.forward_backward(batch)
    module.update()
    with tempfile.TemporaryDirectory() as folder:
        prefix = str(Path(folder, "net"))
        module.save_checkpoint(prefix, 2)
        names = sorted(path.name for path in Path(folder).iterdir())
        symbols = {path.name: path.read_bytes().hex() for path in Path(folder).glob("*.buckets")}
        again = mx.mod.BucketingModule.load(prefix, 2, buckets(mx), default_bucket_key=4)
        again.bind([("data", (2, 4))], [("softmax_label", (2,))], for_training=False)
        again.forward(batch, is_train=False)
        found = rounded(again.get_outputs()[0])
    return [names, sorted(symbols), found, params(again.get_params()[0])]
