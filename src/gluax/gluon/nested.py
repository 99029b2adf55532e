"""Nested arguments of blocks: flattening, and the two families of arrays.

Formats are those of `gluax.structure`; `Block.save` writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax import structure
from gluax.compile.numbers import mxnet_numbers
from gluax.context import Context
from gluax.errors import ArgumentError, DTypeError
from gluax.modes import is_np_array
from gluax.ndarray import NDArray
from gluax.structure import Format
from gluax.symbol import Symbol
from gluax.symbol.control_flow import symbol_format


def flatten(args: Any, what: str) -> tuple[list[Any], Format]:
    """Flatten nested lists of arrays, symbols and None.

    Raises:
      ArgumentError: for anything else.
    """
    if isinstance(args, tuple) and _plain(args):
        return list(args), [0] * len(args)
    return structure.flatten(args, _format_of, lambda value: _not_nested(value, what))


def _plain(args: Sequence[Any]) -> bool:
    """Whether the arguments are NDArrays and nothing else: the usual call, in which nothing has to be looked for."""
    return bool(args) and all(isinstance(arg, NDArray) for arg in args)


def _format_of(value: Any) -> int | None:
    if isinstance(value, NDArray):
        return 0
    return -1 if value is None else symbol_format(value)


def _not_nested(value: Any, what: str) -> ArgumentError:
    return ArgumentError(
        f"When hybridized, the {what} of a HybridBlock must be arrays or Symbols, or (nested) lists of them, "
        f"but got {value} of type {type(value).__name__}"
    )


def same_structure(cached: Format, given: Format) -> bool:
    """Whether arguments fit the traced ones; trailing None arguments may be left out."""
    if not (isinstance(cached, list) and isinstance(given, list)):
        return cached == given
    common = min(len(cached), len(given))
    return cached[:common] == given[:common] and all(item == -1 for item in (*cached[common:], *given[common:]))


def leaves(args: Any) -> Iterator[Any]:
    """The leaves of nested lists and tuples, in order."""
    if isinstance(args, (list, tuple)):
        for item in args:
            yield from leaves(item)
    else:
        yield args


def contexts(args: Any) -> list[Context]:
    """The distinct contexts of the arrays in nested arguments, in order of appearance."""
    return list(dict.fromkeys(leaf.context for leaf in leaves(args) if isinstance(leaf, NDArray)))


def map_leaves(function: Callable[[Any], Any], args: Any) -> Any:
    """Apply a function to the leaves of nested lists and tuples."""
    if isinstance(args, (list, tuple)):
        items = [map_leaves(function, item) for item in args]
        return tuple(items) if isinstance(args, tuple) else items
    return function(args)


def is_foreign(args: Any) -> bool:
    """Whether the arrays among the arguments are JAX's or numpy's, none of them MXNet's."""
    own, found_jax, found_numpy = _families(args)
    return not own and (found_jax or found_numpy)


def _families(args: Any) -> tuple[bool, bool, bool]:
    """Whether there are NDArrays or symbols, JAX arrays, numpy arrays."""
    own = found_jax = found_numpy = False
    for leaf in leaves(args):
        if isinstance(leaf, (NDArray, Symbol)):
            own = True
        elif isinstance(leaf, jax.Array):
            found_jax = True
        elif isinstance(leaf, np.ndarray):
            found_numpy = True
    return own, found_jax, found_numpy


def wrap(value: Any) -> Any:
    """A JAX or numpy array as an `NDArray`; everything else as it is.

    Raises:
      DTypeError: for an array of something other than numbers.
    """
    if isinstance(value, jax.Array):
        return NDArray(value)
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiub" and value.dtype.name != "bfloat16":
            raise DTypeError(f"an input array has dtype {value.dtype}; numbers are needed")
        with mxnet_numbers():
            return NDArray(jnp.asarray(value))
    return value


def unwrap(value: Any) -> Any:
    """An `NDArray`'s JAX array; everything else as it is."""
    return value._data if isinstance(value, NDArray) else value


def wrapped(args: Sequence[Any]) -> tuple[tuple[Any, ...], bool]:
    """Arguments as blocks compute with them, and whether results go back as JAX arrays.

    JAX's and numpy's arrays become NDArrays. Beside NDArrays, JAX's do too, while numpy's stay what they are.
    """
    if _plain(args):
        return tuple(args), False
    if args and all(isinstance(arg, jax.Array) for arg in args):
        return tuple(map(NDArray, args)), True
    own, found_jax, found_numpy = _families(args)
    foreign = not own and (found_jax or found_numpy)
    if foreign:
        return map_leaves(wrap, tuple(args)), True
    if found_jax:
        return map_leaves(lambda leaf: wrap(leaf) if isinstance(leaf, jax.Array) else leaf, tuple(args)), False
    return tuple(args), False


def family_of(args: Sequence[Any]) -> type[NDArray] | type[Symbol]:
    """Whether nested arguments hold arrays or symbols.

    Raises:
      ArgumentError: for a mix, and for neither.
    """
    if _plain(args):
        return NDArray
    families = {type(leaf) for leaf in leaves(args) if isinstance(leaf, (NDArray, Symbol))}
    arrays = any(issubclass(family, NDArray) for family in families)
    symbols = any(issubclass(family, Symbol) for family in families)
    if arrays and symbols:
        raise ArgumentError("a HybridBlock takes NDArrays or Symbols, not a mix of them: check the types of the args")
    if not arrays and not symbols:
        raise ArgumentError("In HybridBlock, there must be one array or one Symbol in the input.")
    return Symbol if symbols else NDArray


def in_mode(array: Any) -> Any:
    """An array as an `mx.np.ndarray` or as a classic one, whichever Gluon uses in this thread."""
    return array.as_np_ndarray() if is_np_array() else array.as_nd_ndarray()


def is_numpy(args: Any) -> bool:
    """Whether the first array or symbol in nested arguments is one of mx.np."""
    return next((leaf._numpy_shapes for leaf in leaves(args) if isinstance(leaf, (NDArray, Symbol))), False)


def as_family(values: dict[str, Any], args: Any) -> dict[str, Any]:
    """Arrays or symbols by name as those of mx.np if the arguments are, else as classic ones."""
    if is_numpy(args):
        return {name: value.as_np_ndarray() for name, value in values.items()}
    return {name: value.as_nd_ndarray() for name, value in values.items()}


def single_context(arrays: Sequence[NDArray]) -> Context:
    """The context of some arrays.

    Raises:
      ArgumentError: for arrays on several contexts.
    """
    ctx = arrays[0].context
    if any(array.context != ctx for array in arrays[1:]):
        raise ArgumentError(
            f"a hybridized block takes inputs of one context, and found {contexts(arrays)}: check their .ctx"
        )
    return ctx
