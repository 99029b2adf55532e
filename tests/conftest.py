"""Settings of the whole suite."""

from __future__ import annotations

from itertools import count

import jax
import pytest

# JAX keeps every executable: several megabytes per test, which thousands of tests would add up to all the memory.
_TESTS_BETWEEN_CLEARINGS = 40

_finished = count(1)


@pytest.fixture(autouse=True)
def _bounded_memory():
    yield
    if next(_finished) % _TESTS_BETWEEN_CLEARINGS == 0:
        jax.clear_caches()
