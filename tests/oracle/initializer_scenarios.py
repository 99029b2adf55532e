"""Scenarios of `mx.init`; see `tests.oracle.scenarios`. Random ones return what does not depend on the numbers."""

from __future__ import annotations

import contextlib
import itertools
import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised, warned

SCENARIOS = Scenarios("initializer")
scenario = SCENARIOS.add

SUFFIXES = (
    "weight", "bias", "gamma", "beta", "min", "max", "weight_quantize", "bias_quantize", "running_mean", "running_var",
    "moving_mean", "moving_var", "moving_inv_var", "moving_avg", "parameters", "state", "alpha", "",
)  # fmt: skip


def filled(mx: Any, init: Any, shape: Any, name: str = "w_weight", attrs: Any = None, dtype: str = "float32") -> Any:
    """The array, of 9 before, that an initializer fills."""
    array = mx.nd.ones(shape, dtype=dtype) * 9
    init(mx.init.InitDesc(name, attrs), array)
    return array.asnumpy()


@contextlib.contextmanager
def logged():
    """Collect the messages of the root logger."""
    messages: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record):
            messages.append(record.getMessage())

    root, collector = logging.getLogger(), Collector()
    level = root.level
    root.addHandler(collector)
    root.setLevel(logging.INFO)
    try:
        yield messages
    finally:
        root.removeHandler(collector)
        root.setLevel(level)


def made(mx: Any) -> list[Any]:
    i = mx.init
    return [
        i.Zero(), i.One(), i.Constant(1), i.Constant(2.5), i.Uniform(), i.Uniform(0.1), i.Normal(), i.Normal(sigma=2),
        i.Orthogonal(), i.Orthogonal(1.0, "normal"), i.Xavier(), i.Xavier("gaussian", "in", 2.34), i.MSRAPrelu(),
        i.MSRAPrelu("in", 0), i.Bilinear(), i.LSTMBias(), i.LSTMBias(forget_bias=2.0),
        i.FusedRNN(i.Uniform(0.1), 3, 1, "lstm"), i.FusedRNN(None, 3, 2, "gru", True, 0.5),
    ]  # fmt: skip


# --- texts, equality, registry


@scenario
def dumps(mx):
    return [init.dumps() for init in made(mx)]


@scenario
def dumps_of_arrays(mx):
    values = (np.array([[1.0, 2.0]], "f"), mx.nd.array([1, 2]), np.float64(2))
    return [mx.init.Constant(value).dumps() for value in values]


@scenario
def round_trip(mx):
    kinds = [init for init in made(mx) if type(init).__name__ != "FusedRNN"]
    again = [mx.init.create(init.dumps()) for init in kinds]
    return [[type(a).__name__, a == b, a.dumps() == b.dumps()] for a, b in zip(again, kinds)]


@scenario
def equality(mx):
    i = mx.init
    pairs = [
        (i.Zero(), i.Zero()), (i.Zero(), i.One()), (i.Normal(1), i.Normal(1.0)), (i.Normal(1), i.Normal(2)),
        (i.Uniform(1), i.Normal(1)), (i.Zero(), "zeros"), (i.Xavier(), i.Xavier()), (i.Xavier(), i.Xavier(magnitude=2)),
        (i.Xavier("gaussian", "avg", 2 / (1 + 0.25**2)), i.MSRAPrelu()),
    ]  # fmt: skip
    return [[a == b, a != b] for a, b in pairs] + [raised(lambda: hash(i.Zero()))]


@scenario
def names(mx):
    known = ("zero", "zeros", "one", "ones", "constant", "uniform", "normal", "orthogonal", "xavier", "msraprelu",
             "bilinear", "lstmbias", "Xavier", "ZEROS", "fusedrnn", "mixed", "load", "initializer", "nope", "")  # fmt: skip

    def tried(name):
        result = raised(lambda: mx.init.create(name))
        return [result, type(mx.init.create(name)).__name__ if not result["raises"] else None]

    return [tried(name) for name in known]


