"""Running registered operators on arrays, at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import jax
import numpy as np
from jax.core import Tracer

from gluax import keys, modes
from gluax.compile.eager import compiled, compiled_pull_back
from gluax.compile.numbers import mxnet_numbers
from gluax.context import Context, as_context
from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.ir.attributes import attribute_text
from gluax.ir.np_shape import is_np_shape
from gluax.lowering.program import OPERATOR_FAILURES, explain
from gluax.ndarray.handle import Handle
from gluax.ndarray.tape import PullBack, State, record, record_one
from gluax.ops import registry
from gluax.ops.operator import Call, Operator

if TYPE_CHECKING:
    from gluax.ndarray.ndarray import NDArray


def invoke(op: str, inputs: Sequence[Handle], attrs: Mapping[str, Any] | None = None, out: Any = None) -> Any:
    """Run an operator.

    Args:
      op: the operator's name or an alias.
      inputs: the arrays, in the operator's order, absent optional ones left out.
      attrs: attributes as Python values; ``ctx`` says where the result of an operator without inputs lives.
      out: an array, or as many as there are outputs, to write the results to.

    Returns:
      `out` if it is given; else one array for one visible output, a list for several. An operator that `mutates`
      writes its states; moving statistics stay as they are: MXNet changes them in the backward pass only.

    Raises:
      UnsupportedOperatorError, AttributeParseError
      ArgumentError: for a wrong number of inputs or outputs.
      ShapeError: for an input that is a scalar or empty (outside ``np_shape``), and when `out` has another shape.
      DTypeError: when `out` has another dtype than the result.
      OperatorError: when the operator cannot run on these inputs.
    """
    attrs = dict(attrs) if attrs else {}
    where = None if inputs else as_context(attrs.pop("ctx", None))
    entry = registry.get(registry.registered_name(op, attrs))
    if entry.variadic and "num_args" in entry.attributes and "num_args" not in attrs:
        attrs["num_args"] = len(inputs)
    outputs = None if out is None else _as_outputs(out)
    if outputs and not inputs:
        _complete(attrs, entry, outputs[0])
    numbers = {key: np.float64(attrs.pop(key)) for key in entry.traced if isinstance(attrs.get(key), (int, float))}
    attrs |= dict.fromkeys(numbers.keys() & entry.required, 0)  # only to be there: the call is given the number
    call = _parsed(entry, tuple((key, attribute_text(key, value)) for key, value in attrs.items()))
    _check_inputs(call, inputs)
    results = apply(call, inputs, where, numbers)
    if outputs and call.attrs.get("init_output") is False:  # all_finite: what `out` holds counts too
        results = run(lambda arrays: [jax.numpy.minimum(*arrays)], [results[0], outputs[0]])
    if "shape" in entry.attributes and not inputs and not is_np_shape() and not results[0].size * results[0].ndim:
        raise ShapeError(f"operator {op!r}: shape {results[0].shape} is an unknown one without gluax.util.np_shape()")
    if outputs is None:
        return results[0] if len(results) == 1 else results
    _write(call, results, outputs)
    return out


@lru_cache(maxsize=4096)
def _parsed(entry: Operator, texts: tuple[tuple[str, str], ...]) -> Call:
    return Call(entry, entry.parse(dict(texts), ""))


def apply(
    call: Call, inputs: Sequence[Handle], ctx: Context | None = None, numbers: Mapping[str, Any] | None = None
) -> list[NDArray]:
    """Run an operator call on arrays; every operator run on arrays passes here.

    Args:
      call: the operator with its attributes.
      inputs: its arrays.
      ctx: where the results live, that of the first input by default.
      numbers: values for the operator's traced attributes.

    Returns:
      The visible outputs.
    """
    training = modes.is_training() and "training" in call.operator.reserved
    key = keys.next_key() if call.operator.draws(call.attrs, training) else None
    try:
        return _run_call(call, training, inputs, ctx, key, numbers or None)
    except OPERATOR_FAILURES as error:
        raise explain(error, call, [array._data for array in inputs]) from error


def _run_call(
    call: Call, training: bool, inputs: Sequence[Handle], ctx: Context | None, key: Any, numbers: Any
) -> list[NDArray]:
    def function(arrays: list[Any]) -> Sequence[Any]:
        return compiled(call, training)(arrays, key, numbers)

    def pull_back(arrays: list[Any], cotangents: Sequence[Any], wanted: tuple[int, ...]) -> Sequence[Any]:
        return compiled_pull_back(call, training, wanted)(arrays, cotangents, key, numbers)

    count = call.operator.num_outputs(call.attrs)
    names = call.operator.input_names(call.attrs, len(inputs))
    places = [names.index(name) for name in call.operator.aux_names(call.attrs)]
    states = [State(inputs[place], place, count + number) for number, place in enumerate(places)]
    updates = call.operator.mutates
    noted = Call(call.operator, call.attrs.with_values(**numbers)) if numbers and modes.is_recording() else call
    results = run(function, inputs, ctx, pull_back, () if updates or not training else states, noted)
    for state in states if updates else ():
        state.handle._assign(state.handle.context.place(results[state.result]._data))
    return results[: call.operator.num_visible(call.attrs)]


def run(
    function: Callable[[list[Any]], Sequence[Any]],
    inputs: Sequence[Handle],
    ctx: Context | None = None,
    pull_back: PullBack | None = None,
    states: Sequence[State] = (),
    call: Call | None = None,
) -> list[NDArray]:
    """Apply a pure function of JAX arrays under MXNet's arithmetic; results live where the first input does.

    They are of the first input's class. It is recorded, with the other arguments, when the thread records.
    """
    from gluax.ndarray.ndarray import NDArray

    with mxnet_numbers():
        if inputs:
            arrays = on_one_device(inputs)
            kind = cast("type[NDArray]", type(inputs[0]))
            results = [kind(_beside(arrays[0], result), inputs[0]._ctx) for result in function(arrays)]
            record(function, arrays, inputs, results, pull_back, states, call)
            return results
        ctx = as_context(ctx)
        with jax.default_device(ctx.device):
            results = function([])
        return [NDArray(ctx.place(result), ctx) for result in results]


def _beside(array: Any, result: Any) -> Any:
    """The result on the array's device: what does not depend on values (zeros_like) comes out on JAX's default."""
    if isinstance(result, Tracer) or isinstance(array, Tracer) or result.devices() == array.devices():
        return result
    return jax.device_put(result, array.sharding) if len(array.devices()) == 1 else result


def on_one_device(inputs: Sequence[Handle]) -> list[Any]:
    """The JAX arrays of the inputs, brought to the first one's context where they are labelled otherwise."""
    first = inputs[0]._ctx
    arrays = [array._data for array in inputs]
    for number, array in enumerate(inputs):
        if array._ctx is not first and array._ctx != first:
            arrays[number] = inputs[0].context.place(arrays[number])
    return arrays


