"""Project tasks: ``nox -s lint typecheck tests oracle bench``."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import nox

nox.options.sessions = ["lint", "typecheck", "tests"]
nox.options.reuse_existing_virtualenvs = True

# MXNet's last wheel needs an old numpy; it runs on Linux x86-64 only, in an environment of its own.
MXNET = ("mxnet==1.9.1", "numpy<1.24", "setuptools<70")


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
    """Run the case table in real MXNet: rewrite tests/golden, or compare afresh.

    nox -s oracle                 write the committed gold
    nox -s oracle -- FAMILY ...   only of these operator families
    nox -s oracle -- live [SEED]  other data, shapes and attributes; compare, write nothing
    """
    session.install(*MXNET)
    if session.posargs[:1] != ["live"]:
        session.run("python", "-m", "tests.oracle.make_gold", *session.posargs)
        return
    seed = session.posargs[1] if len(session.posargs) > 1 else str(int.from_bytes(os.urandom(2), "big") + 1)
    session.log(f"live comparison with seed {seed}")
    folder = Path(tempfile.mkdtemp(prefix="gluax-oracle-"))
    try:
        session.run("python", "-m", "tests.oracle.make_gold", "--out", str(folder), "--seed", seed)
        session.notify("live", [str(folder), seed])
    except Exception:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@nox.session
def live(session: nox.Session) -> None:
    """Second half of ``oracle -- live``: compare gluax with the gold just made."""
    folder, seed = session.posargs
    session.install("-e", ".[test]")
    env = {"GLUAX_GOLDEN": folder, "GLUAX_ORACLE_SEED": seed}
    try:
        session.run("pytest", "-n", "auto", "--dist", "worksteal", "tests/test_operators.py", env=env)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@nox.session
def bench(session: nox.Session) -> None:
    """Time gluax against MXNet and ONNX Runtime; arguments after ``--`` go to benchmarks/run.py."""
    session.install("-e", ".[bench]")
    session.run("python", "-m", "benchmarks.run", *session.posargs)