@scenario
def create(mx):
    i, zero = mx.init, mx.init.Zero()
    forms = [
        i.create("normal", 0.5), i.create("normal", sigma=0.5), i.create('["normal", {"sigma": 0.5}]'),
        i.create({"initializer": "normal", "sigma": 0.5}), i.create('{"initializer": "normal", "sigma": 0.5}'),
        i.create(initializer="normal", sigma=0.5), i.create("Constant", value=3),
    ]  # fmt: skip
    bad = [
        lambda: i.create(zero, 1), lambda: i.create(3), lambda: i.create(None), lambda: i.create("normal", nope=1),
        lambda: i.create('["normal", {}]', 1), lambda: i.create('["nope", {}]'), lambda: i.create("[", ),
        lambda: i.create(), lambda: i.create('["normal"]'),
    ]  # fmt: skip
    return [[form.dumps() for form in forms], i.create(zero) is zero, [raised(function) for function in bad]]


@scenario
def register(mx):
    class ScenarioRule(mx.init.Initializer):
        def __init__(self, value=1):
            super().__init__(value=value)
            self.value = value

        def _init_weight(self, _, arr):
            arr[:] = self.value

    def again():
        mx.init.register(ScenarioRule)

    same = mx.init.register(ScenarioRule) is ScenarioRule
    same_alias = mx.init.alias("ScenarioAlias", "scenario_other")(ScenarioRule) is ScenarioRule
    found = [mx.init.create(name, 4).dumps() for name in ("scenariorule", "ScenarioAlias", "scenario_other")]
    twice = [line[0] for line in warned(again)[1]]
    value = filled(mx, mx.init.create("scenariorule", value=5), (2,)).tolist()
    return [same, same_alias, found, twice, value, raised(lambda: mx.init.register(dict))]


# --- which rule


@scenario
def rules_by_suffix(mx):
    def tried(init, suffix):
        result = raised(lambda: filled(mx, init, (2, 2), f"x_{suffix}"))
        if result["raises"]:
            return result
        array = filled(mx, init, (2, 2), f"x_{suffix}")
        return "one number" if suffix == "weight_quantize" else array.tolist()

    return [[suffix, tried(mx.init.Constant(5), suffix)] for suffix in SUFFIXES]


@scenario
def old_rules_by_name(mx):
    def tried(name, shape):
        array = mx.nd.ones(shape) * 9
        result, caught = warned(lambda: raised(lambda: mx.init.Constant(5)(name, array)))
        return [name, result, caught, array.asnumpy().tolist()]

    found = [tried(f"x_{suffix}", (2, 2)) for suffix in SUFFIXES]
    found += [tried("upsampling_weight", (1, 1, 3, 3)), tried("stn_loc_weight", (2, 2)), tried("stn_loc_bias", (6,))]
    array = mx.nd.ones(2)
    wrong = [warned(lambda: raised(lambda: mx.init.One()(3, array)))]
    wrong += [warned(lambda: raised(lambda: mx.init.One()("w_weight", np.ones(2))))]
    return [*found, *wrong, warned(lambda: raised(lambda: mx.init.One()("stn_loc_bias", array)))]


@scenario
def base_class(mx):
    init = mx.init.Initializer(a=1)
    found = [init.dumps(), filled(mx, init, (2,), "x_bias").tolist(), filled(mx, init, (2,), "x_gamma").tolist()]
    return [*found, raised(lambda: filled(mx, init, (2,))), raised(lambda: filled(mx, init, (2,), "nope"))]


@scenario
def attribute_wins(mx):
    init = mx.init.Constant(5)
    texts = ("zeros", '["one", {}]', '["constant", {"value": 3}]', "", mx.init.Constant(4))
    found = [
        filled(mx, init, (2,), name, {"__init__": text}).tolist() for text in texts for name in ("a_bias", "a_weight")
    ]
    return [*found, raised(lambda: filled(mx, init, (2,), "a_bias", {"__init__": "nope"}))]


@scenario
def descriptions(mx):
    desc = mx.init.InitDesc("a_bias", {"k": "v"})
    plain, other = mx.init.InitDesc("b"), mx.init.InitDesc("b", None, mx.init.Zero())
    found = [desc, desc.attrs, desc.global_init is None, plain.attrs, other.global_init.dumps(), isinstance(desc, str)]
    init = mx.init.One()
    init(desc, mx.nd.ones(1))
    return [*found, desc.global_init is init]


@scenario
def verbosity(mx):
    init = mx.init.Constant(3)
    with logged() as messages:
        filled(mx, init, (2, 2))
        same = init.set_verbosity(True) is init
        filled(mx, init, (2, 2))
        filled(mx, init, (2,), "a_bias", {"__init__": "ones"})
        init.set_verbosity(True, lambda array: f"{array.shape}")
        filled(mx, init, (2, 2), "a_beta")
        init.set_verbosity(False)
        filled(mx, init, (2, 2))
    return [same, messages]


