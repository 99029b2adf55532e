"""Control flow over subgraphs: _foreach, _while_loop, _cond.

A subgraph is a callable ``sub(inputs, key) -> outputs`` whose inputs are in the order of the
subgraph's variables; the `*_locs` attributes say where they come from. Every iteration gets a
random key of its own. Auxiliary states that a subgraph updates (BatchNorm's moving statistics)
stay as they are, as in MXNet, where they are plain arguments of the outer graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ShapeError
from gluax.ir.attributes import Shape
from gluax.ops.operator import Attrs, Feed
from gluax.ops.registry import operator

Subgraph = Callable[[Sequence[Any], Any], list[Any]]


def _outputs(attrs: Attrs) -> int:
    return attrs.num_outputs


def _never(attrs: Attrs, training: bool) -> bool:
    """Control flow itself draws nothing; whether its subgraphs do is known to whoever runs them."""
    return False


def _foreach_wiring(attrs: Attrs) -> list[list[Feed]]:
    locations = (*attrs.in_data_locs, *attrs.in_state_locs, *attrs.remain_locs)
    feeds = {location: Feed(i, i < len(attrs.in_data_locs)) for i, location in enumerate(locations)}
    return [[feeds[location] for location in sorted(feeds)]]


def _while_loop_wiring(attrs: Attrs) -> list[list[Feed]]:
    return [[Feed(location) for location in each] for each in (attrs.cond_input_locs, attrs.func_input_locs)]


def _cond_wiring(attrs: Attrs) -> list[list[Feed]]:
    each = attrs.cond_input_locs, attrs.then_input_locs, attrs.else_input_locs
    return [[Feed(location) for location in locations] for locations in each]


@operator("_foreach", outputs=_outputs, random=_never, wiring=_foreach_wiring)
def foreach(
    *data: jax.Array,
    num_args: int,
    num_outputs: int,
    num_out_data: int,
    in_state_locs: Shape,
    in_data_locs: Shape,
    remain_locs: Shape,
    key: jax.Array | None = None,
    subgraphs: tuple[Subgraph, ...] = (),
) -> tuple[jax.Array, ...]:
    """Run the subgraph over the leading axis of some inputs, carrying states along.

    Inputs: the arrays to slice, the first states, then what every iteration reads. Outputs: the
    `num_out_data` outputs of all iterations, stacked, then the last states.
    """
    sliced = data[: len(in_data_locs)]
    states = data[len(in_data_locs) : len(in_data_locs) + len(in_state_locs)]
    fixed = data[len(sliced) + len(states) :]
    if not all(array.ndim for array in sliced):
        raise ShapeError("the arrays to iterate over need a leading axis, got a scalar")
    lengths = {array.shape[0] for array in sliced}
    if len(lengths) != 1:
        raise ShapeError(f"the arrays to iterate over must have the same length, got {[a.shape for a in sliced]}")
    locations = (*in_data_locs, *in_state_locs, *remain_locs)

    def body(states: tuple[jax.Array, ...], step: tuple[jax.Array, Sequence[jax.Array]]) -> tuple[Any, Any]:
        index, slices = step
        by_location = dict(zip(locations, (*slices, *states, *fixed)))
        outputs = subgraphs[0]([by_location[i] for i in range(len(locations))], _fold(key, index))
        following = tuple(outputs[num_out_data:])
        _check_states(states, following)
        return following, tuple(outputs[:num_out_data])

    steps = jnp.arange(lengths.pop(), dtype=jnp.int32)
    last, stacked = lax.scan(body, tuple(states), (steps, sliced))
    return (*stacked, *last)


@operator("_while_loop", outputs=_outputs, random=_never, wiring=_while_loop_wiring)
def while_loop(
    *data: jax.Array,
    num_args: int,
    num_outputs: int,
    num_out_data: int,
    max_iterations: int,
    cond_input_locs: Shape,
    func_input_locs: Shape,
    func_var_locs: Shape,
    key: jax.Array | None = None,
    subgraphs: tuple[Subgraph, ...] = (),
) -> tuple[jax.Array, ...]:
    """Run the second subgraph while the first one gives true, at most `max_iterations` times.

    Outputs: `num_out_data` arrays with a leading axis of `max_iterations`, then the last loop variables.
    The rows of iterations that did not happen are zero; MXNet leaves whatever was in memory.
    """
    condition, function = subgraphs
    variable_at = [func_input_locs[location] for location in func_var_locs]  # each variable's place among the inputs

    def inputs(variables: Sequence[jax.Array], locations: Shape) -> list[jax.Array]:
        current = dict(enumerate(data)) | dict(zip(variable_at, variables))
        return [current[location] for location in locations]

    def run(index: jax.Array, variables: tuple[jax.Array, ...]) -> tuple[Any, Any]:
        outputs = function(inputs(variables, func_input_locs), _fold(key, 2 * index))
        following = tuple(outputs[num_out_data:])
        _check_states(variables, following)
        return following, tuple(outputs[:num_out_data])

    def skip(index: jax.Array, variables: tuple[jax.Array, ...]) -> tuple[Any, Any]:
        return variables, tuple(jnp.zeros(row.shape, row.dtype) for row in rows)

    # A scan whose iterations do nothing once the condition failed: unlike lax.while_loop it has a gradient.
    def body(carry: tuple[jax.Array, tuple[jax.Array, ...]], index: jax.Array) -> tuple[Any, Any]:
        active, variables = carry
        met = condition(inputs(variables, cond_input_locs), _fold(key, 2 * index + 1))[0]
        active = active & _truth(met)
        following, outputs = lax.cond(active, run, skip, index, variables)
        return (active, following), outputs

    start = tuple(data[place] for place in variable_at)
    steps = jnp.arange(max_iterations, dtype=jnp.int32)
    _, rows = jax.eval_shape(run, jax.ShapeDtypeStruct((), jnp.int32), start)
    (_, last), stacked = lax.scan(body, (jnp.asarray(True), start), steps)
    return (*stacked, *last)


@operator("_cond", outputs=_outputs, random=_never, wiring=_cond_wiring)
def cond(
    *data: jax.Array,
    num_args: int,
    num_outputs: int,
    cond_input_locs: Shape,
    then_input_locs: Shape,
    else_input_locs: Shape,
    key: jax.Array | None = None,
    subgraphs: tuple[Subgraph, ...] = (),
) -> tuple[jax.Array, ...]:
    """Run the second subgraph when the first one gives true, else the third; only one of them is computed."""

    def run(branch: int, locations: Shape) -> Callable[[], tuple[jax.Array, ...]]:
        return lambda: tuple(subgraphs[branch]([data[location] for location in locations], _fold(key, branch)))

    met = _truth(subgraphs[0]([data[location] for location in cond_input_locs], _fold(key, 0))[0])
    branches = run(1, then_input_locs), run(2, else_input_locs)
    shown = [[f"{out.dtype}{list(out.shape)}" for out in jax.eval_shape(branch)] for branch in branches]
    if shown[0] != shown[1]:
        raise ShapeError(f"both branches must have outputs of one shape and dtype, got {shown[0]} and {shown[1]}")
    return lax.cond(met, *branches)


def _fold(key: jax.Array | None, number: jax.Array | int) -> jax.Array | None:
    return None if key is None else jax.random.fold_in(key, number)


def _truth(value: jax.Array) -> jax.Array:
    if value.size != 1:
        raise ShapeError(f"a condition must have one element, got shape {value.shape}")
    return value.reshape(()) != 0


def _check_states(before: Sequence[jax.Array], after: Sequence[jax.Array]) -> None:
    for index, (old, new) in enumerate(zip(before, after)):
        if (old.shape, old.dtype) != (new.shape, new.dtype):
            raise ShapeError(
                f"state {index} must keep its shape and dtype: it starts as {old.dtype}{list(old.shape)} "
                f"and becomes {new.dtype}{list(new.shape)}"
            )
