"""Cases of gluax.ops.control_flow: loops and branches over small random bodies.

Every value in a body has one shape, so that any operator fits anywhere. Larger graphs, loops in loops and random
operators in them are in `tests.oracle.make_graphs`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from tests.oracle.case import Case, In, subgraph_of
from tests.oracle.draw import Draw

Node = tuple[str, dict[str, Any], list[str]]

_STEPS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("tanh", {}, 1),
    ("sin", {}, 1),
    ("Activation", {"act_type": "sigmoid"}, 1),
    ("softmax", {"axis": -1}, 1),
    ("_mul_scalar", {"scalar": -0.5}, 1),
    ("_plus_scalar", {"scalar": 0.25}, 1),
    ("broadcast_add", {}, 2),
    ("elemwise_mul", {}, 2),
    ("broadcast_maximum", {}, 2),
    ("broadcast_sub", {}, 2),
)


class Body:
    """A subgraph under construction, and the variables it reads in MXNet's order: as a walk from its heads meets them."""

    def __init__(self, nodes: Sequence[Node], heads: Sequence[str]) -> None:
        self.graph = subgraph_of(*nodes, heads=heads)
        by_name = {f"n{index}": node for index, node in enumerate(nodes)}
        found: dict[str, None] = {}

        def walk(name: str) -> None:
            for source in by_name[name][2] if name in by_name else ():
                walk(source)
            if name not in by_name:
                found.setdefault(name)

        for head in heads:
            walk(head)
        self.variables = tuple(found)

    def places(self, inputs: Sequence[str]) -> tuple[int, ...]:
        """Where the operator's inputs hold each variable."""
        return tuple(inputs.index(name) for name in self.variables)


def _body(draw: Draw, variables: Iterable[str], heads: int, more: Sequence[Node] = ()) -> Body:
    """Random steps over all the variables with `heads` outputs; then `more` nodes, each an output too."""
    values = list(variables)
    loose = set(values)
    nodes: list[Node] = []

    def add(op: str, attrs: dict[str, Any], inputs: list[str]) -> str:
        nodes.append((op, attrs, inputs))
        loose.difference_update(inputs)
        return f"n{len(nodes) - 1}"

    for _ in range(draw.integer(0, 3)):
        op, attrs, arity = draw.choice(_STEPS)
        values.append(add(op, attrs, [draw.choice(values) for _ in range(arity)]))
        loose.add(values[-1])
    outputs = [add("tanh", {}, [draw.choice(values)]) for _ in range(heads - 1)]
    rest = sorted(loose) or [values[-1]]
    outputs.append(add("add_n", {"num_args": len(rest)}, rest))
    return Body([*nodes, *more], [*outputs, *(f"n{len(nodes) + index}" for index in range(len(more)))])


def _shuffled(draw: Draw, names: Iterable[str]) -> list[str]:
    return list(draw.some(tuple(names), low=len(tuple(names))))


def _shape_and_type(draw: Draw) -> tuple[tuple[int, ...], str]:
    return draw.integers(2, 1, 3), draw.choice(("float32", "float32", "float64"))


def _draw_foreach(draw: Draw) -> Case:
    shape, dtype = _shape_and_type(draw)
    arrays = [f"a{index}" for index in range(draw.integer(1, 2))]
    states = [f"s{index}" for index in range(draw.integer(0, 2))]
    fixed = [f"f{index}" for index in range(draw.integer(0, 2))]
    outputs = draw.integer(0 if states else 1, 2)
    body = _body(draw, (*arrays, *states, *fixed), outputs + len(states))
    length = draw.integer(1, 4)
    inputs = [In((length, *shape) if name in arrays else shape, dtype) for name in (*arrays, *states, *fixed)]
    attrs = {f"{kind}_locs": tuple(body.variables.index(name) for name in names)
             for kind, names in (("in_data", arrays), ("in_state", states), ("remain", fixed))}  # fmt: skip
    count = outputs + len(states)
    attrs |= {"num_args": len(inputs) + 1, "num_outputs": count, "num_out_data": outputs}
    return Case("_foreach", tuple(inputs), attrs, count, grad=draw.flag(0.7), subgraphs=(body.graph,))


