"""Calls of mx.np and mx.npx, the same in MXNet and gluax, on arrays and, where they can be traced, on symbols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

RANDOM = np.random.RandomState(7)
X = RANDOM.uniform(-2, 2, (2, 3, 4)).astype(np.float32)
Y = RANDOM.uniform(0.5, 2, (3, 4)).astype(np.float32)
M = (RANDOM.uniform(-1, 1, (3, 3)) + 3 * np.eye(3)).astype(np.float32)
S = M @ M.T
U = RANDOM.uniform(-0.9, 0.9, (2, 3)).astype(np.float32)
P = RANDOM.uniform(1.1, 3, (2, 3)).astype(np.float32)
V = RANDOM.uniform(-1, 1, (6,)).astype(np.float32)
D = P.astype(np.float64)
H = U.astype(np.float16)
I = np.array([[3, -2, 7], [0, 5, 2]], np.int32)
J = np.array([[1, 4, 2], [3, 3, 6]], np.int32)
L = np.array([2, 0, 1], np.int64)
B = np.array([[True, False, True], [False, False, True]])
N = np.array([1.0, np.nan, np.inf, -np.inf, 0.0], np.float32)
Z = np.zeros((0, 3), np.float32)
O = np.array(1.5, np.float32)


class Case(NamedTuple):
    """A call ``function(F, *inputs)``, where F has `np` and `npx`."""

    function: Callable[..., Any]
    inputs: Sequence[np.ndarray]
    traced: bool  # whether it can be traced to symbols, in gluax


CASES: dict[str, Case] = {}


def case(name: str, function: Callable[..., Any], *inputs: np.ndarray, traced: bool = True) -> None:
    assert name not in CASES, name
    CASES[name] = Case(function, inputs, traced)


def _named(name: str, **options: Any) -> Callable[..., Any]:
    return lambda F, *arrays: getattr(F.np, name)(*arrays, **options)


for _name in ["abs", "absolute", "fabs", "sign", "negative", "reciprocal", "square", "exp", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "arcsinh", "cbrt", "degrees", "radians", "rint", "fix", "trunc", "ceil", "floor", "logical_not", "isfinite", "arcsin", "arccos", "arctanh", "around", "round", "round_"]:  # fmt: skip
    case(_name, _named(_name), U)
for _name in ["sqrt", "log", "log10", "log2", "log1p", "arccosh", "reciprocal"]:
    case(f"{_name}_positive", _named(_name), P)
    case(f"{_name}_float64", _named(_name), D)
for _name in [
    "abs",
    "sign",
    "negative",
    "square",
    "exp",
    "sin",
    "rint",
    "floor",
    "logical_not",
    "bitwise_not",
    "invert",
    "isnan",
]:
    case(f"{_name}_int32", _named(_name), I)
for _name in ["isnan", "isinf", "isposinf", "isneginf", "isfinite", "nan_to_num"]:
    case(f"{_name}_specials", _named(_name), N)
case("exp_float16", _named("exp"), H)
case("around_decimals", _named("around", decimals=2), X)
case("nan_to_num_values", _named("nan_to_num", nan=3, posinf=9, neginf=-9), N)
case("nan_to_num_int", _named("nan_to_num"), I)

for _name in [
    "add",
    "subtract",
    "multiply",
    "divide",
    "true_divide",
    "mod",
    "remainder",
    "maximum",
    "minimum",
    "arctan2",
    "hypot",
]:
    case(_name, _named(_name), X, Y)
    case(f"{_name}_number", lambda F, x, name=_name: getattr(F.np, name)(x, 1.5), X)
    if _name != "hypot":
        case(f"number_{_name}", lambda F, x, name=_name: getattr(F.np, name)(1.5, x), X)
for _name in [
    "add",
    "subtract",
    "multiply",
    "divide",
    "mod",
    "maximum",
    "minimum",
    "power",
    "lcm",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
]:
    case(f"{_name}_int32", _named(_name), np.abs(I), J)
    case(f"{_name}_int32_number", lambda F, x, name=_name: getattr(F.np, name)(x, 3), J)
case("copysign", _named("copysign"), X, Y)
case("power", _named("power"), P, U)
case("power_number", lambda F, x: F.np.power(x, 2.5), P)
case("number_power", lambda F, x: F.np.power(2.5, x), U)
case("ldexp", _named("ldexp"), U, P)
case("ldexp_number", lambda F, x: F.np.ldexp(x, 2), U)
for _name in ["equal", "not_equal", "greater", "greater_equal", "less", "less_equal"]:
    case(_name, _named(_name), I, J)
    case(f"{_name}_number", lambda F, x, name=_name: getattr(F.np, name)(x, 3), I)
    case(f"number_{_name}", lambda F, x, name=_name: getattr(F.np, name)(3, x), I)
case("float32_and_float64", lambda F, x, y: x + y, U, D)
case("int32_and_float32", lambda F, x, y: x * y, I, U)
case("bool_and_float32", lambda F, x, y: x * y, B, U)
case("operators", lambda F, x, y: -(x + y) * 2 / (1 - y) + x % 0.7 + y**2 - 2.0**x, X, Y)
case("comparisons", lambda F, x, y: F.np.where(x > y, x, y) + F.np.where(x <= 1, x, 2 * x), X, Y)
case("scalars", lambda F, x: x * 2 + 1, O)

for _name in [
    "sum",
    "prod",
    "max",
    "min",
    "mean",
    "std",
    "var",
    "any",
    "all",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "product",
    "sometrue",
]:
    case(_name, _named(_name), X)
    case(f"{_name}_axis", _named(_name, axis=1), X)
    if not _name.startswith("arg"):
        case(f"{_name}_keepdims", _named(_name, axis=(0, -1), keepdims=True), X)
for _name in ["sum", "max", "mean", "argmax", "prod", "any"]:
    case(f"{_name}_int32", _named(_name, axis=0), I)
case("sum_bool", _named("sum"), B)
case("sum_dtype", _named("sum", dtype="float64"), X)
case("sum_empty", _named("sum", axis=0), Z)
case("mean_dtype", _named("mean", dtype="float64", axis=1), I)
case("std_ddof", _named("std", ddof=1, axis=2), X)
case("var_ddof", _named("var", ddof=1), X)
case("average", _named("average", axis=0), X)
case("average_weights", lambda F, x, w: F.np.average(x, axis=1, weights=w), U, P)
case("average_returned", lambda F, x, w: F.np.average(x, axis=1, weights=w, returned=True), U, P)
case("cumsum", _named("cumsum"), U)
case("cumsum_axis", _named("cumsum", axis=1), X)
case("percentile", lambda F, x: F.np.percentile(x, 30), X)
case("percentile_many", lambda F, x, q: F.np.percentile(x, q, axis=1, keepdims=True), X, np.float32([10, 50, 90]))
case("percentile_lower", lambda F, x: F.np.percentile(x, 30, axis=0, interpolation="lower"), X)
case("quantile", lambda F, x: F.np.quantile(x, 0.3, axis=-1), X)
case("histogram", lambda F, x: F.np.histogram(x, bins=4, range=(-1, 1)), U)
case("bincount", _named("bincount", minlength=9), np.abs(I).ravel(), traced=False)
case("bincount_weights", lambda F, x, w: F.np.bincount(x, weights=w), L, V[:3], traced=False)
case("diff", _named("diff"), X)
case("diff_twice", _named("diff", n=2, axis=1), X)
case("ediff1d", _named("ediff1d"), U)
case("ediff1d_ends", lambda F, x: F.np.ediff1d(x, to_end=1, to_begin=-1), U)
case("ediff1d_arrays", lambda F, x, y: F.np.ediff1d(x, to_end=y, to_begin=y), U, V)
case("sort", _named("sort"), X)
case("sort_axis", _named("sort", axis=0), X)
case("sort_flat", _named("sort", axis=None), X)
case("argsort", _named("argsort", axis=1), X)
case("unique", _named("unique"), I, traced=False)
case(
    "unique_all", _named("unique", return_index=True, return_inverse=True, return_counts=True), I.ravel(), traced=False
)
case("nonzero", _named("nonzero"), I, traced=False)
case("clip", lambda F, x: F.np.clip(x, -0.5, 0.5), X)
case("clip_open", lambda F, x: F.np.clip(x, None, 0.5), X)

case("reshape", lambda F, x: F.np.reshape(x, (4, -1)), X)
case("ravel", _named("ravel"), X)
case("transpose", _named("transpose"), X)
case("transpose_axes", _named("transpose", axes=(1, 0, 2)), X)
case("moveaxis", lambda F, x: F.np.moveaxis(x, 0, -1), X)
case("swapaxes", lambda F, x: F.np.swapaxes(x, 0, 2), X)
case("expand_dims", lambda F, x: F.np.expand_dims(x, 1), X)
case("squeeze", _named("squeeze"), X[None, :, :1])
case("squeeze_axis", _named("squeeze", axis=0), X[None, :, :1])
case("broadcast_to", lambda F, x: F.np.broadcast_to(x, (2, 3, 4)), Y)
case("broadcast_arrays", _named("broadcast_arrays"), X, Y, traced=False)
case("atleast_1d", _named("atleast_1d"), O)
case("atleast_2d", _named("atleast_2d"), O, V)
case("atleast_3d", _named("atleast_3d"), Y)
case("concatenate", lambda F, x, y: F.np.concatenate([x, y], axis=1), U, P)
case("concatenate_flat", lambda F, x, y: F.np.concatenate([x, y], axis=None), U, Y)
case("append", lambda F, x, y: F.np.append(x, y), U, Y)
case("append_axis", lambda F, x, y: F.np.append(x, y, axis=0), U, P)
for _name in ["stack", "vstack", "hstack", "dstack", "column_stack", "row_stack"]:
    case(_name, lambda F, x, y, name=_name: getattr(F.np, name)([x, y]), U, P)
    case(f"{_name}_vectors", lambda F, x, y, name=_name: getattr(F.np, name)([x, y]), V, V)
case("stack_axis", lambda F, x, y: F.np.stack([x, y], axis=-1), U, P)
case("split", lambda F, x: F.np.split(x, 3, axis=1), X, traced=False)
case("split_indices", lambda F, x: F.np.split(x, (1, 3), axis=2), X)
case("array_split", lambda F, x: F.np.array_split(x, 4), V, traced=False)
case("hsplit", lambda F, x: F.np.hsplit(x, 3), X)
case("hsplit_vector", lambda F, x: F.np.hsplit(x, (2, 4)), V)
case("vsplit", lambda F, x: F.np.vsplit(x, 2), X, traced=False)
case("dsplit", lambda F, x: F.np.dsplit(x, 2), X, traced=False)
case("tile", lambda F, x: F.np.tile(x, (2, 1)), U)
case("repeat", lambda F, x: F.np.repeat(x, 2), U)
case("repeat_axis", lambda F, x: F.np.repeat(x, 2, axis=1), U)
case("flip", _named("flip"), X)
case("flip_axis", _named("flip", axis=1), X)
case("flipud", _named("flipud"), X)
case("fliplr", _named("fliplr"), X)
case("roll", lambda F, x: F.np.roll(x, 2), X)
case("roll_axis", lambda F, x: F.np.roll(x, (1, 2), axis=(0, 1)), X)
case("rot90", _named("rot90"), X)
case("rot90_axes", _named("rot90", k=3, axes=(1, 2)), X)
case("diag", _named("diag", k=1), M)
case("diag_vector", _named("diag"), V)
case("diagflat", _named("diagflat"), U)
case("diagonal", _named("diagonal", offset=1), X)
case("trace", _named("trace"), M)
case("tril", _named("tril", k=-1), M)
case("pad", lambda F, x: F.np.pad(x, ((1, 0), (2, 1))), U, traced=False)
case("pad_constant", lambda F, x: F.np.pad(x, ((1, 0), (2, 1)), constant_values=3), U, traced=False)
for _name in ["edge", "reflect", "symmetric", "maximum", "minimum"]:
    case(f"pad_{_name}", lambda F, x, name=_name: F.np.pad(x, ((1, 1), (2, 0)), mode=name), Y, traced=False)
case("insert", lambda F, x: F.np.insert(x, 1, 9), V)
case("insert_values", lambda F, x, y: F.np.insert(x, 1, y, axis=0), U, V[:3])
case("delete", lambda F, x: F.np.delete(x, 2), V)
case("delete_slice", lambda F, x: F.np.delete(x, slice(0, 2), axis=1), U)
case("delete_indices", lambda F, x, i: F.np.delete(x, i, axis=1), Y, L[:2], traced=False)
case("take", lambda F, x, i: F.np.take(x, i), X, L)
case("take_axis", lambda F, x, i: F.np.take(x, i, axis=2), X, L)
case("take_clip", lambda F, x, i: F.np.take(x, i, axis=0, mode="clip"), X, L)
case("take_wrap", lambda F, x, i: F.np.take(x, i, axis=1, mode="wrap"), X, L + 2)
case("where", lambda F, c, x, y: F.np.where(c, x, y), B, U, P)
case("where_numbers", lambda F, c: F.np.where(c, 1, 2.5), B)
case("where_left", lambda F, c, x: F.np.where(c, 1, x), B, U)
case("where_right", lambda F, c, x: F.np.where(c, x, 1), B, U)
case("where_indices", lambda F, c: F.np.where(c), B, traced=False)
case("diag_indices_from", _named("diag_indices_from"), M, traced=False)
case("meshgrid", _named("meshgrid"), V[:2], V[:3], traced=False)
case("meshgrid_ij", _named("meshgrid", indexing="ij"), V[:2], V[:3], V[:2], traced=False)

case("dot", _named("dot"), U, Y)
case("dot_many", _named("dot"), X, np.ascontiguousarray(Y.T))
case("dot_vectors", _named("dot"), V, V)
case("matmul", _named("matmul"), X, np.ascontiguousarray(Y.T))
case("tensordot", _named("tensordot", axes=1), X, np.ascontiguousarray(Y.T))
case("tensordot_axes", _named("tensordot", axes=([1, 2], [0, 1])), X, Y)
case("inner", _named("inner"), U, P)
case("outer", _named("outer"), V, U)
case("vdot", _named("vdot"), U, P)
case("einsum", lambda F, x, y: F.np.einsum("bij,ij->bi", x, y), X, Y)
case("einsum_optimized", lambda F, x, y, z: F.np.einsum("ij,jk,lk->il", x, y, z, optimize=True), U, Y, Y)
case("polyval", _named("polyval"), V[:3], V)

case("zeros", lambda F: F.np.zeros((2, 3)))
case("zeros_scalar", lambda F: F.np.zeros(()))
case("ones_int", lambda F: F.np.ones((2,), dtype="int32"))
case("full", lambda F: F.np.full((2, 2), 1.5))
case("full_bool", lambda F: F.np.full((2,), True))
case("full_int", lambda F: F.np.full((2,), 3, dtype="int64"))
case("full_array", lambda F, x: F.np.full((2, 3, 4), x), Y, traced=False)
for _name in ["zeros_like", "ones_like"]:
    case(_name, _named(_name), I)
    case(f"{_name}_dtype", _named(_name, dtype="float32"), I)
case("full_like", lambda F, x: F.np.full_like(x, 2), U)
case("arange", lambda F: F.np.arange(2, 9, 1.5))
case("arange_int", lambda F: F.np.arange(5, dtype="int32"))
case("linspace", lambda F: F.np.linspace(-1, 2, 7))
case("linspace_open", lambda F: F.np.linspace(0, 1, 4, endpoint=False))
case("logspace", lambda F: F.np.logspace(0, 2, 5))
case("eye", lambda F: F.np.eye(3, 4, 1))
case("identity", lambda F: F.np.identity(3))
case("indices", lambda F: F.np.indices((2, 3)))
case("hanning", lambda F: F.np.hanning(5))
case("hamming", lambda F: F.np.hamming(5))
case("blackman", lambda F: F.np.blackman(5))

for _name in ["inv", "det", "cholesky", "eigvalsh", "pinv"]:
    case(f"linalg_{_name}", lambda F, x, name=_name: getattr(F.np.linalg, name)(x), S)
case("linalg_slogdet", lambda F, x: F.np.linalg.slogdet(x), M)
case("linalg_solve", lambda F, x, y: F.np.linalg.solve(x, y), M, Y)
case("linalg_svd_values", lambda F, x: F.np.linalg.svd(x)[1], U)
case("linalg_eigh_values", lambda F, x: F.np.linalg.eigh(x)[0], S)
case("linalg_tensorinv", lambda F, x: F.np.linalg.tensorinv(x, ind=1), M)
case("linalg_tensorsolve", lambda F, x, y: F.np.linalg.tensorsolve(x, y), M, V[:3])
case("linalg_norm", lambda F, x: F.np.linalg.norm(x), X)
for _order in (1, -1, 2, -2, "inf", "-inf", "fro", "nuc", None):
    case(f"linalg_norm_{_order}_matrix", lambda F, x, ord=_order: F.np.linalg.norm(x, ord, axis=(0, 2)), X)
for _order in (0, 1, 2, 3, "inf", "-inf", None):
    case(f"linalg_norm_{_order}_vector", lambda F, x, ord=_order: F.np.linalg.norm(x, ord, axis=1), X)
case("linalg_norm_keepdims", lambda F, x: F.np.linalg.norm(x, 1, axis=(0, 2), keepdims=True), X)

for _name in [
    "relu",
    "sigmoid",
    "erf",
    "erfinv",
    "gamma",
    "gammaln",
    "softmax",
    "log_softmax",
    "batch_flatten",
    "shape_array",
]:
    case(f"npx_{_name}", lambda F, x, name=_name: getattr(F.npx, name)(x), U)
case("npx_softmax_axis", lambda F, x: F.npx.softmax(x, axis=1), X)
case("npx_softmax_length", lambda F, x, n: F.npx.softmax(x, n, axis=-1, use_length=True), Y, np.int32([1, 2, 4]))
case("npx_activation", lambda F, x: F.npx.activation(x, act_type="softrelu"), X)
case("npx_leaky_relu", lambda F, x: F.npx.leaky_relu(x, act_type="gelu"), X)
case("npx_fully_connected", lambda F, x, w, b: F.npx.fully_connected(x, w, b, num_hidden=3, flatten=False), X, Y, V[:3])
case("npx_convolution", lambda F, x, w: F.npx.convolution(x, w, kernel=(2,), num_filter=2, no_bias=True),
     X, X[:, :, :2])  # fmt: skip
case("npx_pooling", lambda F, x: F.npx.pooling(x, kernel=(2,), pool_type="max"), X)
case("npx_layer_norm", lambda F, x, g, b: F.npx.layer_norm(x, g, b), X, V[:4], V[2:])
case("npx_embedding", lambda F, i, w: F.npx.embedding(i, w, input_dim=3, output_dim=4), L, Y)
case("npx_one_hot", lambda F, i: F.npx.one_hot(i, depth=4), L)
case("npx_pick", lambda F, x, i: F.npx.pick(x, i, axis=0), Y, np.int32([0, 1, 2, 1]))
case("npx_topk", lambda F, x: F.npx.topk(x, k=2, ret_typ="both"), X)
case("npx_batch_dot", lambda F, x, y: F.npx.batch_dot(x, y, transpose_b=True), X, X)
case("npx_gather_nd", lambda F, x, i: F.npx.gather_nd(x, i), Y, np.int32([[0, 2], [1, 3]]))
case("npx_sequence_mask", lambda F, x, n: F.npx.sequence_mask(x, n, use_sequence_length=True), X, np.float32([1, 2, 1]))
case("npx_reshape_like", lambda F, x, y: F.npx.reshape_like(x, y), V, P)
case("npx_reshape", lambda F, x: F.npx.reshape(x, (-2, -5)), X)
case("npx_reshape_split", lambda F, x: F.npx.reshape(x, (-2, -2, -6, 2, -1)), X)
case("npx_arange_like", lambda F, x: F.npx.arange_like(x, axis=1), X)
case("npx_smooth_l1", lambda F, x: F.npx.smooth_l1(x, scalar=1.0), X)
case("npx_nonzero", lambda F, x: F.npx.nonzero(x), I, traced=False)
case("npx_cast", lambda F, x: F.npx.cast(x, dtype="int32"), X)
case("npx_slice", lambda F, x: F.npx.slice(x, begin=(0, 1), end=(2, 3)), X)

_KEYS: dict[str, Any] = {
    "row": 1, "last": -1, "element": (1, 2, 3), "rows": slice(0, 1), "column": (slice(None), 1), "step": (0, slice(0, 3, 2)),
    "tail": (slice(1, None), slice(None), -2), "back": (slice(None), slice(None, None, -1)),
}  # fmt: skip
for _name, _key in _KEYS.items():
    case(f"index_{_name}", lambda F, x, key=_key: x[key], X)
for _name, _key in {
    "none": None, "ellipsis": (..., 1), "list": [1, 0], "lists": ([0, 1], [2, 0]), "list_and_slice": (slice(None), [0, 2]),
    "apart": ([0, 1], slice(None), [1, 2]), "none_in_tuple": (0, None, slice(1, 3)), "everything": (),
}.items():  # fmt: skip
    case(f"index_{_name}", lambda F, x, key=_key: x[key], X, traced=False)
case("index_mask", lambda F, x: x[x > 0.5], X, traced=False)
case("index_mask_rows", lambda F, x, m: x[m], U, np.array([True, False]), traced=False)
case("index_array", lambda F, x, i: x[i], Y, L, traced=False)
case("index_arrays", lambda F, x, i: x[:, i, i], X, L, traced=False)

_METHODS: dict[str, Callable[..., Any]] = {
    "sum": lambda x: x.sum(axis=1), "mean": lambda x: x.mean(), "max": lambda x: x.max(axis=0), "min": lambda x: x.min(),
    "prod": lambda x: x.prod(axis=2), "std": lambda x: x.std(), "var": lambda x: x.var(axis=1, ddof=1),
    "argmax": lambda x: x.argmax(axis=1), "argmin": lambda x: x.argmin(), "cumsum": lambda x: x.cumsum(axis=0),
    "reshape": lambda x: x.reshape(4, 6), "reshape_tuple": lambda x: x.reshape((-1, 2)), "flatten": lambda x: x.flatten(),
    "transpose": lambda x: x.transpose(2, 0, 1), "T": lambda x: x.T, "swapaxes": lambda x: x.swapaxes(0, 1),
    "squeeze": lambda x: x[:1].squeeze(), "clip": lambda x: x.clip(-1, 1), "round": lambda x: x.round(1),
    "astype": lambda x: x.astype("int32"), "astype_bool": lambda x: x.astype("bool"), "repeat": lambda x: x.repeat(2, 0),
    "broadcast_to": lambda x: x[:, :1].broadcast_to((2, 3, 4)), "dot": lambda x: x.dot(x.T.reshape(4, 6)),
}  # fmt: skip
for _name, _method in _METHODS.items():
    case(f"method_{_name}", lambda F, x, method=_method: method(x), X)

# Gradients that MXNet gets wrong; gluax gives the derivative.
WRONG_GRADIENTS = {
    "rot90": "turned forwards, not back",
    "rot90_axes": "turned forwards, not back",
    "where_left": "passed on where the number was taken",
    "where_right": "passed on where the number was taken",
    "linalg_norm_2_matrix": "holds the head gradient twice",
    "linalg_norm_-2_matrix": "holds the head gradient twice",
    "number_arctan2": "has the array in the place of the number",
}
