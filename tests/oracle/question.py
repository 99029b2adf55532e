"""What inference is asked about an operator, alike in both packages. Standard library only."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.case import Case


@dataclass(frozen=True)
class Question:
    """Partial inference on a symbol: given these shapes, or these types, what follows for everything else?

    Attributes:
      symbol: the symbol's JSON.
      shapes: known shapes by variable, under MXNet's conventions for unknown sizes; None to ask for types.
      types: known types by variable.
      numpy: ask under numpy shape semantics.
    """

    symbol: str
    shapes: dict[str, Any] | None = None
    types: dict[str, str] = field(default_factory=dict)
    numpy: bool = False

    def ask(self, mx: Any) -> list[list[Any]]:
        """The shapes (lists) or types (names) of arguments, outputs and auxiliary states; None for an unknown one.

        Args:
          mx: mxnet or gluax.
        """
        with mx.util.np_shape(self.numpy), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            symbol = mx.sym.load_json(self.symbol)
            if self.shapes is None:
                groups = symbol.infer_type_partial(**self.types)
                return [[_type_name(dtype) for dtype in group] for group in groups]
            shapes = {name: tuple(shape) for name, shape in self.shapes.items()}
            groups = symbol.infer_shape_partial(**shapes)
            return [[None if shape is None else list(shape) for shape in group] for group in groups]


def _type_name(dtype: Any) -> str | None:
    import numpy as np

    return None if dtype is None else np.dtype(dtype).name


def _followed(case: Case) -> str:
    """The case's graph with its first output added to a variable ``like``, so that knowledge flows back into it."""
    graph = json.loads(case.symbol_json())
    last = len(graph["nodes"]) - 1
    graph["nodes"] += [
        {"op": "null", "name": "like", "inputs": []},
        {"op": "elemwise_add", "name": "sum", "inputs": [[last, 0, 0], [last + 1, 0, 0]]},
    ]
    graph["arg_nodes"].append(last + 1)
    graph["heads"] = [[last + 2, 0, 0]]
    return json.dumps(graph)


def questions(case: Case, output_shape: list[int], output_type: str) -> list[Question]:
    """Questions about the operator of a case, whose first output has this shape and type."""
    plain, followed = case.symbol_json(), _followed(case)
    shapes = {f"in{i}": list(spec.shape) for i, spec in enumerate(case.specs)}
    types = {f"in{i}": spec.dtype for i, spec in enumerate(case.specs)}
    unknown = -1 if case.numpy else 0
    asked: list[dict[str, Any]] = [{}]  # shapes that are known
    asked += [{name: shape} for name, shape in shapes.items()]
    asked += [{n: s for n, s in shapes.items() if n != hidden} for hidden in shapes if len(shapes) > 2]
    for name, shape in shapes.items():  # one size unknown: the first, the last
        for axis in {0, len(shape) - 1} if shape else ():
            asked.append({**shapes, name: [unknown if i == axis else size for i, size in enumerate(shape)]})
    given = [{}, types, *({name: dtype} for name, dtype in types.items())]
    found = [Question(plain, shapes=known, numpy=case.numpy) for known in asked]
    found += [Question(plain, types=known, numpy=case.numpy) for known in given]
    if output_type == "bool":  # the addition takes no booleans
        return found
    back: list[dict[str, Any]] = [{}, *({n: [unknown, *s[1:]]} for n, s in shapes.items() if s)]
    found += [Question(followed, shapes={**known, "like": output_shape}, numpy=case.numpy) for known in back]
    return [*found, Question(followed, types={"like": output_type}, numpy=case.numpy)]
