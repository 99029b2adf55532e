"""Gradients of pure functions of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.compile.compiled import Compiled


def pull_back(
    function: Callable[[list[Any]], Sequence[Any]],
    arrays: Sequence[Any],
    cotangents: Sequence[Any],
    wanted: Sequence[int],
) -> Sequence[Any]:
    """The cotangents of some arrays, given those of the function's results.

    Args:
      function: pure, of a list of arrays.
      arrays: what it is given.
      cotangents: one for each result, None for a result that none comes from.
      wanted: the positions of the arrays asked for.
    """

    def of_wanted(*chosen: Any) -> list[Any]:
        given = list(arrays)
        for number, array in zip(wanted, chosen):
            given[number] = array
        return [result for result, cotangent in zip(function(given), cotangents) if cotangent is not None]

    _, back = jax.vjp(of_wanted, *[arrays[number] for number in wanted])
    return back([cotangent for cotangent in cotangents if cotangent is not None])


# What is cheaper to compute again in the backward pass than to write and read.
_CHEAP = """
    abs add add_any and broadcast_in_dim clamp concatenate convert_element_type copy cos div eq exp
    expand_dims expm1 ge gt integer_pow iota le log log1p logistic lt max min mul ne neg not or pad pow reshape rev
    rsqrt select_n sign sin slice sqrt square squeeze stop_gradient sub tanh transpose
"""
_cheap = frozenset(_CHEAP.split())


def _keep(primitive: Any, *_: Any, **parameters: Any) -> bool:
    """Whether to keep a result: if anything that it takes is not cheap, within functions with own derivatives too."""
    if primitive.name in ("custom_jvp_call", "jit"):
        inner = parameters["call_jaxpr" if primitive.name == "custom_jvp_call" else "jaxpr"]
        return any(_keep(each.primitive, **each.params) for each in inner.eqns)
    return primitive.name not in _cheap


class Differentiated:
    """A function compiled in two for each signature: forwards, which keeps what backwards needs, and backwards.

    Args:
      function: pure; takes a list of arrays and a random key or None, and gives its outputs and its states, as lists.
      wanted: positions of the arrays whose cotangents are asked for.
    """

    def __init__(self, function: Callable[[list[Any], Any], tuple[Any, Any]], wanted: tuple[int, ...]) -> None:
        def forward(arrays: Sequence[Any], key: Any) -> tuple[Any, Any, Any]:
            def of_wanted(chosen: Sequence[Any]) -> tuple[Any, Any]:
                given = list(arrays)
                for number, array in zip(wanted, chosen):
                    given[number] = array
                return function(given, key)

            remat = jax.checkpoint(of_wanted, policy=_keep, prevent_cse=False)
            outputs, back, states = jax.vjp(remat, [arrays[number] for number in wanted], has_aux=True)
            return outputs, states, _leave_out(back, arrays)

        self._forward = Compiled(forward, operator=False)
        self._backward = Compiled(lambda cotangents, back: back(cotangents)[0], operator=False)

    def forward(self, arrays: Sequence[Any], key: Any) -> tuple[list[Any], list[Any], Any]:
        """The outputs, the states, and what `backward` takes."""
        outputs, states, back = self._forward(arrays, key)
        return outputs, states, _put_back(back, arrays)

    def backward(self, outputs: Sequence[Any], cotangents: Sequence[Any], back: Any) -> list[Any]:
        """The cotangents of the arrays asked for, given those of the outputs (None for those without)."""
        filled = [_zeros(output) if each is None else each for output, each in zip(outputs, cotangents)]
        return self._backward(filled, back)


@partial(jax.tree_util.register_dataclass, data_fields=[], meta_fields=["position"])
@dataclass(frozen=True)
class _Given:
    """Stands for an array that was given: what a program returns as it came in is copied."""

    position: int


def _leave_out(back: Any, arrays: Sequence[Any]) -> Any:
    positions = {id(array): position for position, array in enumerate(arrays)}
    return jax.tree.map(lambda leaf: _Given(positions[id(leaf)]) if id(leaf) in positions else leaf, back)


def _put_back(back: Any, arrays: Sequence[Any]) -> Any:
    def is_given(leaf: Any) -> bool:
        return isinstance(leaf, _Given)

    return jax.tree.map(lambda leaf: arrays[leaf.position] if is_given(leaf) else leaf, back, is_leaf=is_given)


def _zeros(output: Any) -> Any:
    if jnp.issubdtype(output.dtype, jnp.inexact):
        return jnp.zeros(output.shape, output.dtype)
    return np.zeros(output.shape, jax.dtypes.float0)
