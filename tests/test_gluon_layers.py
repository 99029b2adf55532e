"""Every layer, cell, loss and composition of tests/oracle/gluon_cases against MXNet 1.9.1.

Names, shapes, printed forms, warnings, exported graphs; outputs eager, hybridized and static; MXNet's files imported.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import gluax as mx
from gluax.gluon import Constant, SymbolBlock
from tests.gluon_gold import compare_facts, compare_modes, compare_outputs, expected
from tests.oracle.gluon_cases import LAYERS, load
from tests.oracle.gluon_run import EXPORTED, Observation, call, draw_parameter, fed, flat, given, observe

CASES = load(LAYERS)
# Without parameters there is nothing to bind and nothing to read.
WITH_PARAMETERS = [name for name in CASES if expected("layers", name)["after"]["params"]]


@pytest.mark.parametrize("name", CASES)
def test_as_mxnet(name: str, tmp_path: Path) -> None:
    case = CASES[name]

    def static(block, arguments, seen: Observation) -> None:
        if case.hybrid and name in WITH_PARAMETERS:
            block.hybridize(static_alloc=True, static_shape=True)
            seen.static = [output.asnumpy() for output in flat(call(mx, case, block, arguments))]

    seen = observe(mx, case, tmp_path, then=static)
    compare_facts("layers", name, seen.facts)
    compare_modes("layers", case, seen)


@pytest.mark.parametrize("name", [name for name in WITH_PARAMETERS if CASES[name].hybrid and CASES[name].export])
def test_imports_mxnets_export(name: str, tmp_path: Path) -> None:
    case, seen = CASES[name], expected("layers", name)
    drawn = {key: draw_parameter(key, tuple(shape), dtype) for key, _, shape, dtype, *_ in seen["after"]["params"]}
    block = _built(name)
    constants = {key: p.value.asnumpy() for key, p in block.collect_params().items() if isinstance(p, Constant)}
    values = {**drawn, **constants}
    files = [str(tmp_path / name) for name in EXPORTED]
    Path(files[0]).write_text(seen["export"]["symbol"])
    mx.nd.save(
        files[1], {key: mx.nd.array(values[key[4:]], dtype=values[key[4:]].dtype) for key in seen["export"]["keys"]}
    )
    inputs = fed(block, seen["export"], given(mx, case.arrays()))
    outputs = flat(SymbolBlock.imports(files[0], list(inputs), files[1])(*inputs.values()))
    compare_outputs("layers", case, [output.asnumpy() for output in outputs], "imported")


def _built(name: str):
    with mx.name.NameManager(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # counted in the other test
        return CASES[name].build(mx)
