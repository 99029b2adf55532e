"""Shape and dtype inference of a symbol, with MXNet's conventions.

Outside numpy shape semantics 0 is an unknown dimension and () an unknown shape; with them -1 and None.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from gluax.errors import NameLookupError
from gluax.ir.graph import Entry, Graph
from gluax.ir.np_shape import is_np_shape
from gluax.lowering.infer import Inferred, infer, known
from gluax.lowering.program import auxiliary_names
from gluax.ops.operator import PartialShape

if TYPE_CHECKING:
    pass

Shapes = list[tuple[int, ...] | None]
Types = list[Any]

_MANY = 10  # arguments named in a warning


class Inference:
    """Mixin: `infer_shape`, `infer_type` and their partial forms."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def graph(self) -> Graph:
            """The symbol's graph."""
            ...

    def infer_shape(
        self, *args: tuple[int, ...] | None, **kwargs: tuple[int, ...]
    ) -> tuple[Shapes, Shapes, Shapes] | tuple[None, None, None]:
        """Infer all shapes from those of some variables.

        Args:
          *args: shapes in the order of `list_arguments`; None for one that is not given.
          **kwargs: shapes by name. They take precedence over a variable's own ``shape=``.

        Returns:
          The shapes of arguments, outputs and auxiliary states; (None, None, None), and a UserWarning that
          names the arguments concerned, when not all follow.

        Raises:
          ShapeError: (an `MXNetError`) on a contradiction; names the node.
          TypeError: for a shape that is no tuple of integers.
        """
        shapes = self.infer_shape_partial(*args, **kwargs)
        if all(shape is not None and known(shape_in(shape)) for group in shapes for shape in group):
            return shapes
        unknown = "None or -1s" if is_np_shape() else "0s"
        _warn("shape", f" ({unknown} in shape means unknown dimensions)", self.graph, shapes[0], _is_unknown_shape)
        return None, None, None

    def infer_shape_partial(
        self, *args: tuple[int, ...] | None, **kwargs: tuple[int, ...]
    ) -> tuple[Shapes, Shapes, Shapes]:
        """As `infer_shape`, with unknown dimensions and shapes where nothing follows."""
        names, aux = _split_names(self.graph)
        given = _merge("shapes", names, args, kwargs)
        _require_known(given, self.graph)
        shapes = {name: _checked_shape(name, shape) for name, shape in given.items()}
        found = _run(self.graph, shapes=shapes)
        return _by_group(self.graph, aux, lambda entry: shape_out(found.shape(entry)))

    def infer_type(self, *args: Any, **kwargs: Any) -> tuple[Types, Types, Types] | tuple[None, None, None]:
        """Infer all dtypes from those of some variables.

        Args and errors: as `infer_shape`, with anything that numpy takes for a dtype.

        Returns:
          The types (``numpy.float32`` ...) of arguments, outputs and auxiliary states; (None, None, None), and a
          UserWarning, when not all follow.
        """
        types = self.infer_type_partial(*args, **kwargs)
        if all(dtype is not None for group in types for dtype in group):
            return types
        _warn("type", "", self.graph, types[0], lambda dtype: dtype is None)
        return None, None, None

    def infer_type_partial(self, *args: Any, **kwargs: Any) -> tuple[Types, Types, Types]:
        """As `infer_type`, with None where nothing follows."""
        names, aux = _split_names(self.graph)
        given = _merge("types", names, args, kwargs)
        _require_known(given, self.graph)
        types = {name: np.dtype(dtype).name for name, dtype in given.items()}
        found = _run(self.graph, types=types, only_types=True)
        return _by_group(self.graph, aux, lambda entry: _type_out(found.dtype(entry)))


def shape_in(shape: tuple[int, ...]) -> PartialShape:
    """From MXNet's spelling of a partial shape, under the semantics in force, to ours."""
    if is_np_shape():
        return tuple(shape)
    return tuple(-1 if size == 0 else size for size in shape) or None


def shape_out(shape: PartialShape) -> tuple[int, ...] | None:
    """From our spelling of a partial shape to MXNet's."""
    if is_np_shape():
        return shape
    return () if shape is None else tuple(0 if size == -1 else size for size in shape)


def _type_out(dtype: str | None) -> Any:
    return None if dtype is None else np.dtype(dtype).type


def _run(graph: Graph, **known_things: Any) -> Inferred:
    # MXNet's 64-bit types are real, whatever the user's configuration of JAX.
    with jax.enable_x64(True):
        return infer(graph, numpy_shape=is_np_shape(), **known_things)


def _split_names(graph: Graph) -> tuple[list[str], frozenset[str]]:
    aux = frozenset(auxiliary_names(graph))
    return [node.name for node in graph.variables if node.name not in aux], aux


def _merge(what: str, names: list[str], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    if args and kwargs:
        raise ValueError(f"Can only specify known argument {what} either by positional or kwargs way.")
    if len(args) > len(names):
        raise TypeError(f"{len(args)} {what} were given for the {len(names)} arguments {names}")
    pairs = zip(names, args) if args else kwargs.items()
    return {name: value for name, value in pairs if value is not None}


def _checked_shape(name: str, shape: Any) -> PartialShape:
    if not isinstance(shape, tuple):
        raise TypeError(f"Arguments need to be shapes (tuple), but {name!r} is {type(shape)}.")
    for size in shape:
        if not isinstance(size, (int, np.integer)):
            raise TypeError(f"the shape of {name!r} must be integers, not {shape}")
    return shape_in(tuple(int(size) for size in shape))


def _require_known(given: Iterable[str], graph: Graph) -> None:
    names = [node.name for node in graph.variables]
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise NameLookupError(f"there are no arguments {unknown}; candidates are {names}")


def _by_group(
    graph: Graph, aux: frozenset[str], read: Callable[[Entry], Any]
) -> tuple[list[Any], list[Any], list[Any]]:
    arguments = [read(Entry(node)) for node in graph.variables if node.name not in aux]
    states = [read(Entry(node)) for node in graph.variables if node.name in aux]
    return arguments, [read(head) for head in graph.heads], states


def _is_unknown_shape(shape: tuple[int, ...] | None) -> bool:
    return shape is None or not known(shape_in(shape))


def _warn(what: str, note: str, graph: Graph, found: list[Any], is_unknown: Callable[[Any], bool]) -> None:
    names, _ = _split_names(graph)
    missing = [f"{name}: {value}" for name, value in zip(names, found) if is_unknown(value)]
    shown = [*missing[:_MANY], *(["..."] if len(missing) > _MANY else [])]
    warnings.warn(
        f"Cannot decide {what} for the following arguments{note}. Consider providing them as input:\n\t"
        + "\n\t".join(shown),
        stacklevel=3,
    )
