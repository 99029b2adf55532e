"""`Symbol.optimize_for`: rewriting a symbol and its arrays by a backend."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from gluax.compile.numbers import mxnet_numbers
from gluax.context import Context
from gluax.ir.graph import Graph
from gluax.ir.params_dtypes import FLAG_BY_DTYPE
from gluax.lowering.program import auxiliary_names
from gluax.passes.backends import apply_backend

if TYPE_CHECKING:
    from gluax.symbol.symbol import Symbol

_STORAGE_TYPES = ("undefined", "default", "row_sparse", "csr")

Named = dict[str, Any]


class Partitioning:
    """Mixin: `optimize_for` and `get_backend_symbol`."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def graph(self) -> Graph:
            """The symbol's graph."""
            ...

    def optimize_for(
        self,
        backend: str,
        args: Named | None = None,
        aux: Named | None = None,
        ctx: Context | None = None,
        shape_dict: Mapping[str, tuple[int, ...]] | None = None,
        type_dict: Mapping[str, Any] | None = None,
        stype_dict: Mapping[str, str] | None = None,
        skip_infer: bool = False,
        **kwargs: Any,
    ) -> Symbol:
        """Return the symbol as a backend rewrites it.

        Args:
          backend: a name registered with `gluax.register_pass` or `gluax.register_subgraph`, or "default" or
            "inference".
          args: arrays of arguments by name. The dictionary is changed in place: parameters that the backend made
            are added, those that the new symbol has no more are removed.
          aux: arrays of auxiliary states, likewise.
          ctx: checked only; shapes and dtypes are what backends see.
          shape_dict: shapes of variables without an array in `args`.
          type_dict: dtypes of variables without an array in `args`.
          stype_dict: checked only: arrays here are dense.
          skip_infer: do not tell the backend the shapes and dtypes of variables.
          **kwargs: the backend's options.

        Raises:
          NameLookupError: (an `MXNetError`) for an unknown backend; MXNet logs it and returns the symbol unchanged.
          ArgumentError, AttributeParseError: for an option that the backend does not have.
          RuntimeError: when the backend made new parameters and `args` is None.
          TypeError, ValueError: for values of other types in the dictionaries.
        Warns:
          UserWarning: when a parameter is gone from the symbol and the dictionary to remove it from is None.
        """
        assert isinstance(backend, str), f"backend must be a name, not {backend!r}"
        assert args is None or isinstance(args, dict), f"args must be a dict, not {type(args).__name__}"
        assert aux is None or isinstance(aux, dict), f"aux must be a dict, not {type(aux).__name__}"
        assert ctx is None or isinstance(ctx, Context), f"ctx must be a Context, not {ctx!r}"
        variables = {node.name for node in self.graph.variables}
        values = {name: value for name, value in {**(args or {}), **(aux or {})}.items() if name in variables}
        with mxnet_numbers():
            arrays = {name: _array(name, value) for name, value in values.items()}
            structs = _structs(arrays, shape_dict or {}, type_dict or {}, stype_dict or {})
            graph, found = apply_backend(backend, self.graph, arrays, kwargs, {} if skip_infer else structs)
        originals = {name: (values[name], array) for name, array in arrays.items()}
        _update({"args": args, "aux": aux}, originals, found, self.graph, graph)
        return cast("Symbol", type(self)(graph.heads))  # type: ignore[call-arg]

    def get_backend_symbol(self, backend: str) -> Symbol:
        """Return the symbol as a backend rewrites it without knowing any array.

        Raises:
          NameLookupError: (an `MXNetError`) for an unknown backend.
        """
        with mxnet_numbers():
            graph, _ = apply_backend(backend, self.graph)
        return cast("Symbol", type(self)(graph.heads))  # type: ignore[call-arg]


def _array(name: str, value: Any) -> jax.Array:
    """The JAX array in an NDArray, or that of a JAX or numpy array."""
    data = getattr(value, "_data", value)
    if not isinstance(data, (jax.Array, np.ndarray)):
        raise TypeError(f"expected arrays by name, but {name!r} is a {type(value).__name__}")
    return jnp.asarray(data)


def _structs(
    arrays: Mapping[str, jax.Array],
    shapes: Mapping[str, tuple[int, ...]],
    types: Mapping[str, Any],
    storage: Mapping[str, str],
) -> dict[str, jax.ShapeDtypeStruct]:
    for shape in shapes.values():
        if not isinstance(shape, (tuple, list)):
            raise ValueError(f"{shape} has to be a tuple or list.")
    dtypes = {name: np.dtype(dtype) for name, dtype in types.items()}
    for dtype in dtypes.values():
        if dtype not in FLAG_BY_DTYPE:
            raise ValueError(f"{dtype.type} is not a MXNet type.")
    for kind in storage.values():
        if kind not in _STORAGE_TYPES:
            raise ValueError(f"{kind} is not a MXNet storage type.")
    told = {n: jax.ShapeDtypeStruct(tuple(s), dtypes.get(n, np.dtype("float32"))) for n, s in shapes.items()}
    return told | {name: jax.ShapeDtypeStruct(array.shape, array.dtype) for name, array in arrays.items()}


Originals = Mapping[str, tuple[Any, jax.Array]]


def _update(
    given: dict[str, Named | None], originals: Originals, arrays: Mapping[str, jax.Array], old: Graph, new: Graph
) -> None:
    """Bring the caller's dictionaries, args and aux, in line with the new graph.

    Args:
      given: the dictionaries; None for one that was not passed.
      originals: what they held, as the caller's kind of array and as ours.
      arrays: the arrays of the new graph.
      old, new: the graphs.
    """
    before, after = _names_by_kind(old), _names_by_kind(new)
    for kind, named in given.items():
        here = {name: array for name, array in arrays.items() if name in after[kind]}
        if named is not None:
            for name in before[kind] - after[kind]:
                named.pop(name, None)
            named.update({name: _returned(name, array, originals) for name, array in here.items()})
        elif here:
            raise RuntimeError(
                f"Cannot add new {kind} in optimize_for since {kind} is None: pass a dictionary, to which {list(here)} "
                "can be added"
            )
        elif before[kind] - after["args"] - after["aux"]:
            warnings.warn(
                "A param was deleted during optimization, but no args dictionary was provided.\n"
                "Please ensure that your model weights match the newly optimized model.",
                stacklevel=3,
            )


def _names_by_kind(graph: Graph) -> dict[str, set[str]]:
    aux = set(auxiliary_names(graph))
    return {"args": {node.name for node in graph.variables} - aux, "aux": aux}


def _returned(name: str, array: jax.Array, originals: Originals) -> Any:
    """The caller's own object for an array that did not change, and one of its kind for a new one."""
    if name in originals and originals[name][1] is array:
        return originals[name][0]
    sample = next((value for value, _ in originals.values() if hasattr(value, "_data")), None)
    return array if sample is None else type(sample)(array, sample.context)
