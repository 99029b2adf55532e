"""Scenarios of `mx.nd` that run alike in MXNet and in gluax: tables of expressions and statements.

In an expression `x` is ``arange(24)`` of shape (4, 3, 2), `a` [1, -2, 3], `i` the same in int32, `m` a 2 x 3 matrix.
Its fact is the result (dtype, shape, values, context), or the class of the exception.
"""

from __future__ import annotations

import copy
import inspect
import operator
import pickle
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.ndarray_tables import ASSIGNMENTS, EXPRESSIONS, SHARING
from tests.oracle.scenarios import Scenarios, raised, warned

SCENARIOS = Scenarios("ndarray")
scenario = SCENARIOS.add


def fact(mx: Any, value: Any) -> Any:
    """A value as JSON, arrays as one line of text."""
    if isinstance(value, mx.nd.NDArray):
        return f"{text(value.asnumpy())} @{value.context}"
    if isinstance(value, (np.ndarray, np.generic)):
        return text(np.asarray(value))
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *[fact(mx, item) for item in value]]
    if isinstance(value, dict):
        return {key: fact(mx, item) for key, item in value.items()}
    return value if isinstance(value, (int, float, str, type(None))) else str(value)


def text(array: np.ndarray) -> str:
    values = " ".join(f"{float(value) + 0:.3g}" for value in array.ravel())
    return f"{array.dtype}{list(array.shape)} {values}"


def variables(mx: Any, shape: tuple[int, ...] = (4, 3, 2), dtype: str = "float32") -> dict[str, Any]:
    nd = mx.nd
    return {
        "mx": mx, "nd": nd, "np": np, "operator": operator, "copy": copy, "pickle": pickle, "inf": float("inf"),
        "nan": float("nan"), "x": nd.arange(int(np.prod(shape)), dtype=dtype).reshape(shape),
        "a": nd.array([1, -2, 3]), "i": nd.array([1, -2, 3], dtype="int32"), "m": nd.arange(6).reshape((2, 3)),
    }  # fmt: skip


def evaluated(mx: Any, expression: str) -> Any:
    """The fact of an expression."""
    found: list[Any] = []
    failed = raised(lambda: found.append(fact(mx, eval(expression, variables(mx)))))
    return found[0] if found else failed


def executed(mx: Any, statement: str, shape: tuple[int, ...], dtype: str) -> Any:
    """The elements of `x` after a statement."""
    known = variables(mx, shape, dtype)
    failed = raised(lambda: exec(statement, known))
    return failed if failed["raises"] else text(known["x"].asnumpy())


def shares(mx: Any, expression: str) -> Any:
    """Whether writing to what an expression of `x` gives changes `x`; "same" for `x` itself."""
    known = variables(mx)
    taken = eval(expression, known)
    if taken is known["x"]:
        return "same"
    taken[:] = -7
    return bool((known["x"].asnumpy() == -7).any())


def add_table(name: str, rows: Sequence[Any], run: Callable[..., Any]) -> None:
    def table(mx: Any) -> dict[str, Any]:
        return {str(row): run(mx, *row) if isinstance(row, tuple) else run(mx, row) for row in rows}

    table.__name__ = name
    scenario(table)


for _name, _rows in EXPRESSIONS.items():
    add_table(_name, _rows, evaluated)
for _name, _rows in ASSIGNMENTS.items():
    add_table(_name, _rows, executed)
add_table("sharing", SHARING, shares)


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


@scenario
def methods_and_their_parameters(mx):
    kind = mx.nd.NDArray
    public = [name for name in dir(kind) if not name.startswith("_") and name != "handle"]  # gluax has no C handles
    return {name: parameters(getattr(kind, name)) if callable(getattr(kind, name)) else None for name in public}


@scenario
def parameters_of_functions(mx):
    functions = [
        "add",
        "arange",
        "array",
        "concatenate",
        "divide",
        "empty",
        "equal",
        "eye",
        "from_dlpack",
        "full",
        "greater",
        "greater_equal",
        "histogram",
        "imdecode",
        "lesser",
        "lesser_equal",
        "linspace",
        "load",
        "load_frombuffer",
        "logical_and",
        "logical_or",
        "logical_xor",
        "maximum",
        "minimum",
        "modulo",
        "moveaxis",
        "multiply",
        "not_equal",
        "onehot_encode",
        "ones",
        "power",
        "save",
        "split_v2",
        "subtract",
        "true_divide",
        "waitall",
        "zeros",
        "to_dlpack_for_read",
        "to_dlpack_for_write",
        "random.exponential",
        "random.gamma",
        "random.multinomial",
        "random.negative_binomial",
        "random.generalized_negative_binomial",
        "random.normal",
        "random.poisson",
        "random.randint",
        "random.randn",
        "random.shuffle",
        "random.uniform",
        "random.uniform_like",
        "contrib.cond",
        "contrib.foreach",
        "contrib.isfinite",
        "contrib.isinf",
        "contrib.isnan",
        "contrib.rand_zipfian",
        "contrib.while_loop",
        "contrib.box_nms",
        "linalg.gemm2",
        "image.normalize",
        "FullyConnected",
        "Convolution",
        "Pooling",
        "relu",
        "softmax",
        "one_hot",
        "Dropout",
        "RNN",
        "Embedding",
        "clip",
        "topk",
    ]
    found = {name: parameters(operator.attrgetter(name)(mx.nd)) for name in functions}
    return {**found, "seed": parameters(mx.random.seed)}


