"""Control flow beyond its gold (tests/test_graphs.py): random keys, training, inference of shapes, transformations, errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gluax.errors import ArgumentError, GluaxError, ShapeError
from gluax.ir.json_reader import read_symbol, read_symbol_file
from gluax.lowering.infer import infer
from gluax.lowering.program import Program
from gluax.ops import registry

GRAPHS = Path(__file__).parent / "golden" / "graphs"


def program_of(name: str) -> Program:
    return Program(read_symbol_file(GRAPHS / name / "model-symbol.json"))


def run(op: str, inputs: list[Any], subgraphs: list[Any], **attrs: Any) -> Any:
    """Call an operator on Python functions in the place of subgraphs."""
    attrs = {"num_args": len(inputs) + len(subgraphs), **attrs}
    given = [lambda values, key=None, body=body: list(body(*values)) for body in subgraphs]
    return registry.get(op).function(*map(jnp.asarray, inputs), subgraphs=tuple(given), **attrs)


def foreach(body: Any, data: Any, *states: Any) -> Any:
    count = len(states)
    attrs = {"in_data_locs": (0,), "in_state_locs": tuple(range(1, count + 1)), "remain_locs": ()}
    return run("_foreach", [data, *states], [body], num_outputs=count + 1, num_out_data=1, **attrs)


def while_loop(condition: Any, body: Any, limit: int, *variables: Any) -> Any:
    places = tuple(range(len(variables)))
    attrs = {"cond_input_locs": places, "func_input_locs": places, "func_var_locs": places, "max_iterations": limit}
    return run("_while_loop", list(variables), [condition, body], num_outputs=len(places) + 1, num_out_data=1, **attrs)


def cond(test: Any, then: Any, otherwise: Any, *inputs: Any) -> Any:
    places = tuple(range(len(inputs)))
    attrs = {f"{name}_input_locs": places for name in ("cond", "then", "else")}
    return run("_cond", list(inputs), [test, then, otherwise], num_outputs=1, **attrs)


def test_every_iteration_draws_with_a_key_of_its_own() -> None:
    program, a = program_of("foreach_dropout"), jnp.ones((4, 50))
    (found,), _ = program({"a": a}, training=True, key=jax.random.key(0))
    rows = np.asarray(found)
    assert set(np.unique(rows)) == {0, 2}
    assert len({row.tobytes() for row in rows}) == 4
    (again,), _ = program({"a": a}, training=True, key=jax.random.key(0))
    assert np.array_equal(rows, again)


def test_only_subgraphs_that_draw_need_a_key() -> None:
    program, a = program_of("foreach_dropout"), jnp.ones((4, 50))
    assert np.array_equal(program({"a": a})[0][0], a)
    with pytest.raises(ArgumentError, match="rng="):
        program({"a": a}, training=True)


def test_moving_statistics_inside_a_loop_stay() -> None:
    program = program_of("foreach_batch_norm")
    shapes = {"a": (4, 2, 3), "s": (2, 3), **{f"bn_{n}": (3,) for n in ("gamma", "beta", "moving_mean", "moving_var")}}
    values = {name: jnp.ones(shape) for name, shape in shapes.items()}
    values["a"] = jax.random.normal(jax.random.key(0), (4, 2, 3))
    outputs, aux = program(values, training=True)
    assert (program.aux_names, aux) == ((), {})
    # In training the batch's own statistics count: less the state (1, 2, 4, 8), each slice has mean beta.
    states = 2.0 ** np.arange(4)[:, None, None]
    np.testing.assert_allclose((np.asarray(outputs[0]) - states).mean(1), np.ones((4, 3)), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        (
            "foreach_two_states",
            {"a": (5, 2, 4), "b": (5, 2, 3), "h": (2, 3), "scale": (1, 3)},
            {"gate_weight": (3, 4), "hidden_weight": (3, 3), "c": (2, 3)},
        ),
        ("foreach_batch_norm", {"a": (4, 2, 3)}, {"s": (2, 3), "bn_gamma": (3,), "bn_moving_var": (3,)}),
        ("while_ends_early", {"i": (1,), "x": (2, 3)}, {"fc_weight": (3, 3), "fc_bias": (3,)}),
        ("cond_then", {"a": (2, 4), "p": (1,)}, {"yes_weight": (3, 4), "no_weight": (3, 4), "no_bias": (3,)}),
    ],
)
def test_shapes_flow_into_and_out_of_subgraphs(name: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    graph = read_symbol_file(GRAPHS / name / "model-symbol.json")
    found = infer(graph, given, dict.fromkeys(given, "float16"))
    shapes = {node.name: found.shapes[id(node), 0] for node in graph.variables}
    assert {variable: shapes[variable] for variable in expected} == expected
    assert all(found.shape(head) is not None and found.dtype(head) == "float16" for head in graph.heads)


def test_locations_that_do_not_fit_are_an_error() -> None:
    text = (GRAPHS / "foreach_stateless" / "model-symbol.json").read_text()
    assert '"remain_locs": "[0]"' in text
    graph = read_symbol(text.replace('"remain_locs": "[0]"', '"remain_locs": "[]"'))
    with pytest.raises(ShapeError, match=r"_foreach0.*do not fit"):
        infer(graph, {"a": (3, 2, 4)})
    with pytest.raises(GluaxError, match="_foreach0"):
        Program(graph)({"a": jnp.ones((3, 2, 4)), "w": jnp.ones((5, 2))})


def test_foreach_is_one_scan_whatever_the_length() -> None:
    def body(x: Any, s: Any) -> Any:
        return x * s, s + x

    lengths = {len(str(jax.make_jaxpr(lambda a: foreach(body, a, np.float32(1)))(jnp.ones(n)))) for n in (10, 90)}
    assert len(lengths) == 1


def test_transformations() -> None:
    def body(x: Any, s: Any) -> Any:
        return x * s, s + x

    data = jnp.arange(6, dtype=jnp.float32).reshape(2, 3)
    whole = jax.vmap(lambda row: foreach(body, row, np.float32(1))[0])(data)
    single = [foreach(body, row, np.float32(1))[0] for row in data]
    assert np.array_equal(whole, jnp.stack(single))
    branch = jax.vmap(lambda x: cond(lambda x: [x > 2], lambda x: [x * 2], lambda x: [-x], x)[0])(data[1])
    assert branch.tolist() == [6, 8, 10]
    count = jax.vmap(lambda x: while_loop(lambda x: [x < 4], lambda x: [x, x + 1], 5, x)[1])(data[0])
    assert count.tolist() == [4, 4, 4]


def test_rows_of_iterations_that_did_not_happen_are_zero() -> None:
    rows, last = while_loop(lambda i: [i < 3], lambda i: [i + 5, i + 1], 6, np.zeros(1, np.float32))
    assert rows.ravel().tolist() == [5, 6, 7, 0, 0, 0]
    assert last.tolist() == [3]
    rows, last = while_loop(lambda i: [i < 0], lambda i: [i + 5, i + 1], 2, np.zeros(1, np.float32))
    assert (rows.ravel().tolist(), last.tolist()) == ([0, 0], [0])


def test_gradient_stops_where_the_loop_stops() -> None:
    # The body is not finite once the condition fails; nothing of it may reach the gradient.
    def last(x: jax.Array) -> jax.Array:
        return while_loop(lambda x: [x > 0.5], lambda x: [x, x - 1 / x**2 * 0 - 1], 5, x)[1].sum()

    assert jax.grad(last)(jnp.asarray([2.0])).tolist() == [1]
    assert jax.grad(lambda x: cond(lambda x: [x > 0], lambda x: [x * 2], lambda x: [1 / x], x)[0])(1.0) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: foreach(lambda x, s: (x, s + x), np.ones((2, 3), "f"), np.float32(1)), "state 0 must keep its shape"),
        (lambda: foreach(lambda x: (x,), np.float32(1)), "leading axis"),
        (lambda: while_loop(lambda i: [i < 3], lambda i: [i, i[None]], 4, np.ones(1, "f")), "state 0 must keep"),
        (lambda: while_loop(lambda i: [i < 3], lambda i: [i, i], 4, np.ones(2, "f")), "one element, got shape"),
        (lambda: cond(lambda x: [x > 0], lambda x: [x], lambda x: [x[None]], np.float32(1)), "one shape and dtype"),
        (lambda: cond(lambda x: [x > 0], lambda x: [x], lambda x: [x], np.ones((2, 2), "f")), "one element"),
    ],
)
def test_errors(call: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        call()


def test_lengths_must_agree() -> None:
    program = program_of("foreach_two_states")
    shapes = {"a": (5, 2, 4), "b": (4, 2, 3), "h": (2, 3), "c": (2, 3), "scale": (1, 3)}
    shapes |= {"gate_weight": (3, 4), "gate_bias": (3,), "hidden_weight": (3, 3), "hidden_bias": (3,)}
    with pytest.raises(ShapeError, match=r"_foreach0.*same length"):
        program({name: jnp.ones(shape) for name, shape in shapes.items()})
