"""Scenarios of `gluon.Trainer`; see `tests.oracle.scenarios`. Gradients are written, as a backward pass would."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("trainer")
scenario = SCENARIOS.add


def numbers(array: Any) -> list[float]:
    return array.asnumpy().astype(float).ravel().tolist()


def parameter(mx: Any, name: str = "w", ctx: Any = None, **kwargs: Any) -> Any:
    made = mx.gluon.Parameter(name, shape=(2,), **kwargs)
    made.initialize("ones", ctx=ctx)
    return made


def backward(*parameters: Any, scale: float = 1.0) -> None:
    """Write gradients: 1, 2, ... by context, times `scale`."""
    for param in parameters:
        for number, (array, gradient) in enumerate(zip(param.list_data(), param.list_grad())):
            gradient[:] = scale * (number + 1)
            array._fresh_grad = True


def state(param: Any) -> list[Any]:
    return [[numbers(array) for array in param.list_data()], [numbers(array) for array in param.list_grad()],
            [bool(array._fresh_grad) for array in param.list_data()]]  # fmt: skip


@scenario
def arguments(mx):
    Trainer, P = mx.gluon.Trainer, mx.gluon.Parameter
    two, a, b = [mx.cpu(0), mx.cpu(1)], parameter(mx, "a"), parameter(mx, "b")
    both = mx.gluon.ParameterDict()
    both.update({"b": b, "a": a})
    order = [[p.name for p in Trainer(params, "sgd")._params] for params in ([b, a], (b, a), {"b": b, "a": a}, both)]
    return [
        order, raised(lambda: Trainer(3, "sgd")), raised(lambda: Trainer([3], "sgd")), raised(lambda: Trainer("ab", "sgd")),
        raised(lambda: Trainer([P("q", shape=2)], "sgd")), raised(lambda: Trainer([a, parameter(mx, "c", two)], "sgd")),
        raised(lambda: Trainer([a], mx.optimizer.SGD(), {"wd": 1})), raised(lambda: Trainer([a], "nope")),
        raised(lambda: Trainer([a], "sgd", {"nope": 1})), raised(lambda: Trainer([a], "sgd", kvstore=3).step(1)),
    ]  # fmt: skip


@scenario
def steps(mx):
    a, b, c = parameter(mx, "a"), parameter(mx, "b", lr_mult=2.0, wd_mult=0.0), parameter(mx, "c", grad_req="null")
    trainer = mx.gluon.Trainer([a, b, c], "adam", {"learning_rate": 0.1, "wd": 0.2})
    found = [trainer.learning_rate]
    for batch, scale in ((2, 1.0), (4, -2.0), (1, 0.5)):
        backward(a, b, scale=scale)
        trainer.step(batch)
        found.append([state(a), state(b), numbers(c.data()), trainer.optimizer.rescale_grad])
    trainer.set_learning_rate(0.5)
    a.lr_mult = 0.1
    backward(a, b)
    trainer.allreduce_grads()
    trainer.update(2)
    return [*found, state(a), state(b), trainer.learning_rate, trainer.optimizer is trainer._optimizer]


@scenario
def optimizer_given(mx):
    a, optimizer = parameter(mx, "a"), mx.optimizer.SGD(learning_rate=1.0, rescale_grad=0.5)
    trainer = mx.gluon.Trainer([a], optimizer)
    backward(a)
    trainer.step(2)
    scheduler = mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=1.0)
    other = mx.gluon.Trainer([a], "sgd", {"lr_scheduler": scheduler})
    return [state(a), trainer.optimizer is optimizer, optimizer.param_dict == {0: a}, other.learning_rate,
            raised(lambda: other.set_learning_rate(1))]  # fmt: skip


@scenario
def stale(mx):
    a, b = parameter(mx, "a"), parameter(mx, "b")
    trainer = mx.gluon.Trainer([a, b], "sgd", {"learning_rate": 1.0})
    backward(a)
    found = [raised(lambda: trainer.step(1)), state(a), state(b)]
    trainer.step(1, ignore_stale_grad=True)
    found += [state(a), state(b)]
    trainer.step(1, True)
    found += [state(a)]
    backward(a, b)
    trainer.update(1)
    return [*found, state(a), state(b), raised(lambda: trainer.update(1)), trainer.optimizer.num_update]


@scenario
def deferred(mx):
    a, q = parameter(mx, "a"), mx.gluon.Parameter("q", shape=(0,), allow_deferred_init=True)
    q.initialize("ones")
    trainer = mx.gluon.Trainer([a, q], "sgd", {"learning_rate": 1.0})
    backward(a)
    found = [raised(lambda: trainer.step(1)), raised(lambda: trainer.step(1, True)), raised(trainer.allreduce_grads),
             raised(lambda: trainer.save_states("never"))]  # fmt: skip
    q.shape = (2,)
    q._finish_deferred_init()
    backward(a, q)
    trainer.step(1)
    return [*found, state(a), state(q)]


@scenario
def several_contexts(mx):
    found = []
    for kvstore in (None, "local", "device"):
        for once in (None, False):
            a = parameter(mx, "a", [mx.cpu(0), mx.cpu(1)])
            a.list_data()[1][:] = 3
            trainer = mx.gluon.Trainer([a], "sgd", {"learning_rate": 1.0, "momentum": 0.5}, kvstore, None, once)
            for _ in range(2):
                backward(a)
                trainer.step(2)
                found.append(state(a))
            backward(a)
            found += [raised(trainer.allreduce_grads), raised(lambda t=trainer: t.update(1)), state(a)]
            found += [raised(lambda t=trainer: t.step(1)), state(a), trainer.optimizer.num_update]
    return found


@scenario
def saved_states(mx):
    with tempfile.TemporaryDirectory() as folder:
        path, random, found = str(Path(folder, "states")), np.random.RandomState(5), []
        for kind in ("sgd", "adam", "nadam"):
            a = parameter(mx, "a")
            scheduler = mx.lr_scheduler.MultiFactorScheduler([1, 3], 0.5, base_lr=0.2)
            more = {"momentum": 0.9} if kind == "sgd" else {}
            trainer = mx.gluon.Trainer([a], kind, {"learning_rate": 0.2, "lr_scheduler": scheduler, **more})
            gradients = random.uniform(-1, 1, 4)
            for gradient in gradients[:2]:
                backward(a, scale=gradient)
                trainer.step(1)
            trainer.save_states(path)
            values = a.data().copy()
            other = mx.gluon.Trainer([a], kind, more)
            other.load_states(path)
            for each in (trainer, other):
                a.set_data(values)
                for gradient in gradients[2:]:
                    backward(a, scale=gradient)
                    each.step(1)
                found.append([numbers(a.data()), each.learning_rate, each.optimizer.num_update])
        return found
