"""Ten steps of every optimizer, curves of every scheduler, and `gluon.Trainer` over them; see `tests.oracle.scenarios`.

The facts are numbers, or errors; `tests/test_optimizer.py` compares numbers within rounding.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("training")
scenario = SCENARIOS.add

STEPS = 10
SHAPES = {0: (2, 3), 1: (3,), 2: (4, 1)}
NAMES = {0: "fc_weight", 1: "fc_bias", 2: "norm_gamma"}
_ALL = {"wd": 0.1, "clip_gradient": 0.4, "rescale_grad": 0.5}
HALF = {"multi_precision": True}

# Name: optimizer, its arguments.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("sgd", {"learning_rate": 0.1}),
    "sgd_all": ("sgd", {"learning_rate": 0.1, "momentum": 0.9, **_ALL}),
    "sgd_half": ("sgd", {"learning_rate": 0.1, "momentum": 0.9, **_ALL, **HALF}),
    "sgd_plain_half": ("sgd", {"learning_rate": 0.1, **HALF}),
    "sgd_negative": ("sgd", {"learning_rate": 0.1, "momentum": -0.5}),
    "ccsgd": ("ccSGD", {"momentum": 0.5}),
    "nag": ("nag", {"learning_rate": 0.1, **_ALL}),
    "nag_all": ("nag", {"learning_rate": 0.1, "momentum": 0.9, **_ALL}),
    "nag_half": ("nag", {"learning_rate": 0.1, "momentum": 0.9, **HALF}),
    "signum": ("signum", {"wd_lh": 0.1, **_ALL}),
    "signum_plain": ("signum", {"momentum": 0.0, **_ALL}),
    "signum_half": ("signum", {"learning_rate": 0.1, **HALF}),
    "dcasgd": ("dcasgd", {"learning_rate": 0.1, "lamda": 0.5, **_ALL}),
    "test": ("test", {"rescale_grad": 0.5}),
    "adam": ("adam", {"learning_rate": 0.1}),
    "adam_all": ("adam", {"learning_rate": 0.1, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.01, **_ALL}),
    "adam_half": ("adam", {"learning_rate": 0.1, **_ALL, **HALF}),
    "adamax": ("adamax", {"learning_rate": 0.1, **_ALL}),
    "nadam": ("nadam", {"learning_rate": 0.1, "schedule_decay": 0.1, **_ALL}),
    "nadam_half": ("nadam", {"learning_rate": 0.1, **HALF}),
    "adagrad": ("adagrad", {"learning_rate": 0.1, **_ALL}),
    "rmsprop": ("rmsprop", {"learning_rate": 0.1, "clip_weights": 0.8, **_ALL}),
    "rmsprop_centered": ("rmsprop", {"learning_rate": 0.02, "centered": True, "gamma2": 0.5, **_ALL}),
    "rmsprop_half": ("rmsprop", {"learning_rate": 0.1, **HALF}),
    "adadelta": ("adadelta", _ALL),
    "ftrl": ("ftrl", {"lamda1": 0.1, "beta": 0.5, **_ALL}),
    "ftml": ("ftml", {"learning_rate": 0.1, **_ALL}),
    "lars": ("lars", {"learning_rate": 0.5, "momentum": 0.9, "eta": 0.1, "eps": 0.01, **_ALL}),
    "lars_plain": ("lars", {"learning_rate": 0.5, "eta": 0.1}),
    "lamb": ("lamb", {"learning_rate": 0.1, "lower_bound": 0.5, "upper_bound": 1.2, **_ALL}),
    "lamb_uncorrected": ("lamb", {"learning_rate": 0.1, "bias_correction": False}),
    "lamb_half": ("lamb", {"learning_rate": 0.1, **HALF}),
    "lbsgd": ("lbsgd", {"learning_rate": 0.1, "momentum": 0.9, "batch_scale": 2, "updates_per_epoch": 2, **_ALL}),
    "lbsgd_lars": ("lbsgd", {"learning_rate": 0.1, "batch_scale": 3, "warmup_strategy": "lars"}),
    "lbsgd_power2": ("lbsgd", {"batch_scale": 2, "warmup_strategy": "power2", "updates_per_epoch": 1}),
    "lbsgd_half": ("lbsgd", {"learning_rate": 0.1, "momentum": 0.9, "warmup_strategy": "sqrt", **HALF}),
}


def numbers(array: Any) -> list[float]:
    return array.asnumpy().astype(float).ravel().tolist()


def steps(mx: Any, optimizer: Any, half: bool = False, count: int = STEPS) -> list[list[list[float]]]:
    """Weights after the first, the second and the last step by an updater, all parameters at once."""
    random = np.random.RandomState(7)
    dtype = "float16" if half else "float32"
    weights = [mx.nd.array(random.uniform(-1, 1, shape), dtype=dtype) for shape in SHAPES.values()]
    updater = mx.optimizer.get_updater(optimizer)
    found = []
    for step in range(count):
        grads = [mx.nd.array(random.uniform(-1, 1, shape), dtype=dtype) for shape in SHAPES.values()]
        updater(list(SHAPES), grads, weights)
        if step in (0, 1, count - 1):
            found.append([numbers(weight) for weight in weights])
    return found


def _ten(name: str) -> Callable[[Any], Any]:
    def run(mx: Any) -> Any:
        kind, arguments = OPTIMIZERS[name]
        optimizer = mx.optimizer.create(kind, param_idx2name=NAMES, **arguments)
        return steps(mx, optimizer, half=bool(arguments.get("multi_precision")))

    return run


SCENARIOS.update({f"steps_{name}": _ten(name) for name in OPTIMIZERS})


@scenario
def one_by_one(mx):
    """Without an updater: `update` of one weight, and its states."""
    random = np.random.RandomState(3)
    found = []
    for kind in ("sgd", "adam", "rmsprop", "ftrl", "adagrad", "nadam"):
        optimizer = mx.optimizer.create(kind, **({"momentum": 0.9} if kind == "sgd" else {}))
        weight, grad = (mx.nd.array(random.uniform(-1, 1, (2, 2))) for _ in range(2))
        state = optimizer.create_state(0, weight)
        for _ in range(2):
            optimizer.update(0, weight, grad, state)
        states = state if isinstance(state, tuple) else (state,)
        found.append([numbers(array) for array in (weight, *states)])
    return found


@scenario
def group_adagrad(mx):
    weight = mx.nd.array([[1.0, 2], [3, 4]])
    optimizer = mx.optimizer.contrib.GroupAdaGrad(learning_rate=0.1, clip_gradient=0.7)
    state = optimizer.create_state(0, weight)
    for grad in ([[1.0, -1], [0.5, 0]], [[0.1, 0], [2, 3]]):
        optimizer.update(0, weight, mx.nd.array(grad), state)
    wrong = mx.optimizer.contrib.GroupAdaGrad(wd=0.1)
    vector = mx.nd.ones(3)
    return [numbers(weight), numbers(state), raised(lambda: wrong.update(0, weight, weight, state)),
            raised(lambda: optimizer.create_state(0, vector))]  # fmt: skip


@scenario
def clip_of_zero(mx):
    """No bound for the update operators, a bound for the rest."""
    return [steps(mx, mx.optimizer.create(kind, clip_gradient=0.0), count=2) for kind in ("sgd", "adam", "adagrad")]


@scenario
def multipliers(mx):
    found = []
    for arguments in ({}, {"param_idx2name": NAMES}):
        for rates, decays in (({}, {}), ({"fc_bias": 0.5, 0: 2.0}, {"fc_bias": 0.5, 2: 3.0})):
            optimizer = mx.optimizer.SGD(learning_rate=0.1, wd=0.2, **arguments)
            optimizer.set_lr_mult(rates)
            optimizer.set_wd_mult(decays)
            found.append([optimizer.lr_mult.get("fc_bias"), sorted(optimizer.wd_mult.items(), key=str),
                          [optimizer._get_lr(i) for i in range(4)], [optimizer._get_wd(i) for i in range(4)],
                          steps(mx, optimizer, count=2)])  # fmt: skip
    data = mx.sym.var("data", lr_mult=3.0)
    out = mx.sym.FullyConnected(data, mx.sym.var("fc_weight", wd_mult=0.5, lr_mult=0.25), num_hidden=2, name="fc")
    optimizer = mx.optimizer.SGD(learning_rate=0.1, wd=0.2, sym=out, param_idx2name={0: "fc_weight", 1: "fc_bias"})
    lars = mx.optimizer.LARS(wd=0.2, param_idx2name=NAMES)
    return [*found, optimizer._get_lrs([0, 1]), optimizer._get_wds([0, 1]), lars._get_wds([0, 1, 2])]


@scenario
def counting(mx):
    """Parameters that are updated more or less often, under a scheduler."""
    scheduler = mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=1.0)
    optimizer = mx.optimizer.SGD(lr_scheduler=scheduler, begin_num_update=2)
    updater = mx.optimizer.get_updater(optimizer)
    weights = [mx.nd.ones(2) for _ in range(6)]
    found = [[optimizer.num_update, optimizer.learning_rate]]
    for indices in ([0], [1, 0], [5, 4, 3, 2, 1, 0], [2]):
        updater(indices, [mx.nd.ones(2) for _ in indices], [weights[i] for i in indices])
        found.append([optimizer.num_update, optimizer.learning_rate, [numbers(weight) for weight in weights]])
    return found


@scenario
def scheduled(mx):
    found = []
    for kind in ("sgd", "adam", "lars", "lbsgd", "ftrl", "adadelta"):
        scheduler = mx.lr_scheduler.PolyScheduler(8, 0.4, warmup_steps=2)
        optimizer = mx.optimizer.create(kind, lr_scheduler=scheduler, **({"momentum": 0.9} if "ar" in kind else {}))
        found.append([steps(mx, optimizer, count=4), optimizer.learning_rate, optimizer.num_update])
    return found


@scenario
def rates(mx):
    scheduler = mx.lr_scheduler.FactorScheduler(2, 0.5, base_lr=0.3)
    both = mx.optimizer.SGD(learning_rate=0.1, lr_scheduler=scheduler)
    plain = mx.optimizer.Adam()
    plain.set_learning_rate(0.5)
    return [both.learning_rate, scheduler.base_lr, raised(lambda: both.set_learning_rate(1)), plain.learning_rate,
            mx.optimizer.SGD().learning_rate, raised(lambda: plain.set_lr_scale({}))]  # fmt: skip


@scenario
def refusals(mx):
    create, weight = mx.optimizer.create, mx.nd.ones(2)
    return [raised(lambda: create("nope")), raised(lambda: create("sgd", nope=1)), type(create("RMSProp")).__name__,
            raised(lambda: mx.optimizer.SGD(param_idx2name=["a"])),
            raised(lambda: mx.optimizer.Optimizer().update(0, weight, weight, None))]  # fmt: skip


@scenario
def by_user(mx):
    """A subclass that updates in arithmetic of arrays, with and without a float32 copy."""

    class Mine(mx.optimizer.Optimizer):
        def create_state(self, index, weight):
            return mx.nd.zeros(weight.shape, weight.context, dtype=weight.dtype)

        def update(self, index, weight, grad, state):
            self._update_count(index)
            state[:] = 0.5 * state + self.rescale_grad * grad
            weight[:] -= self._get_lr(index) * (state + self._get_wd(index) * weight)

    arguments = {"learning_rate": 0.1, "wd": 0.1, "param_idx2name": NAMES}
    return [steps(mx, Mine(**arguments), count=3), steps(mx, Mine(multi_precision=True, **arguments), True, count=3)]


@scenario
def half_without_copy(mx):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = [steps(mx, mx.optimizer.create(kind, learning_rate=0.1), True, 2) for kind in ("sgd", "adam", "nadam")]
    return [found, any("Accumulating with float16" in str(warning.message) for warning in caught)]


@scenario
def in_double(mx):
    random, found = np.random.RandomState(2), []
    for kind in ("sgd", "adam", "adamax", "nadam", "dcasgd", "nag", "ftml", "signum"):
        weight = mx.nd.array(random.uniform(-1, 1, 3), dtype="float64")
        updater = mx.optimizer.get_updater(mx.optimizer.create(kind, wd=0.1, learning_rate=0.1))
        for _ in range(2):
            updater(0, mx.nd.array(random.uniform(-1, 1, 3), dtype="float64"), weight)
        found.append(numbers(weight))
    return found


# --- schedulers

CURVES: dict[str, tuple[str, dict[str, Any]]] = {
    "factor": ("FactorScheduler", {"step": 3, "factor": 0.5, "base_lr": 0.4}),
    "factor_stop": ("FactorScheduler", {"step": 2, "factor": 0.1, "stop_factor_lr": 0.003, "base_lr": 1.0}),
    "factor_warmup": ("FactorScheduler", {"step": 4, "factor": 0.5, "warmup_steps": 5, "warmup_begin_lr": 0.001}),
    "multi": ("MultiFactorScheduler", {"step": [2, 5, 11], "factor": 0.3}),
    "multi_warmup": ("MultiFactorScheduler", {"step": [4, 9], "factor": 0.3, "warmup_steps": 6, "base_lr": 2.0}),
    "poly": ("PolyScheduler", {"max_update": 9}),
    "poly_warmup": ("PolyScheduler", {"max_update": 12, "base_lr": 1.0, "pwr": 1, "final_lr": 0.1, "warmup_steps": 4,
                                      "warmup_begin_lr": 0.5, "warmup_mode": "constant"}),
    "cosine": ("CosineScheduler", {"max_update": 9, "base_lr": 0.5, "final_lr": 0.05}),
    "cosine_warmup": ("CosineScheduler", {"max_update": 12, "warmup_steps": 3, "warmup_begin_lr": 0.002}),
}  # fmt: skip


@scenario
def curves(mx):
    found = {}
    for name, (kind, arguments) in CURVES.items():
        scheduler = getattr(mx.lr_scheduler, kind)(**arguments)
        found[name] = [scheduler(update) for update in [*range(16), 3]]
    return found


@scenario
def scheduler_refusals(mx):
    s = mx.lr_scheduler
    return [raised(lambda make=make: make()) for make in (
        lambda: s.LRScheduler(0.1, 2.5), lambda: s.LRScheduler(0.1, 2, 0.2), lambda: s.LRScheduler(0.1, -1),
        lambda: s.LRScheduler(0.1, 1, 0, "nope"), lambda: s.LRScheduler()(1), lambda: s.FactorScheduler(0),
        lambda: s.FactorScheduler(1, 2), lambda: s.MultiFactorScheduler([]), lambda: s.MultiFactorScheduler((1, 2)),
        lambda: s.MultiFactorScheduler([2, 2]), lambda: s.MultiFactorScheduler([0, 2]),
        lambda: s.MultiFactorScheduler([1], 3), lambda: s.PolyScheduler(0), lambda: s.PolyScheduler(2.5),
        lambda: s.CosineScheduler(0), lambda: s.CosineScheduler(2.5), lambda: s.LRScheduler().get_warmup_lr(0),
    )]  # fmt: skip