# --- values


@scenario
def exact_values(mx):
    i = mx.init
    return [
        filled(mx, i.Zero(), (2, 3)).tolist(), filled(mx, i.One(), (2, 3)).tolist(),
        filled(mx, i.Constant(2.5), (2, 3)).tolist(), filled(mx, i.Constant(-1), (2,), dtype="int8").tolist(),
        filled(mx, i.Constant(mx.nd.array([[1, 2, 3], [4, 5, 6]])), (2, 3)).tolist(),
        filled(mx, i.Constant(np.array([[1, 2, 3], [4, 5, 6]])), (2, 3)).tolist(),
        filled(mx, i.Constant(2.5), (2,), dtype="int32").tolist(), filled(mx, i.Constant(0.1), (2,), dtype="float16").tolist(),
        filled(mx, i.LSTMBias(), (8,)).tolist(), filled(mx, i.LSTMBias(2.5), (12,)).tolist(),
        filled(mx, i.LSTMBias(), (9,)).tolist(), filled(mx, i.LSTMBias(), (4, 2)).tolist(),
        raised(lambda: filled(mx, i.Constant(mx.nd.ones((3,))), (2,))),
    ]  # fmt: skip


@scenario
def bilinear(mx):
    shapes = [(1, 1, 4, 4), (2, 3, 3, 3), (1, 1, 1, 1), (1, 2, 5, 4), (1, 1, 2, 7), (1, 1, 16, 16)]
    return [filled(mx, mx.init.Bilinear(), shape).tolist() for shape in shapes] + [
        raised(lambda: filled(mx, mx.init.Bilinear(), (2, 2)))["raises"] != []
    ]


@scenario
def orthogonal(mx):
    def products(init, shape):
        q = filled(mx, init, shape).reshape(shape[0], -1).astype("float64")
        gram = q @ q.T if q.shape[0] <= q.shape[1] else q.T @ q
        return [(gram.round(4) + 0.0).tolist(), list(q.shape)]

    i = mx.init
    return [
        products(i.Orthogonal(), (3, 3)), products(i.Orthogonal(), (2, 5)), products(i.Orthogonal(), (5, 2)),
        products(i.Orthogonal(1.0, "normal"), (4, 3)), products(i.Orthogonal(2), (3, 2, 2, 2)),
        raised(lambda: filled(mx, i.Orthogonal(rand_type="nope"), (2, 2)))["raises"] != [],
    ]  # fmt: skip


@scenario
def xavier_errors(mx):
    i = mx.init
    return [
        raised(lambda: filled(mx, i.Xavier(), (3,))), raised(lambda: filled(mx, i.Xavier(factor_type="nope"), (3, 3))),
        raised(lambda: filled(mx, i.Xavier(rnd_type="nope"), (3, 3))), raised(lambda: filled(mx, i.MSRAPrelu(), (3,))),
        raised(lambda: filled(mx, i.MSRAPrelu("nope"), (3, 3))),
    ]  # fmt: skip


def drawn(mx: Any, init: Any, shape: Any, dtype: str = "float32") -> Any:
    mx.random.seed(7)
    return filled(mx, init, shape, dtype=dtype).astype("float64").ravel()


@scenario
def scales(mx):
    """By how much the numbers are larger than those that scale 1 makes of the same seed."""
    i = mx.init
    kinds = [i.Uniform(), i.Uniform(3), i.Normal(), i.Normal(2.5)]
    kinds += [
        i.Xavier(*choice) for choice in itertools.product(("uniform", "gaussian"), ("avg", "in", "out"), (3, 2.34))
    ]
    kinds += [i.MSRAPrelu(*choice) for choice in itertools.product(("avg", "in", "out"), (0.25, 0))]

    def scale(init, shape):
        normal = isinstance(init, i.Normal) or getattr(init, "rnd_type", "") == "gaussian"
        plain, found = drawn(mx, i.Normal(1) if normal else i.Uniform(1), shape), drawn(mx, init, shape)
        largest = abs(plain).argmax()
        return float(f"{found[largest] / plain[largest]:.4g}")

    shapes = [(40, 20), (64, 3, 5, 5), (16, 8, 3), (6, 2, 3, 3, 3)]
    return [[init.dumps(), [scale(init, shape) for shape in shapes]] for init in kinds]


