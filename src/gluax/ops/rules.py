"""Inference rules shared by operator families: shapes and dtypes that need no running of the operator."""

from __future__ import annotations

from gluax.errors import DTypeError, ShapeError
from gluax.ops.operator import Attrs, PartialShape, TypeRule

Shapes = list[PartialShape]
Types = list[str | None]


def merge_shapes(first: PartialShape, second: PartialShape) -> PartialShape:
    """Combine what two sources know of one shape.

    Raises:
      ShapeError: when they contradict each other.
    """
    if first is None or second is None:
        return second if first is None else first
    if len(first) != len(second):
        raise ShapeError(f"shape {first} has another rank than {second}")
    merged = []
    for a, b in zip(first, second):
        if a != b and a != -1 and b != -1:
            raise ShapeError(f"shape {first} contradicts {second}")
        merged.append(b if a == -1 else a)
    return tuple(merged)


def same_shape(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """All inputs and outputs have one shape; knowledge flows both ways (elementwise operators)."""
    known: PartialShape = None
    for shape in (*ins, *outs):
        known = merge_shapes(known, shape)
    return [known] * len(ins), [known] * len(outs)


def broadcast_shape(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """Inputs broadcast against each other, sizes aligned at the end. As in MXNet nothing flows backwards."""
    shapes = [shape for shape in ins if shape is not None]
    if len(shapes) < len(ins):
        return ins, outs
    rank = max(map(len, shapes))
    columns = zip(*((1,) * (rank - len(shape)) + shape for shape in shapes))
    return ins, [tuple(_broadcast_size(column) for column in columns)]


def _broadcast_size(sizes: tuple[int, ...]) -> int:
    """The size that decides; -1 when it may be one that is not known."""
    decided = [size for size in sizes if size not in (1, -1)]
    return decided[0] if decided else min(sizes)


def given_shape(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """The one output has the shape in attribute `shape`, whatever the inputs are."""
    return ins, [attrs.shape]


def same_type(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    """All inputs and outputs have the type of the first input whose type is known."""
    known = next((dtype for dtype in ins if dtype is not None), None)
    return [known if dtype is None else dtype for dtype in ins], [known]


def one_type(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    """As `same_type`, for operators that MXNet does not run on a mixture of types.

    Raises:
      DTypeError: when inputs are of different types.
    """
    if len({dtype for dtype in ins if dtype is not None}) > 1:
        raise DTypeError(f"the inputs must be of one type, got {ins}")
    return same_type(ins, attrs)


def fixed_type(dtype: str) -> TypeRule:
    """Outputs are of type `dtype` whatever the inputs are."""

    def rule(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
        return ins, [dtype]

    return rule


def attribute_type(name: str = "dtype") -> TypeRule:
    """Outputs are of the type in attribute `name`; None there means the type of the first input."""

    def rule(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
        given = attrs[name]
        return ins, [given if given not in (None, "None") else (ins[0] if ins else "float32")]

    return rule