@scenario
def writing_to_out(mx):
    nd = mx.nd
    y, pair = nd.zeros((2,)), [nd.zeros((2, 1)), nd.zeros((2, 1))]
    same = nd.relu(nd.array([1, -1]), out=y) is y
    same_pair = nd.split(nd.array([[1, 2], [3, 4]]), num_outputs=2, out=pair) is pair
    view = nd.zeros((2, 3))
    nd.exp(nd.zeros((3,)), out=view[1])
    return [same, same_pair, fact(mx, [y, *pair, view])]


@scenario
def moving_statistics_wait_for_backward(mx):
    mean, var = mx.nd.zeros((3,)), mx.nd.ones((3,))
    data = mx.nd.arange(12).reshape((4, 3))
    with mx.autograd.train_mode():
        out = mx.nd.BatchNorm(data, mx.nd.ones((3,)), mx.nd.zeros((3,)), mean, var)
        dropped = sorted(set(mx.nd.Dropout(mx.nd.ones((500,))).asnumpy().tolist()))
    kept = mx.nd.Dropout(mx.nd.ones((500,))).asnumpy().min()
    return [fact(mx, [out, mean, var]), dropped, float(kept)]


@scenario
def contexts(mx):
    nd = mx.nd
    one = nd.ones((1,), ctx=mx.cpu(1))
    with mx.Context("cpu", 3):
        made = [nd.ones((1,)), nd.array([1]), nd.random.uniform(), nd.arange(2), nd.eye(2), nd.full((2,), 1)]
        made += [nd.empty(2), nd.array(one), one + 1, one.copy(), one.as_in_context(mx.current_context())]
    made += [one[0], one.reshape((1, 1)), nd.ones((1,)) + one, one + nd.ones((1,)), one.copyto(nd.ones((1,)))]
    made += [one.astype("int32"), nd.relu(one, out=nd.ones((1,))), one.detach(), nd.zeros_like(one)]
    made += [pickle.loads(pickle.dumps(one)), copy.deepcopy(one), nd.zeros((1,), ctx="cpu(2)")]
    return [str(array.context) for array in made]


@scenario
def warnings_given(mx):
    nd, x = mx.nd, mx.nd.array([1, 2, 3])
    calls = [
        lambda: x.copyto(x),
        lambda: nd.arange(3, infer_range=True),
        lambda: nd.histogram(x, bins=2),
        lambda: nd.array([1, 2])[0] + 1,
        lambda: nd.concat(x, x, dim=0),
    ]
    return [[category for category, _ in warned(call)[1]] for call in calls]


@scenario
def files(mx):
    nd = mx.nd
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "arrays.nd")
        facts = []
        for data in (
            nd.ones((2,)), [nd.ones((1,)), nd.zeros((2, 2), dtype="int64")], {"a": nd.ones((2,), dtype="float64")},
            [], {}, [nd.empty((0, 2))], [nd.array([1], dtype="bool")], {"x": nd.arange(4).reshape((2, 2))[1]},
        ):  # fmt: skip
            nd.save(path, data)
            content = Path(path).read_bytes()
            facts.append([len(content), fact(mx, nd.load(path)), fact(mx, nd.load_frombuffer(content))])
        wrong = [
            lambda: nd.save(path, {"a": 3}), lambda: nd.save(path, {3: nd.ones((1,))}), lambda: nd.save(path, [3]),
            lambda: nd.save(path, (nd.ones((1,)),)), lambda: nd.save(path, 3), lambda: nd.load(3),
            lambda: nd.load(str(Path(folder) / "nothing")), lambda: nd.load_frombuffer(b"abc"),
            lambda: nd.load_frombuffer(3), lambda: nd.load_frombuffer(content[:-3]),
            lambda: nd.save(str(Path(folder) / "nowhere" / "a.nd"), nd.ones((1,))),
        ]  # fmt: skip
        return [*facts, [raised(call) for call in wrong]]


