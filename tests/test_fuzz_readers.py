"""Whatever a file holds, only gluax's own errors come out of the readers, and memory stays bounded.

``GLUAX_FUZZ_EXAMPLES`` sets how many inputs each reader gets; `tests.fuzz_readers` runs many more.
"""

from __future__ import annotations

import os
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz_readers import DATA, check_params, check_symbol, mutate_bytes, mutate_json, symbol_seeds

EXAMPLES = int(os.environ.get("GLUAX_FUZZ_EXAMPLES", "2000"))
SYMBOLS = symbol_seeds(largest=6_000)
PARAMS = [path.read_bytes() for path in sorted(DATA.glob("*.params")) + sorted(DATA.glob("*.npz"))]

# A failing input is shown by the seed that makes it; deadlines belong to the runner, which has the machine to itself.
fuzz = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
seed = st.integers(0, 2**64 - 1)


@fuzz
@given(seed)
def test_symbols_with_another_structure(seed):
    rng = random.Random(seed)
    check_symbol(mutate_json(rng.choice(SYMBOLS), rng.choice(SYMBOLS), rng))


@fuzz
@given(seed)
def test_symbols_with_other_bytes(seed):
    rng = random.Random(seed)
    check_symbol(mutate_bytes(rng.choice(SYMBOLS), rng.choice(SYMBOLS), rng))


@fuzz
@given(seed)
def test_parameters_with_other_bytes(seed):
    rng = random.Random(seed)
    check_params(mutate_bytes(rng.choice(PARAMS), rng.choice(PARAMS), rng))


@given(st.binary(max_size=300))
def test_noise(content):
    check_symbol(content)
    check_params(content)
    check_params((0x112).to_bytes(16, "little") + content)


def test_the_real_files_are_accepted():
    assert sum(map(check_symbol, SYMBOLS)) > len(SYMBOLS) / 2
    assert all(map(check_params, PARAMS))
