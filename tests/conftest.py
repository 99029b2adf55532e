"""Settings of the whole suite."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from itertools import count

import pytest

# Programs alike, of which there are many, are compiled once for all workers and their subprocesses: JAX's cache, in a
# folder of this run. JAX reads the variables when it is imported.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _folder = tempfile.mkdtemp(prefix="gluax-tests-")
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = _folder
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # the workers share an accelerator's memory

import jax

# Gold is float32's, of whose 24 bits accelerators' products keep 11 or 8 unless they are asked for all. Subprocesses too.
if jax.default_backend() != "cpu" and "JAX_DEFAULT_MATMUL_PRECISION" not in os.environ:
    os.environ["JAX_DEFAULT_MATMUL_PRECISION"] = "highest"
    jax.config.update("jax_default_matmul_precision", "highest")

# JAX keeps every executable: several megabytes per test, which thousands of tests would add up to all the memory.
_TESTS_BETWEEN_CLEARINGS = 40

_finished = count(1)


@pytest.fixture(autouse=True)
def _bounded_memory():
    yield
    if next(_finished) % _TESTS_BETWEEN_CLEARINGS == 0:
        jax.clear_caches()