@scenario
def gradients_buffers(mx):
    x = mx.nd.ones((2, 2))
    before = x.grad is None
    x.attach_grad()
    x.grad[:] = 3
    kept = fact(mx, x.grad)
    detached = x.detach().grad is None
    x.attach_grad("add")
    return [before, kept, detached, fact(mx, x.grad), raised(lambda: x.attach_grad("other"))]


def steps(mx: Any) -> dict[str, Callable[[], Any]]:
    nd = mx.nd
    data, state = nd.arange(6).reshape((3, 2)), nd.zeros((2,))
    two = [nd.array([1]), nd.array([2])]
    contrib = nd.contrib
    return {
        "foreach": lambda: contrib.foreach(lambda d, s: (d + s, s + 1), data, state),
        "foreach of lists": lambda: contrib.foreach(
            lambda d, s: ([d[0] + s[0], [d[1]]], [s[0] + 1]), [data, data * 2], [state]
        ),
        "foreach without outputs": lambda: contrib.foreach(lambda d, s: ([], s + d), data, state),
        "foreach of a number": lambda: contrib.foreach(lambda d, s: (d, s), 3, state),
        "while_loop": lambda: contrib.while_loop(lambda i, s: i < 3, lambda i, s: (i + s, [i + 1, s + i]), two, 2),
        "while_loop of one": lambda: contrib.while_loop(
            lambda i: i < 3, lambda i: (i * 2, i + 1), nd.array([0]), max_iterations=3
        ),
        "while_loop without outputs": lambda: contrib.while_loop(
            lambda i, s: i < 3, lambda i, s: (None, [i + 1, s + i]), two, 5
        ),
        "while_loop without a limit": lambda: contrib.while_loop(lambda i: i < 3, lambda i: (i, i + 1), two[0]),
        "while_loop without variables": lambda: contrib.while_loop(lambda: 1, lambda: ([], []), [], 3),
        "while_loop that loses a variable": lambda: contrib.while_loop(
            lambda i, s: i < 3, lambda i, s: (i, [i + 1]), two, 3
        ),
        "cond": lambda: [contrib.cond(nd.array([flag]), lambda: data, lambda: state) for flag in (0, 1)],
        "cond of two": lambda: contrib.cond(data, lambda: data, lambda: state),
        "cond of a number": lambda: contrib.cond(1, lambda: data, lambda: state),
    }


@scenario
def control_flow(mx):
    def run(call: Callable[[], Any]) -> Any:
        found: list[Any] = []
        failed = raised(lambda: found.append(fact(mx, call())))
        return found[0] if found else failed

    return {name: run(call) for name, call in steps(mx).items()}


@scenario
def random_moments(mx):
    """Means and deviations of many draws, to one decimal: the numbers themselves differ."""
    mx.random.seed(7)
    draw, many = mx.nd.random, (50_000,)
    rows = mx.nd.array([1, 4])
    drawn = {
        "uniform": draw.uniform(-1, 3, shape=many), "normal": draw.normal(1, 2, shape=many),
        "randn": draw.randn(*many, loc=-1, scale=0.5), "poisson": draw.poisson(4, shape=many),
        "exponential": draw.exponential(2, shape=many), "gamma": draw.gamma(4, 0.5, shape=many),
        "negative_binomial": draw.negative_binomial(4, 0.5, shape=many),
        "generalized_negative_binomial": draw.generalized_negative_binomial(2, 0.25, shape=many),
        "randint": draw.randint(0, 4, shape=many).astype("float32"),
        "multinomial": draw.multinomial(mx.nd.array([0.25, 0.75]), shape=many).astype("float32"),
        "uniform_like": draw.uniform_like(mx.nd.zeros(many), low=2, high=4),
        "normal_like": draw.normal_like(mx.nd.zeros(many)),
        "rows": draw.uniform(rows, rows + 2, shape=many)[1],
        "rows of normal": draw.normal(rows, rows, shape=many)[0],
        "rows of exponential": draw.exponential(rows, shape=many)[1],
    }  # fmt: skip
    moments = {name: values.asnumpy().astype("float64") for name, values in drawn.items()}
    return {name: [round(float(v.mean()) * 4) / 4, round(float(v.std()) * 4) / 4] for name, v in moments.items()}


@scenario
def seeding(mx):
    def draw() -> list[float]:
        return mx.nd.random.uniform(shape=(3,)).asnumpy().tolist()

    mx.random.seed(3)
    first, following = draw(), draw()
    mx.random.seed(3)
    shuffled = sorted(mx.nd.random.shuffle(mx.nd.arange(10)).asnumpy().tolist())
    mx.random.seed(3, ctx="all")
    wrong = [raised(lambda state=state: mx.random.seed(state)) for state in ("a", 1.5)]
    return [first == draw(), first == following, shuffled, wrong]
