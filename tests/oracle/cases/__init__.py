"""One module of cases per operator family, named after its file in `gluax.ops`.

Each module has `CASES`, a list, and may have `random_cases(random) -> list[Case]`: random valid
shapes and attributes for the live comparison.
"""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np

from tests.oracle.case import Case

FAMILIES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def cases_of(family: str, seed: int = 0) -> list[Case]:
    """The fixed cases of a family; with a seed, the same on other data plus the family's random cases."""
    module = importlib.import_module(f"tests.oracle.cases.{family}")
    cases: list[Case] = list(module.CASES)
    ids = [case.id for case in cases]
    repeated = {name for name in ids if ids.count(name) > 1}
    if repeated:
        raise ValueError(f"family {family}: the same case twice: {sorted(repeated)}")
    if seed:
        make = getattr(module, "random_cases", lambda random: [])
        cases += make(np.random.RandomState(seed))
        cases = list({case.id: case.with_seed(seed) for case in cases}.values())  # chance may repeat a case
    return cases
