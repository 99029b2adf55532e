"""Project tasks: ``nox -s lint typecheck tests oracle ray bench``."""

from __future__ import annotations

import shutil
import tempfile

import nox

nox.options.sessions = ["lint", "typecheck", "docs", "tests"]
nox.options.reuse_existing_virtualenvs = True

# MXNet's last wheel needs an old numpy, and runs on Linux x86-64 only, in an environment of its own; with onnx it
# exports the benchmarks' networks for ONNX Runtime.
MXNET = ("mxnet==1.9.1", "numpy<1.24", "setuptools<70", "onnx<1.15")

# Everything committed that MXNet makes: operators, graphs, networks, files, scenarios, blocks, interface, thresholds.
MAKERS = (
    "make_gold", "make_graphs", "make_networks", "make_files", "make_symbol_gold", "make_numpy_gold", "make_gluon",
    "make_api", "make_thresholds", "scripts",
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


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation as a site, in docs/_build; a warning is an error."""
    session.install("-e", ".[docs]")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "docs", "docs/_build")


@nox.session(python="3.11")
def oracle(session: nox.Session) -> None:
    """Run the tables of cases in real MXNet: rewrite the committed gold, or compare afresh.

    nox -s oracle                    write everything that MXNet makes: operators, graphs, networks, files, ...
    nox -s oracle -- FAMILY ...      only these operator families
    nox -s oracle -- live [ARG ...]  random cases of every operator in both, and gluax's exports run in MXNet; writes
                                     nothing; the arguments go to tests.oracle.differential
    """
    session.install(*MXNET)
    match session.posargs:
        case []:
            for maker in MAKERS:
                session.run("python", "-m", f"tests.oracle.{maker}")
        case ["live", *arguments]:
            session.notify("live", [f"{session.bin}/python", *arguments])
        case families:
            session.run("python", "-m", "tests.oracle.make_gold", *families)


@nox.session
def live(session: nox.Session) -> None:
    """Second step of ``oracle -- live``: compare gluax with MXNet, case by case, and export for MXNet."""
    mxnet, *arguments = session.posargs
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.oracle.differential", "--mxnet", mxnet, *arguments)
    session.run("python", "-m", "tests.oracle.inference", "--mxnet", mxnet)
    session.run("python", "-m", "tests.oracle.scripts", "--mxnet", mxnet)
    folder = tempfile.mkdtemp(prefix="gluax-exports-")
    try:
        session.run("python", "-m", "tests.oracle.check_exports", "write", folder)
        session.run(mxnet, "-m", "tests.oracle.check_exports", "compare", folder, external=True)
    finally:
        shutil.rmtree(folder)


@nox.session
def ray(session: nox.Session) -> None:
    """Batch inference on a local Ray, which is too large to install for every run of the tests."""
    session.install("-e", ".[test,ray]")
    session.run("pytest", "tests/test_ray.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Time gluax against MXNet and ONNX Runtime; arguments after ``--`` go to benchmarks/run.py."""
    session.install("-e", ".[bench]")
    session.run("python", "-m", "benchmarks.run", *session.posargs)
