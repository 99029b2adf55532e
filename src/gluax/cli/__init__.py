"""The command line: ``gluax VERB``, one file here for each verb.

Exit codes: 0 success; 1 the model has a problem (unsupported operators, missing parameters), or runs differ;
2 the command could not be carried out (bad arguments, unreadable files).
"""

from __future__ import annotations

import sys

import typer

from gluax.cli.bench import bench
from gluax.cli.check import check
from gluax.cli.compare import compare
from gluax.cli.demo import demo
from gluax.cli.export import export
from gluax.cli.load import load
from gluax.cli.migrate import migrate
from gluax.cli.params import params
from gluax.cli.profile import profile
from gluax.cli.quantize import quantize
from gluax.cli.run import run
from gluax.cli.view import view
from gluax.errors import GluaxError

app = typer.Typer(
    name="gluax",
    help="Run Apache MXNet models on JAX.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _verb in (check, run, compare, bench, profile, params, export, load, view, quantize, migrate, demo):
    app.command()(_verb)


def main() -> None:
    """Entry point: errors of gluax become one message and exit code 2."""
    try:
        app()
    except GluaxError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
