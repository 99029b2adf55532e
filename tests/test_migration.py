"""What `gluax migrate` finds in scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gluax.cli import app
from gluax.errors import ArgumentError
from gluax.migration import findings

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))

OLD = """
import mxnet as mx
from mxnet import gluon, nd as F
from mxnet.gluon import nn
import mxnet.symbol
from mxnet.contrib import amp

store = mx.kv.create("dist_sync")
x = F.sparse.csr_matrix(mx.nd.ones((2, 3)))
net = nn.Dense(3)
mx.random.seed(3)
y = mxnet.symbol.FullyConnected(mx.sym.Variable("x"), num_hidden=2).no_such_attribute
z = x.tostype("csr")
it = mx.io.LibSVMIter(data_libsvm="x")
mx.nd.no_such_operator(x)
other.kv.create()
"""


def test_every_place_is_found() -> None:
    found = [(each.line, each.name, each.kind) for each in findings(OLD)]
    assert found == [
        (6, "amp", "absent"),
        (8, "mx.kv.create", "absent"),
        (9, "F.sparse.csr_matrix", "absent"),
        (11, "mx.random.seed", "otherwise"),
        (13, ".tostype", "otherwise"),
        (14, "mx.io.LibSVMIter", "absent"),
        (15, "mx.nd.no_such_operator", "absent"),
    ]
    advice = {each.name: each.advice for each in findings(OLD)}
    assert "docs/many-devices.md" in advice["mx.kv.create"]
    assert "no_such_operator" in advice["mx.nd.no_such_operator"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_that_run_need_nothing(path: Path) -> None:
    assert [each for each in findings(path.read_text()) if each.kind == "absent"] == []


def test_python_2_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"old\.py, line 2: not Python 3"):
        findings("import mxnet as mx\nprint mx", "old.py")


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text(OLD)
    (tmp_path / "new.py").write_text("import mxnet as mx\nmx.nd.ones(2)\n")
    for name, code in (("old.py", 1), ("new.py", 0)):
        done = CliRunner().invoke(app, ["migrate", str(tmp_path / name), "--json"])
        assert done.exit_code == code, done.output
        expected = [each.line for each in findings((tmp_path / name).read_text())]
        assert [each["line"] for each in json.loads(done.output)] == expected