def as_numpy(value: Any, dtype: Any) -> np.ndarray:
    """A new numpy array of what may be nested lists; integers that do not fit the dtype wrap.

    Raises:
      TypeError: when it makes no array.
    """
    try:
        try:
            return np.array(value, dtype, order="C")
        except OverflowError:
            return np.array(value).astype(dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{value!r} of type {type(value)} is no array of {np.dtype(dtype)}: {error}") from None


def _as_outputs(out: Any) -> list[Handle]:
    outputs = [out] if isinstance(out, Handle) else list(out)
    for array in outputs:
        if not isinstance(array, Handle):
            raise TypeError(f"out must be an NDArray or a list of them, not {type(array)}")
    return outputs


def _complete(attrs: dict[str, Any], entry: Operator, out: Handle) -> None:
    """Operators whose shape and dtype are None by default (random ones, say) take them from `out`."""
    defaults = {name: default for name, (_, default) in entry.attributes.items()}
    if defaults.get("shape", ()) is None and defaults.get("dtype") is None and attrs.get("shape") is None:
        attrs["shape"] = out.shape
        if "dtype" in entry.attributes and attrs.get("dtype") is None:
            attrs["dtype"] = out.dtype


def _check_inputs(call: Call, inputs: Sequence[Handle]) -> None:
    operator = call.operator
    names = operator.input_names(call.attrs, len(inputs) if operator.variadic else None)
    if len(names) != len(inputs):
        raise ArgumentError(f"operator {operator.name!r} takes the inputs {list(names)}, got {len(inputs)}")
    if is_np_shape():
        return
    for name, array in zip(names, inputs):
        if array._numpy_shapes:
            continue
        shape = array.shape
        if (not shape or 0 in shape) and not isinstance(array._data, Tracer):
            raise ShapeError(
                f"operator {operator.name!r}: input {name!r} has shape {shape}, which for MXNet is an unknown one; "
                "scalars and empty arrays need gluax.util.np_shape()"
            )


def _write(call: Call, results: Sequence[Handle], outputs: Sequence[Handle]) -> None:
    name = call.operator.name
    if len(results) != len(outputs):
        raise ArgumentError(f"operator {name!r} has {len(results)} outputs, got {len(outputs)} arrays to write to")
    for result, target in zip(results, outputs):
        if result.shape != target.shape:
            raise ShapeError(f"operator {name!r}: the result has shape {result.shape}, out has {target.shape}")
        if result.dtype is not target.dtype:
            wanted, given = np.dtype(result.dtype).name, np.dtype(target.dtype).name
            raise DTypeError(f"operator {name!r}: the result is {wanted}, out is {given}")
    for result, target in zip(results, outputs):
        target._require_unrecorded()
        target._assign(target.context.place(result._data))
        record_one(lambda array: array, result, target)
