"""``gluax migrate``: what a script written for MXNet needs before it runs on gluax."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gluax.cli.common import AsJson, console, print_json, table
from gluax.errors import ModelFileNotFoundError
from gluax.migration import findings


def migrate(
    scripts: Annotated[list[Path], typer.Argument(help="Python files that import mxnet.", show_default=False)],
    as_json: AsJson = False,
):
    """Report what scripts use that gluax lacks or does otherwise, with the line and what to do. Runs nothing.

    Exit code 1 when something is absent. What is left is to write gluax for mxnet in the import lines.
    """
    found = []
    for path in scripts:
        if not path.is_file():
            raise ModelFileNotFoundError(f"no such file: {path}")
        found += [(str(path), each) for each in findings(path.read_text(encoding="utf-8"), str(path))]
    if as_json:
        print_json([{"file": path, **asdict(each)} for path, each in found])
    elif not found:
        console.print("nothing to change but the import lines")
    else:
        rows = [(f"{path}:{each.line}", each.name, each.kind, each.advice) for path, each in found]
        console.print(table(f"{len(rows)} places to look at", ("line", "name", "in gluax", "advice"), rows))
    raise typer.Exit(any(each.kind == "absent" for _, each in found))
