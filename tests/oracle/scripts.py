"""The scripts of ``tests/scripts``: run in MXNet as they are, and in gluax with the import lines changed.

python -m tests.oracle.scripts                     in MXNet's environment: write ``tests/golden/scripts``
python -m tests.oracle.scripts --mxnet PYTHON      in gluax's: run each in both, and compare
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "scripts"
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "scripts"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))

# What ten steps of training may add up to from rounding: of the number, and of the largest in its list.
TOLERANCE = 1e-4


def for_gluax(text: str) -> str:
    """The script with gluax in the place of MXNet, in its import lines only."""
    return re.sub(r"^(import|from) mxnet\b", r"\1 gluax", text, flags=re.MULTILINE)


def run(name: str, python: str, change: Any = lambda text: text) -> Any:
    """What the script writes, run by a Python."""
    with tempfile.TemporaryDirectory() as folder:
        script, out = Path(folder) / f"{name}.py", Path(folder) / "out.json"
        script.write_text(change((FOLDER / f"{name}.py").read_text()))
        done = subprocess.run([python, str(script), str(out)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{name} failed:\n{done.stderr[-3000:]}"
        return json.loads(out.read_text())


def differences(found: Any, expected: Any, path: str = "") -> list[str]:
    """Where two results differ by more than the tolerance; lists of numbers are compared by their largest."""
    if isinstance(expected, dict) and isinstance(found, dict) and set(found) == set(expected):
        return [line for key in expected for line in differences(found[key], expected[key], f"{path}/{key}")]
    if isinstance(expected, dict) or isinstance(found, dict):
        return [f"{path}: found {found}, expected {expected}"]
    numbers = [list(_leaves(value)) for value in (found, expected)]
    if [type(value) is str for value in numbers[0]] != [type(value) is str for value in numbers[1]]:
        return [f"{path}: found {found}, expected {expected}"]
    scale = max((abs(value) for value in numbers[1] if not isinstance(value, str)), default=0.0)
    lines = []
    for number, (a, b) in enumerate(zip(*numbers)):
        if a != b and (isinstance(a, str) or not abs(a - b) <= TOLERANCE * max(scale, 1e-3)):
            lines.append(f"{path}[{number}]: found {a!r}, expected {b!r} (largest {scale:.4g})")
    return lines


def _leaves(value: Any) -> Any:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mxnet", help="the Python of MXNet's environment")
    arguments = parser.parse_args()
    if arguments.mxnet is None:
        GOLDEN.mkdir(exist_ok=True)
        for name in NAMES:
            (GOLDEN / f"{name}.json").write_text(json.dumps(run(name, sys.executable)) + "\n")
        return
    failed = False
    for name in NAMES:
        lines = differences(run(name, sys.executable, for_gluax), run(name, arguments.mxnet))
        print(f"{name}: {'same numbers' if not lines else lines[:5]}", flush=True)
        failed = failed or bool(lines)
    sys.exit(failed)


if __name__ == "__main__":
    main()