@scenario
def seeds(mx):
    def same(init, shape=(3, 3)):
        first, again, other = drawn(mx, init, shape), drawn(mx, init, shape), filled(mx, init, shape).ravel()
        return [bool((first == again).all()), bool((first == other).all())]

    return [
        same(init)
        for init in (mx.init.Uniform(), mx.init.Normal(), mx.init.Orthogonal(), mx.init.Xavier(), mx.init.MSRAPrelu())
    ]


@scenario
def random_dtypes(mx):
    kinds = [mx.init.Uniform(1), mx.init.Normal(1), mx.init.Xavier(), mx.init.Orthogonal()]
    found = []
    for dtype in ("float16", "float64", "int8", "int32"):
        for init in kinds:
            found.append([dtype, init.dumps(), raised(lambda init=init, dtype=dtype: drawn(mx, init, (3, 3), dtype))])
    return found


# --- initializers of initializers


@scenario
def mixed(mx):
    i = mx.init
    init = i.Mixed(["bias", ".*gamma", "w_.*"], [i.Constant(1), i.Constant(2), i.Constant(3)])
    found = [filled(mx, init, (2,), name).tolist() for name in ("bias", "w_weight", "w_bias")]
    return [*found, raised(lambda: filled(mx, init, (2,), "x_weight")), raised(lambda: i.Mixed(["a"], []))]


@scenario
def load(mx):
    arrays = {"arg:a": mx.nd.array([1, 2]), "aux:b": mx.nd.array([3, 4]), "c": mx.nd.array([5, 6])}
    init = mx.init.Load(arrays, default_init=mx.init.Constant(9), verbose=True)
    with logged() as messages:
        found = [filled(mx, init, (2,), name).tolist() for name in ("a", "b", "c", "d_weight")]
    bare = mx.init.Load(arrays)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "x.params")
        mx.nd.save(path, arrays)
        found.append(filled(mx, mx.init.Load(path), (2,), "b").tolist())
        mx.nd.save(path, list(arrays.values()))
        unnamed = raised(lambda: mx.init.Load(path))["raises"] != []
    return [*found, messages, sorted(bare.param), raised(lambda: filled(mx, bare, (2,), "d")),
            raised(lambda: filled(mx, bare, (3,), "a")), raised(lambda: mx.init.Load(3)), unnamed]  # fmt: skip


@scenario
def fused_rnn(mx):
    i = mx.init

    def tried(init, size, fallback=None):
        array = mx.nd.ones((size,)) * 9
        init(i.InitDesc("rnn_parameters", {"__init__": init}, fallback), array)
        return array.asnumpy().tolist()

    constant = i.Constant(4)
    found = [
        tried(i.FusedRNN(constant, 2, 1, "lstm"), 4 * 2 * (3 + 2 + 2)),
        tried(i.FusedRNN(constant, 2, 2, "lstm", forget_bias=3), 8 * (3 + 2 + 2) + 8 * (2 + 2 + 2)),
        tried(i.FusedRNN(constant, 2, 1, "gru"), 3 * 2 * (3 + 2 + 2)),
        tried(i.FusedRNN(constant, 2, 1, "rnn_tanh", True), 2 * 2 * (3 + 2 + 2)),
        tried(i.FusedRNN(None, 2, 1, "rnn_relu"), 2 * (3 + 2 + 2), i.Constant(5)),
        tried(i.FusedRNN(constant, 1, 2, "lstm", True), 8 * (3 + 1 + 2) + 8 * (2 + 1 + 2)),
    ]
    return found


@scenario
def fused_rnn_order(mx):
    """Each matrix is filled by itself: Xavier's scale tells the matrices apart."""
    array = mx.nd.zeros((2 * 4 * (100 + 4 + 2) + 2 * 4 * (8 + 4 + 2),))
    mx.random.seed(5)
    init = mx.init.FusedRNN(mx.init.Xavier(), 4, 2, "rnn_tanh", True)
    init(mx.init.InitDesc("p", {"__init__": init}), array)
    numbers = array.asnumpy()
    bounds = [0, 400, 416, 816, 832, 864, 880, 912, 928, 960]
    limits = [np.sqrt(6 / (4 + n)) for n in (100, 4, 100, 4, 8, 4, 8, 4)] + [1e-9]
    pieces = [numbers[a:b] for a, b in itertools.pairwise(bounds)]
    return [[bool((abs(p) <= limit).all()), bool((abs(p) > limit / 3).any())] for p, limit in zip(pieces, limits)]
