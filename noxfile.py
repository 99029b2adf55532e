"""Project tasks: ``nox -s lint typecheck tests oracle bench``."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import nox

nox.options.sessions = ["lint", "typecheck", "tests"]
nox.options.reuse_existing_virtualenvs = True

# MXNet's last wheel needs an old numpy, and runs on Linux x86-64 only, in an environment of its own; with onnx it
# exports the benchmarks' networks for ONNX Runtime.
MXNET = ("mxnet==1.9.1", "numpy<1.24", "setuptools<70", "onnx<1.15")

# Everything committed that MXNet makes: operators, graphs, networks, files, scenarios, blocks, and its interface.
MAKERS = (
    "make_gold", "make_graphs", "make_networks", "make_files", "make_symbol_gold", "make_gluon", "make_api",
)  # fmt: skip


@nox.session
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install("ruff>=0.9")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def typecheck(session: nox.Session) -> None:
    """Static types."""
    session.install("-e", ".[test]", "pyright>=1.1.390")
    session.run("pyright")


@nox.session
def tests(session: nox.Session) -> None:
    """The test suite; arguments after ``--`` go to pytest."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session(python="3.11")
def oracle(session: nox.Session) -> None:
    """Run the tables of cases in real MXNet: rewrite the committed gold, or compare afresh.

    nox -s oracle                 write everything that MXNet makes: operators, graphs, networks, files, scenarios, ...
    nox -s oracle -- FAMILY ...   only these operator families
    nox -s oracle -- live [SEED]  other data, shapes and attributes, and gluax's exports run in MXNet; writes nothing
    """
    session.install(*MXNET)
    match session.posargs:
        case []:
            for maker in MAKERS:
                session.run("python", "-m", f"tests.oracle.{maker}")
        case ["live", *seeds]:
            seed = seeds[0] if seeds else str(int.from_bytes(os.urandom(2), "big") + 1)
            session.log(f"live comparison with seed {seed}")
            folder = tempfile.mkdtemp(prefix="gluax-oracle-")
            with removed_on_error(folder):
                session.run("python", "-m", "tests.oracle.make_gold", "--out", folder, "--seed", seed)
            session.notify("live", [folder, seed])
        case families:
            session.run("python", "-m", "tests.oracle.make_gold", *families)


@nox.session
def live(session: nox.Session) -> None:
    """Second step of ``oracle -- live``: compare gluax with the gold just made, and export for MXNet."""
    folder, seed = session.posargs
    session.install("-e", ".[test]")
    env = {"GLUAX_GOLDEN": folder, "GLUAX_ORACLE_SEED": seed}
    with removed_on_error(folder):
        session.run("pytest", "-n", "auto", "--dist", "worksteal", "tests/test_operators.py", env=env)
        session.run("python", "-m", "tests.oracle.check_exports", "write", f"{folder}/exports")
    session.notify("exports", [folder])


@nox.session(python="3.11")
def exports(session: nox.Session) -> None:
    """Last step of ``oracle -- live``: MXNet runs what gluax exported."""
    (folder,) = session.posargs
    session.install(*MXNET)
    try:
        session.run("python", "-m", "tests.oracle.check_exports", "compare", f"{folder}/exports")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def removed_on_error(folder: str) -> Iterator[None]:
    """Keep the folder for the next session unless this one fails."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@nox.session
def bench(session: nox.Session) -> None:
    """Time gluax against MXNet and ONNX Runtime; arguments after ``--`` go to benchmarks/run.py."""
    session.install("-e", ".[bench]")
    session.run("python", "-m", "benchmarks.run", *session.posargs)
