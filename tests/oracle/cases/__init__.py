"""One module of cases per operator family, named after its file in `gluax.ops`.

Each module has

- `CASES`, a list: the fixed cases, whose results in MXNet are committed as gold;
- `GENERATORS`, a dict from each operator of the family to a function of a `Draw` that returns one random valid `Case`,
  for the differential tester: every attribute, dtype, shape and kind of data that MXNet takes;
- `NOTES`, a dict from operators to what gluax does otherwise than MXNet, or what is not compared, and why;
- where MXNet needs oneDNN for it, `ONEDNN = True`; where its answers to the fixed cases depend on the processor,
  `FRESH = False`: they are then not run on fresh data.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType

from tests.oracle.case import Case
from tests.oracle.draw import Draw

FAMILIES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def family_module(family: str) -> ModuleType:
    return importlib.import_module(f"tests.oracle.cases.{family}")


def cases_of(family: str) -> list[Case]:
    """The fixed cases of a family."""
    cases: list[Case] = list(family_module(family).CASES)
    ids = [case.id for case in cases]
    repeated = {name for name in ids if ids.count(name) > 1}
    if repeated:
        raise ValueError(f"family {family}: the same case twice: {sorted(repeated)}")
    return cases


def generators() -> dict[str, Callable[[Draw], Case]]:
    """The generator of each operator."""
    found: dict[str, Callable[[Draw], Case]] = {}
    for family in FAMILIES:
        for name, generator in getattr(family_module(family), "GENERATORS", {}).items():
            if name in found:
                raise ValueError(f"operator {name} has two generators, one in {family}")
            found[name] = generator
    return found


def notes() -> dict[str, str]:
    """What is to be known of operators whose behaviour or test is not wholly MXNet's."""
    return {name: note for family in FAMILIES for name, note in getattr(family_module(family), "NOTES", {}).items()}
