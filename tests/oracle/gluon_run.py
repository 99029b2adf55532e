"""Run a case of the Gluon table in a package with MXNet's interface and note what can be seen. Alike on both sides."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.gluon_cases import GluonCase, draw_parameter

EXPORTED = ("model-symbol.json", "model-0000.params")


class Observation:
    """What a run shows: `facts` that JSON can hold, and the outputs of each mode as numpy arrays in order."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {"warnings": {}}
        self.eager: list[np.ndarray] | None = None
        self.hybridized: list[np.ndarray] | None = None
        self.static: list[np.ndarray] | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Note the warnings given inside."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        if caught:
            self.facts["warnings"][name] = [[item.category.__name__, str(item.message)] for item in caught]


@contextmanager
def fresh_names(mx: Any) -> Iterator[None]:
    """Counters start at zero, as in a new process."""
    mx.AttrScope._subgraph_names.clear()
    with mx.name.NameManager(), mx.AttrScope():
        yield


def given(mx: Any, value: Any) -> Any:
    """Numpy arrays as NDArrays, in the same nesting."""
    if isinstance(value, list):
        return [given(mx, item) for item in value]
    return mx.nd.array(value, dtype=value.dtype) if isinstance(value, np.ndarray) else value


def flat(value: Any) -> list[Any]:
    """The arrays of nested outputs, in order."""
    if isinstance(value, (list, tuple)):
        return [item for part in value for item in flat(part)]
    return [] if value is None else [value]


def structure(value: Any) -> Any:
    """Nesting, with the kinds of containers, and dtype and shape of each array."""
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *[structure(item) for item in value]]
    return None if value is None else f"{np.dtype(value.dtype).name}{tuple(value.shape)}"


def described(block: Any) -> dict[str, Any]:
    """Names and properties of the parameters, and the printed form."""
    params = block.collect_params()
    structural = block._collect_params_with_prefix()
    return {
        "repr": repr(block),
        "names": [block.name, block.prefix],
        "params": [
            [key, p.name, p.shape, np.dtype(p.dtype).name, p.grad_req, p.lr_mult, p.wd_mult]
            for key, p in params.items()
        ],
        "structural": [[key, p.name] for key, p in structural.items()],
    }


def fill(mx: Any, block: Any) -> None:
    """Give every parameter but constants the values that its name and shape decide."""
    for name, parameter in block.collect_params().items():
        if not isinstance(parameter, mx.gluon.Constant):
            dtype = np.dtype(parameter.dtype).name
            parameter.set_data(mx.nd.array(draw_parameter(name, parameter.shape, dtype), dtype=dtype))


def built(mx: Any, case: GluonCase, arguments: list[Any], seen: Observation) -> Any:
    """The block with its weights; deferred shapes come from a first call."""
    with seen.stage("build"):
        block = case.build(mx)
    seen.facts["before"] = described(block)
    with seen.stage("initialize"):
        block.initialize()
    with seen.stage("first call"):
        call(mx, case, block, arguments)
    fill(mx, block)
    seen.facts["after"] = described(block)
    return block


def call(mx: Any, case: GluonCase, block: Any, arguments: list[Any]) -> Any:
    return case.call(mx, block, arguments) if case.call else block(*arguments)


def normalised(text: str) -> str:
    """Symbol JSON with sorted attributes, and without the addresses in the names of constants' initializers."""
    return json.dumps(json.loads(re.sub(r"(\"Constant_\w+?_)\d+\"", r'\1id"', text)), sort_keys=True)


def exported(mx: Any, block: Any, folder: Path) -> dict[str, Any]:
    """Write the files; return the graph and the order of the parameters in the file."""
    block.export(str(folder / "model"))
    return {
        "symbol": normalised((folder / EXPORTED[0]).read_text()),
        "keys": list(mx.nd.load(str(folder / EXPORTED[1]))),
    }


def fed(block: Any, export: dict[str, Any], arguments: list[Any]) -> dict[str, Any]:
    """What each input of an exported graph gets: the arguments, and the states that a recurrent layer makes itself."""
    arrays = flat(arguments)
    if len(arguments) == 1 and hasattr(block, "begin_state") and hasattr(block, "_layout"):
        arrays += block.begin_state(arrays[0].shape[block._layout.find("N")])
    variables = [node["name"] for node in json.loads(export["symbol"])["nodes"] if node["op"] == "null"]
    stored = [key[4:] for key in export["keys"]]
    places = {f"data{i}": array for i, array in enumerate(arrays)} | {"data": arrays[0]}
    free = [name for name in variables if name not in stored]
    return {name: places.get(name, arrays[number]) for number, name in enumerate(free)}


def condensed(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts of a large network: names and shapes as they are, graphs and printed forms as checksums."""

    def checksum(value: Any) -> str:
        return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

    after = facts["after"]
    short = {name: checksum(facts[name]) for name in ("before", "after", "export")}
    return {**facts, **short, "params": [[name, shape] for name, _, shape, *_ in after["params"]]}


def observe(
    mx: Any,
    case: GluonCase,
    folder: Path,
    then: Callable[[Any, list[Any], Observation], None] | None = None,
) -> Observation:
    """Build, initialise, call eagerly, hybridize, call, export into `folder`; `then` looks at more."""
    seen = Observation()
    with fresh_names(mx):
        arguments = given(mx, case.arrays())
        block = built(mx, case, arguments, seen)
        with seen.stage("call"):
            outputs = call(mx, case, block, arguments)
        seen.facts["eager"] = structure(outputs)
        seen.eager = [output.asnumpy() for output in flat(outputs)]
        if case.hybrid:
            with seen.stage("hybridize"):
                block.hybridize()
            with seen.stage("hybridized call"):
                outputs = call(mx, case, block, arguments)
            seen.facts["hybridized"] = structure(outputs)
            seen.hybridized = [output.asnumpy() for output in flat(outputs)]
        if case.hybrid and case.export:
            with seen.stage("export"):
                seen.facts["export"] = exported(mx, block, folder)
        if then is not None:
            then(block, arguments, seen)
    return seen
