"""Run the symbol scenarios in real MXNet 1.9.1 and write ``tests/golden/symbol.json``.

    python -m tests.oracle.make_symbol_gold
"""

from __future__ import annotations

import json
from pathlib import Path

import mxnet as mx

import tests.oracle.symbol_inference_scenarios  # noqa: F401  adds its scenarios
from tests.oracle.symbol_scenarios import SCENARIOS, run

GOLD = Path(__file__).resolve().parents[1] / "golden" / "symbol.json"


def main() -> None:
    gold = {name: run(name, mx) for name in SCENARIOS}
    GOLD.write_text(json.dumps(gold, indent=1, sort_keys=True) + "\n")
    print(f"{len(gold)} scenarios")


if __name__ == "__main__":
    main()
