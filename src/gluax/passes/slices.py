"""How many rows of a batch a program should take at a time.

A C library gives freed blocks from 32 MB on back to the kernel, so that a program with large arrays takes its temporary
memory anew in every call, each page by a fault. Where the rows of a batch never meet, a loop over slices of it keeps
arrays small.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping

from gluax.ir.attributes import Shape
from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.ops.operator import Attrs
from gluax.passes.shapes import ShapesOf

# One or two arrays of this size are alive at once; together they stay within what the C library keeps.
_SLICE_BYTES = 24 << 20
_ITEM_BYTES = 4

# Operators that compute each row (index of axis 0) of their first input's rows alone; the other inputs are parameters.
_BY_ROW: dict[str, Callable[[Attrs], bool]] = {
    "_gluax_convolution": lambda attrs: True,
    "_gluax_winograd": lambda attrs: True,
    "_gluax_dense": lambda attrs: True,
    "_gluax_scale_shift": lambda attrs: True,
    "Convolution": lambda attrs: True,
    "Flatten": lambda attrs: True,
    "FullyConnected": lambda attrs: True,
    "LeakyReLU": lambda attrs: True,
    "Pooling": lambda attrs: True,
    "LRN": lambda attrs: True,
    "SoftmaxOutput": lambda attrs: True,
    "softmax": lambda attrs: attrs.axis == -1 or attrs.axis > 0,
    "log_softmax": lambda attrs: attrs.axis == -1 or attrs.axis > 0,
    "transpose": lambda attrs: attrs.axes[:1] == (0,),
}


def is_rowwise(graph: Graph, inputs: Collection[str]) -> bool:
    """Whether row i of every output depends on row i of each input, on parameters, and on no other row.

    Args:
      graph: what is left to compute of a graph once parameters are bound.
      inputs: the variables that calls feed.
    """
    known: dict[int, bool] = {}

    def by_row(node: Node) -> bool:
        if node.is_variable:
            return node.name in inputs
        call = registry.resolve(node)
        name, sources = call.operator.name, [known[id(entry.node)] for entry in node.inputs]
        if name in _BY_ROW:
            return sources[0] and not any(sources[1:]) and _BY_ROW[name](call.attrs)
        joined = call.operator.elementwise or (name == "Concat" and call.attrs.dim > 0)
        return joined and bool(sources) and all(sources)

    for node in graph.nodes:
        known[id(node)] = by_row(node)
    return all(known[id(entry.node)] for entry in graph.heads)


def rows_per_slice(graph: Graph, inputs: Collection[str], shapes: Mapping[str, Shape], cores: int) -> int | None:
    """How many rows a slice of the batch should have for its arrays to be small; None to run the batch whole.

    The batch stays whole when that is small enough, when slices would hold less than two rows for each core, and when
    reading the parameters for every slice would cost more than it saves.

    Args:
      graph: a graph, rewritten or not, whose outputs are of the sizes that will be computed.
      inputs: the variables that calls feed.
      shapes: of all variables.
      cores: how many the program will run on.
    """
    batches = {shapes[name][:1] for name in inputs if name in shapes}
    if len(batches) != 1 or batches == {()}:
        return None
    ((batch,),) = batches
    shape_of = ShapesOf(graph, shapes)
    found = [shape_of(Entry(node)) for node in graph.nodes if not node.is_variable]
    sizes = [_ITEM_BYTES * math.prod(shape) for shape in found if shape is not None]
    largest, fixed = max(sizes, default=0), sum(_ITEM_BYTES * math.prod(shapes[n]) for n in set(shapes) - set(inputs))
    if largest <= _SLICE_BYTES or fixed > sum(sizes):
        return None
    rows = max((n for n in range(1, batch) if batch % n == 0 and n * largest <= batch * _SLICE_BYTES), default=0)
    return rows if rows >= 2 * cores else None
