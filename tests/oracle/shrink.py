"""Makes a failing case small: fewer attributes, smaller sizes, plainer data, as long as it still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.oracle.case import Case, In

MAX_TRIES = 60


def shrink(case: Case, fails: Callable[[Case], bool]) -> Case:
    """Return the smallest case found that still fails; at most `MAX_TRIES` are tried."""
    tries = 0
    progress = True
    while progress and tries < MAX_TRIES:
        progress = False
        for candidate in simpler(case):
            tries += 1
            if fails(candidate):
                case, progress = candidate, True
                break
            if tries >= MAX_TRIES:
                break
    return case


def simpler(case: Case) -> Iterator[Case]:
    """Candidates that are one step simpler, the boldest first."""
    specs = case.specs
    if any(spec.kind != "uniform" for spec in specs):
        yield replace(case, inputs=tuple(replace(spec, kind="uniform") for spec in specs))
    if case.grad:
        if not (case.training and case.aux):  # MXNet changes moving statistics in the backward pass
            yield replace(case, grad=False)
        wanted = case.gradient_inputs()
        if len(wanted) > 1:
            yield from (replace(case, grad=(index,)) for index in wanted)
    for name in case.attrs:
        yield replace(case, attrs={key: value for key, value in case.attrs.items() if key != name})
    for size in sorted({size for spec in specs for size in spec.shape if size > 1}, reverse=True):
        for smaller in dict.fromkeys((1, size // 2, size - 1)):
            if 0 < smaller < size:
                yield replace(case, inputs=tuple(_resized(spec, size, smaller) for spec in specs))
    for index, spec in enumerate(specs):
        for axis, size in enumerate(spec.shape):
            if size > 1 and spec.values is None and not spec.parts:
                shape = (*spec.shape[:axis], size - 1, *spec.shape[axis + 1 :])
                yield replace(case, inputs=(*specs[:index], replace(spec, shape=shape), *specs[index + 1 :]))


def _resized(spec: In, size: int, smaller: int) -> In:
    if spec.values is not None or spec.parts:
        return spec
    return replace(spec, shape=tuple(smaller if found == size else found for found in spec.shape))
