"""Run the table of Gluon blocks in real MXNet 1.9.1 (``nox -s oracle`` makes the environment):

    python -m tests.oracle.make_gluon [family/label ...]     with names: only look, write nothing

Writes into tests/golden/gluon, for the layers and for the model zoo, <table>.json.gz (names, shapes, printed forms,
warnings, exported graphs, by case) and <table>.npz: per dtype one flat array, in which the facts tell where each
output lies.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "0")
os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"

import mxnet as mx
import numpy as np

from tests.compare import assert_close
from tests.oracle.gluon_cases import LAYERS, ZOO, GluonCase, load
from tests.oracle.gluon_run import Observation, condensed, observe

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "gluon"


class Store:
    """Flat arrays by dtype; `add` returns where the values went."""

    def __init__(self) -> None:
        self.parts: dict[str, list[np.ndarray]] = {}

    def add(self, array: np.ndarray) -> list[Any]:
        parts = self.parts.setdefault(array.dtype.name, [])
        start = sum(part.size for part in parts)
        parts.append(array.ravel())
        return [array.dtype.name, list(array.shape), start]

    def arrays(self) -> dict[str, np.ndarray]:
        return {name: np.concatenate(parts) for name, parts in self.parts.items()}


def run(case: GluonCase) -> Observation:
    with tempfile.TemporaryDirectory() as folder:
        seen = observe(mx, case, Path(folder))
    # MXNet must agree with itself, or the case proves nothing.
    for index, (hybridized, eager) in enumerate(zip(seen.hybridized or [], seen.eager or [])):
        assert_close(hybridized, eager, name=f"{case.name} output {index} hybridized")
    return seen


def write(table: str, cases: dict[str, GluonCase]) -> int:
    """Run the cases and store what they show; return how many MXNet could not run."""
    store, found, failed = Store(), {}, 0
    for name, case in cases.items():
        try:
            seen = run(case)
            mx.nd.waitall()
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {str(error).splitlines()[0][:300]}", flush=True)
            failed += 1
            continue
        facts = condensed(seen.facts) if table == "zoo" else seen.facts
        found[name] = {**facts, "outputs": [store.add(output) for output in seen.eager or seen.hybridized]}
    GOLDEN.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, sort_keys=True, separators=(",", ":"))
    (GOLDEN / f"{table}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    np.savez_compressed(GOLDEN / f"{table}.npz", **store.arrays())
    sizes = {path.name: path.stat().st_size for path in GOLDEN.glob(f"{table}.*")}
    print(f"{table}: {len(found)} cases, {failed} failed; {sizes}")
    return failed


def main() -> None:
    tables = {"layers": load(LAYERS), "zoo": load(ZOO)}
    if sys.argv[1:]:
        every = tables["layers"] | tables["zoo"]
        for name in sys.argv[1:]:
            print(json.dumps(run(every[name]).facts, indent=1))
    elif sum([write(table, cases) for table, cases in tables.items()]):
        sys.exit(1)


if __name__ == "__main__":
    main()
