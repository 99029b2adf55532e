"""The house rules that a reader relies on: imports point down, and importing gluax stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gluax

ROOT = Path(gluax.__file__).parent

# From the bottom up; a package may import those before it (and itself).
LAYERS = (
    "errors", "patterns", "structure", "ir", "ops", "lowering", "passes", "sharding", "compile", "context", "keys", "modes", "util", "symbol",
    "jax_model", "forms", "compare", "profile", "exporting", "onnx_export", "flax", "ndarray", "random", "numpy", "numpy_extension", "autograd", "initializer", "visualization", "executor", "lr_scheduler",
    "optimizer", "metric", "model", "monitor", "callback", "io", "rnn", "module", "recordio", "image", "gluon", "test_utils", "contrib", "ray",
    "migration", "cli",
)  # fmt: skip


def imports_of(path: Path) -> set[str]:
    """Second components of the gluax modules that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "gluax":
                found.update(alias.name for alias in node.names)
            elif node.module.startswith("gluax."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found.update(a.name.split(".")[1] for a in node.names if a.name.startswith("gluax."))
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if layer == "__init__":
        return
    assert layer in LAYERS, f"{layer}: give it a place in LAYERS"
    allowed = set(LAYERS[: LAYERS.index(layer) + 1])
    assert imports_of(path) <= allowed, f"{path} may not import {sorted(imports_of(path) - allowed)}"


def test_file_layer_needs_no_jax() -> None:
    # Importing any part runs gluax/__init__, which imports jax: so look at the sources.
    for path in (ROOT / "ir").glob("*.py"):
        names = {
            (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        assert not any(name.split(".")[0] == "jax" for name in names), path


def test_import_leaves_the_command_line_alone() -> None:
    code = "import sys, gluax; print([m for m in ('typer', 'rich', 'safetensors', 'matplotlib', 'graphviz', 'flax', 'optax', 'orbax', 'ray', 'PIL') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_import_changes_no_jax_option() -> None:
    code = (
        "import jax; before = dict(jax.config.values); import gluax; "
        "assert dict(jax.config.values) == before, 'gluax changed a JAX option'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
