"""Scenarios of the corners of `mx.model.FeedForward`; see `tests.oracle.scenarios`."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np

from tests.oracle.module_scenarios import batches, data, feed_forward, network, params, weights
from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("feed_forward")
scenario = SCENARIOS.add


@scenario
def feed_forward_on_two_contexts(mx):
    model = feed_forward(mx, ctx=[mx.cpu(0), mx.cpu(1)], num_epoch=2, learning_rate=0.5, arg_params=weights(mx))
    model.fit(batches(mx))
    return [params(model.arg_params), np.round(model.predict(batches(mx)), 4).tolist()]


class Bucketed:
    """Batches of two lengths; the default is the shorter one, because MXNet's `fit` fails on shorter ones than that."""

    def __init__(self, mx: Any) -> None:
        self.mx, self.batch_size, self.default_bucket_key = mx, 2, 3
        self.provide_data, self.provide_label = [("data", (2, 3))], [("softmax_label", (2,))]

    def __iter__(self) -> Any:
        for key in (3, 4, 3):
            words = (np.arange(2 * key) * key % 6).reshape(2, key)
            yield self.mx.io.DataBatch(
                [self.mx.nd.array(words)], [self.mx.nd.array([0, 1])], pad=0, bucket_key=key,
                provide_data=[("data", (2, key))], provide_label=self.provide_label,
            )  # fmt: skip

    def reset(self) -> None:
        pass


def scaled(mx: Any) -> Any:
    """A network that is another one in each bucket, with the same parameters."""

    def symbol_of(length: int) -> Any:
        word = mx.sym.Embedding(mx.sym.Variable("data"), input_dim=6, output_dim=3, name="embed")
        out = mx.sym.FullyConnected(mx.sym.sum(word, axis=1) * length, num_hidden=2, name="out")
        return mx.sym.SoftmaxOutput(out, name=f"softmax{length}", label=mx.sym.Variable("softmax_label"))

    return symbol_of


@scenario
def feed_forward_of_a_function(mx):
    class Source(Bucketed, mx.io.DataIter):
        pass

    shapes, random = {"embed_weight": (6, 3), "out_weight": (2, 3), "out_bias": (2,)}, np.random.RandomState(4)
    given = {name: mx.nd.array(random.uniform(-0.5, 0.5, shape)) for name, shape in shapes.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = mx.model.FeedForward(scaled(mx), num_epoch=2, learning_rate=0.2, arg_params=given)
    found, seen = [model.symbol is None], []
    model.fit(
        Source(mx), eval_data=Source(mx),
        epoch_end_callback=lambda epoch, symbol, *rest: seen.append([epoch, symbol.list_outputs()]),
        batch_end_callback=lambda param: seen.append(param.nbatch),
    )  # fmt: skip
    return [*found, seen, params(model.arg_params), model.symbol.list_outputs()]


@scenario
def feed_forward_again(mx):
    # No prediction in between: MXNet keeps its first predictor, with the parameters of then.
    model = feed_forward(mx, num_epoch=1, optimizer=mx.optimizer.SGD(learning_rate=0.5), arg_params=weights(mx))
    model.fit(batches(mx))
    found = [params(model.arg_params)]
    model.fit(batches(mx))
    found += [params(model.arg_params), np.round(model.predict(data()[0]), 4).tolist()]
    copied = pickle.loads(pickle.dumps(feed_forward(mx, num_epoch=3, learning_rate=0.5)))
    return [*found, copied.num_epoch, copied.kwargs, copied.symbol.list_arguments()]


@scenario
def feed_forward_shapes_of_labels(mx):
    values, labels = data()  # in one batch: arrays are shuffled
    model = feed_forward(mx, num_epoch=1, learning_rate=0.5, numpy_batch_size=12, arg_params=weights(mx))
    found = [raised(lambda: model.fit(values, labels.reshape(12, 1, 1)))]
    model.fit(values, labels.reshape(12, 1))
    found += [sorted(model.arg_params), round(float(model.score(values)), 4)]
    return [*found, list(model.predict(values[:6], num_batch=1).shape), list(model.predict(values[:6]).shape)]


@scenario
def feed_forward_misuse(mx):
    bare = feed_forward(mx)
    found = [raised(lambda: bare.save("x")), raised(lambda: bare.predict("x"))]
    found.append(raised(lambda: feed_forward(mx, num_epoch=1).fit(batches(mx), kvstore=3)))
    found.append(raised(lambda: feed_forward(mx, num_epoch=1, optimizer="none").fit(batches(mx))))
    found.append(raised(lambda: feed_forward(mx, num_epoch=1, other=1).fit(batches(mx))))
    extra = {**weights(mx), "other": mx.nd.ones(1)}
    found.append(raised(lambda: feed_forward(mx, num_epoch=1, arg_params=extra).fit(batches(mx))))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mx.model.FeedForward(network(mx))
    return [*found, caught[0].category.__name__, bare.ctx == [mx.cpu()], bare.num_epoch, bare.begin_epoch]


@scenario
def feed_forward_two_outputs(mx):
    hidden = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc")
    both = mx.sym.Group([mx.sym.SoftmaxOutput(hidden, name="softmax"), mx.sym.BlockGrad(hidden * 2, name="twice")])
    arrays = {"fc_weight": mx.nd.ones((2, 5)), "fc_bias": mx.nd.array([0, 1])}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = mx.model.FeedForward(both, arg_params=arrays, aux_params={})
    found = model.predict(batches(mx))
    outputs, _, given = model.predict(batches(mx), return_data=True)
    return [type(found).__name__, [np.round(each, 3).tolist() for each in found], len(outputs), given.tolist()]


@scenario
def feed_forward_goes_on(mx):
    epochs: list[Any] = []
    model = feed_forward(mx, num_epoch=5, begin_epoch=3, learning_rate=0.5, arg_params=weights(mx))
    monitor = mx.mon.Monitor(100)
    model.fit(
        batches(mx), eval_data=batches(mx), eval_metric=["acc", "ce"], monitor=monitor,
        eval_end_callback=lambda param: epochs.append(["end", param.epoch, param.nbatch]),
        eval_batch_end_callback=[lambda param: epochs.append([param.epoch, param.nbatch])],
        epoch_end_callback=[lambda epoch, *rest: epochs.append([epoch, len(rest)])],
    )  # fmt: skip
    return [epochs, params(model.arg_params)]
