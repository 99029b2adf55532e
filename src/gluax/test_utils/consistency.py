"""Whether a symbol computes the same in several contexts and dtypes."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gluax.errors import ArgumentError
from gluax.ndarray import array
from gluax.symbol import Symbol
from gluax.test_utils.checking import Requests
from gluax.test_utils.comparing import Tolerance, assert_almost_equal, get_tols


def check_consistency(
    sym: Symbol | Sequence[Symbol],
    ctx_list: Sequence[Mapping[str, Any]],
    scale: float = 1.0,
    grad_req: Requests = "write",
    arg_params: dict[str, Any] | None = None,
    aux_params: dict[str, Any] | None = None,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    raise_on_err: bool = True,
    ground_truth: Mapping[str, Any] | None = None,
    equal_nan: bool = False,
    use_uniform: bool = False,
    rand_type: Any = np.float64,
) -> dict[str, Any]:
    """Fail unless a symbol has the same outputs and gradients in several contexts and dtypes.

    The most precise dtype of the first output is the judge; the first outputs serve as gradients of the outputs.

    Args:
      sym: the symbol, or one for each of `ctx_list`, with the same arguments and outputs.
      ctx_list: what `Symbol.simple_bind` is called with: ``ctx``, shapes by name, ``type_dict``.
      scale: the spread of random arguments.
      grad_req: as of `Symbol.bind`; "null" looks at outputs alone.
      arg_params: values of arguments, by name; random ones are added to it.
      aux_params: values of auxiliary states, by name; the others, 0, are added to it.
      rtol, atol, equal_nan: see `assert_almost_equal`.
      raise_on_err: whether to fail; else what differs is printed.
      ground_truth: outputs and gradients by name to compare with.
      use_uniform: whether random arguments are uniformly distributed; else normally.
      rand_type: the dtype of random arguments before they take that of each executor.

    Returns:
      The outputs and gradients of the judge, or `ground_truth`.

    Raises:
      AssertionError: where they differ; also for fewer than two contexts.
    """
    symbols = [sym] * len(ctx_list) if isinstance(sym, Symbol) else list(sym)
    if len(ctx_list) < 2 or len(symbols) != len(ctx_list):
        raise ArgumentError(f"{len(symbols)} symbols and {len(ctx_list)} contexts; two or more are needed, of both")
    listed = {(tuple(each.list_arguments()), tuple(each.list_outputs())) for each in symbols}
    if len(listed) > 1:
        raise ArgumentError(f"the symbols differ in their arguments or outputs: {sorted(listed)}")
    bindable: list[Any] = symbols
    executors = [each.simple_bind(grad_req=grad_req, **spec) for each, spec in zip(bindable, ctx_list)]
    arguments, states = arg_params if arg_params is not None else {}, aux_params if aux_params is not None else {}
    _fill(executors, arguments, states, scale, use_uniform, rand_type)
    for executor in executors:
        executor.forward(is_train=False)
    kinds = [np.dtype(executor.outputs[0].dtype) for executor in executors]
    judge = int(np.argmax([kind.itemsize for kind in kinds]))
    comparison = _Comparison(kinds, judge, ground_truth, (rtol, atol), equal_nan, raise_on_err)
    truth = comparison.run("inference", [dict(executor.output_dict) for executor in executors])
    if grad_req == "null":
        return truth
    _step(executors)
    return comparison.run("training", [{**executor.output_dict, **executor.grad_dict} for executor in executors])


class _Comparison(NamedTuple):
    """How the arrays of several executors are compared with those of one of them, the judge, or with the truth."""

    kinds: list[np.dtype]
    judge: int
    ground_truth: Mapping[str, Any] | None
    tolerances: tuple[Tolerance, Tolerance]
    equal_nan: bool
    raise_on_err: bool

    def run(self, stage: str, named: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Compare; return what was compared with."""
        truth = named[self.judge] if self.ground_truth is None else dict(self.ground_truth)
        for number, found in enumerate(named):
            for name, value in found.items() if number != self.judge else ():
                if value is None or truth[name] is None:
                    continue
                pair = (value, self.kinds[number]), (truth[name], self.kinds[self.judge])
                try:
                    tols = _coarser_tols(*pair, *self.tolerances)
                    assert_almost_equal(value, truth[name], *tols, equal_nan=self.equal_nan)
                except AssertionError:
                    print(f"{stage}: {name} of executor {number} is not that of {self.judge}")
                    if self.raise_on_err:
                        raise
                    traceback.print_exc()
        return truth


def _fill(executors: Sequence[Any], arguments: dict, states: dict, scale: float, uniform: bool, kind: Any) -> None:
    """Write the same values to all executors, rounded to their dtypes; gradients to be added to begin at 0."""
    for name, held in sorted(executors[0].arg_dict.items()):
        if name not in arguments:
            size = held.shape
            draw = np.random.uniform(-0.92 * scale, 0.92 * scale, size) if uniform else np.random.normal(0, scale, size)
            arguments[name] = np.asarray(draw, kind)
    for executor in executors:
        for name, held in executor.arg_dict.items():
            held[:] = arguments[name]
        for name, held in executor.aux_dict.items():
            held[:] = states.setdefault(name, 0)
        for held in executor.grad_dict.values():
            if held is not None:
                held[:] = 0


def _step(executors: Sequence[Any]) -> None:
    """Forwards and backwards; the gradients of the outputs are the first one's outputs, in the coarsest dtype."""
    for executor in executors:
        executor.forward(is_train=True)
    heads = []
    for number, output in enumerate(executors[0].outputs):
        dtypes = [np.dtype(executor.outputs[number].dtype) for executor in executors]
        heads.append(output.astype(min(dtypes, key=lambda dtype: dtype.itemsize)).asnumpy())
    for executor in executors:
        executor.backward([array(head, out.context, out.dtype) for head, out in zip(heads, executor.outputs)])


def _coarser_tols(
    found: tuple[Any, Any], truth: tuple[Any, Any], rtol: Tolerance, atol: Tolerance
) -> tuple[float, float]:
    """Tolerances where a float32 gradient may come from float16 outputs: those of the coarser of both."""
    coarse = [
        np.empty(0, min(np.dtype(value.dtype), kind, key=lambda dtype: dtype.itemsize))
        for value, kind in (found, truth)
    ]
    return get_tols(coarse[0], coarse[1], rtol, atol)