def _draw_while(draw: Draw) -> Case:
    """A loop that counts; its limit is a number in the condition, or comes from outside."""
    shape, dtype = _shape_and_type(draw)
    start, limit, most = draw.integer(-1, 1), draw.number(1, 4, 1), draw.integer(1, 5)
    rounds = min(most, math.ceil(limit - start))
    outside = draw.flag()
    test: Node = ("broadcast_lesser", {}, ["i", "bound"]) if outside else ("_lesser_scalar", {"scalar": limit}, ["i"])
    condition = Body([test], ["n0"])
    variables = [f"x{index}" for index in range(draw.integer(1, 2))]
    fixed = [f"f{index}" for index in range(draw.integer(0, 2))]
    outputs = draw.integer(0, 2)
    body = _body(draw, (*variables, *fixed), outputs + len(variables), [("_plus_scalar", {"scalar": 1}, ["i"])])
    names = _shuffled(draw, dict.fromkeys((*condition.variables, *body.variables)))
    scalars = {"i": In(values=[[start]], dtype=dtype), "bound": In(values=[[limit]], dtype=dtype)}
    places = body.variables
    attrs = {
        "num_args": len(names) + 2,
        "num_outputs": outputs + len(variables) + 1,
        "num_out_data": outputs,
        "max_iterations": most,
        "cond_input_locs": condition.places(names),
        "func_input_locs": body.places(names),
        "func_var_locs": tuple(places.index(name) for name in (*variables, "i")),
    }
    inputs = tuple(scalars.get(name, In(shape, dtype)) for name in names)
    return Case(
        "_while_loop", inputs, attrs, attrs["num_outputs"], grad=not outside and draw.flag(0.9), rows=(rounds,) * outputs,
        subgraphs=(condition.graph, body.graph),
    )  # fmt: skip


def _draw_cond(draw: Draw) -> Case:
    shape, dtype = _shape_and_type(draw)
    shared, outputs = [f"x{index}" for index in range(draw.integer(1, 2))], draw.integer(1, 3)
    outside = draw.flag()
    test: Node = ("broadcast_greater", {}, ["p", "q"]) if outside else ("_greater_scalar", {"scalar": 0}, ["p"])
    condition = Body([test], ["n0"])
    branches = [_body(draw, (*draw.some(shared, 1), own), outputs) for own in ("y", "z")]
    subgraphs = (condition, *branches)
    names = _shuffled(draw, dict.fromkeys(name for body in subgraphs for name in body.variables))
    attrs = {f"{kind}_input_locs": body.places(names) for kind, body in zip(("cond", "then", "else"), subgraphs)}
    attrs |= {"num_args": len(names) + 3, "num_outputs": outputs}
    inputs = tuple(In((1,)) if name in "pq" else In(shape, dtype) for name in names)
    return Case("_cond", inputs, attrs, outputs, grad=draw.flag(0.7), subgraphs=tuple(body.graph for body in subgraphs))


_SUM = Body([("elemwise_mul", {}, ["s", "a"]), ("broadcast_add", {}, ["n0", "f"])], ["n0", "n1"])
_BOUND = Body([("_lesser_scalar", {"scalar": 2.5}, ["i"])], ["n0"])
_STEP = Body([("_plus_scalar", {"scalar": 1}, ["i"]), ("broadcast_mul", {}, ["x", "n0"])], ["n1", "n0", "n1"])
_TEST = Body([("broadcast_greater", {}, ["p", "q"])], ["n0"])
_THEN, _ELSE = Body([("sin", {}, ["x"])], ["n0"]), Body([("elemwise_mul", {}, ["y", "x"])], ["n0"])

CASES = [
    Case(
        "_foreach", ((3, 2), (2,), (2,)),
        {"num_args": 4, "num_outputs": 2, "num_out_data": 1, "in_state_locs": (0,), "in_data_locs": (1,), "remain_locs": (2,)},
        2, grad=True, subgraphs=(_SUM.graph,),
    ),
    *[
        Case(
            "_while_loop", (In(values=[start]), (2,)),
            {"num_args": 4, "num_outputs": 3, "num_out_data": 1, "max_iterations": 4, "cond_input_locs": (0,),
             "func_input_locs": _STEP.places(["i", "x"]), "func_var_locs": (1, 0)},
            3, grad=True, rows=(rounds,), subgraphs=(_BOUND.graph, _STEP.graph),
        )
        for start, rounds in ((0, 3), (-9, 4))
    ],
    *[
        Case(
            "_cond", ((2,), In(values=[p]), In(values=[0]), (2,)),
            {"num_args": 7, "num_outputs": 1, "cond_input_locs": (1, 2), "then_input_locs": (0,), "else_input_locs": (3, 0)},
            grad=True, subgraphs=(_TEST.graph, _THEN.graph, _ELSE.graph),
        )
        for p in (-1, 1)
    ],
]  # fmt: skip

GENERATORS = {"_foreach": _draw_foreach, "_while_loop": _draw_while, "_cond": _draw_cond}

NOTES = {
    "_while_loop": "Rows of iterations that did not happen hold whatever was in MXNet's memory; gluax puts zeros there. "
    "MXNet refuses a loop without an iteration, and "
    "has no gradient of one whose condition reads an input that the body does not; gluax has it.",
    "_foreach": "A loop in a loop has no gradient in MXNet; gluax has it. In a body where elemwise_add adds a state or an "
    "input from outside to something, MXNet's gradient of these can be wrong (that of broadcast_add is right); gluax's "
    "is right.",
}
