"""Scenarios: functions of `mx` that run alike in MXNet and in gluax and return facts that JSON can hold."""

from __future__ import annotations

import inspect
import json
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).resolve().parents[1] / "golden"

Scenario = Callable[[Any], Any]


class Scenarios(dict[str, Scenario]):
    """The scenarios of a family, by name; MXNet's facts are in ``tests/golden/<family>.json``."""

    def __init__(self, family: str) -> None:
        super().__init__()
        self.path = GOLDEN / f"{family}.json"

    def add(self, function: Scenario) -> Scenario:
        assert function.__name__ not in self
        self[function.__name__] = function
        return function

    def run(self, name: str, mx: Any) -> Any:
        """Run a scenario with fresh names; return its facts as JSON would give them back."""
        mx.AttrScope._subgraph_names.clear()
        with mx.name.NameManager(), mx.AttrScope():
            return json.loads(json.dumps(self[name](mx)))

    def write_gold(self, mx: Any) -> None:
        """Run all of them, in MXNet."""
        gold = {name: self.run(name, mx) for name in self}
        self.path.write_text(json.dumps(gold, indent=1, sort_keys=True) + "\n")
        print(f"{self.path.name}: {len(gold)} scenarios")

    def check(self, name: str, mx: Any) -> None:
        """Run a scenario in gluax, and fail on every fact that is not MXNet's."""
        gold = json.loads(self.path.read_text())
        assert name in gold, f"no gold for {name}: run `python -m tests.oracle.make_symbol_gold`"
        with on_mxnets_device(self[name]) as device:
            found = json.dumps(self.run(name, mx)).replace(device, "cpu(0)")
        found = differences(json.loads(found), gold[name])
        assert not found, "\n".join(found)


@contextmanager
def on_mxnets_device(scenario: Scenario) -> Iterator[str]:
    """Where JAX's default is no CPU, as MXNet's is: the default context's text, for which MXNet says ``cpu(0)``.

    A scenario that names CPU contexts is about them, and has the CPU for its default in gluax too.
    """
    import jax  # not in MXNet's environment, where nothing is checked

    from gluax.context import default_context

    if re.search(r"\bcpu\w*\(", inspect.getsource(scenario)):
        with jax.default_device(jax.local_devices(backend="cpu")[0]):
            yield "cpu(0)"
    else:
        yield str(default_context())


def raised(function: Callable[[], Any]) -> dict[str, list[str]]:
    """The classes of the exception that `function` raises, most special one first."""
    try:
        function()
    except Exception as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        return {"raises": ["MXNetError" if name == "GluaxError" else name for name in names]}
    return {"raises": []}


def warned(function: Callable[[], Any]) -> list[Any]:
    """What `function` returns, and the warnings it gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function()
    return [result, [[warning.category.__name__, str(warning.message)] for warning in caught]]


def differences(found: Any, expected: Any, path: str = "") -> list[str]:
    """Where `found` differs. An exception must be of MXNet's most special class; it may be of others besides."""
    if isinstance(expected, dict) and "raises" in expected and isinstance(found, dict) and "raises" in found:
        wanted = (expected["raises"] or [None])[0]
        same = wanted in found["raises"] if wanted else not found["raises"]
        return [] if same else [f"{path}: raised {found['raises'][:1]}, expected {wanted}"]
    if isinstance(expected, dict) and isinstance(found, dict) and set(expected) == set(found):
        return [line for key in expected for line in differences(found[key], expected[key], f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(found, expected))
        return [line for number, (f, e) in pairs for line in differences(f, e, f"{path}[{number}]")]
    return [] if found == expected else [f"{path}: found {found!r}, expected {expected!r}"]
