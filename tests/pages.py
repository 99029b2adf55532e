"""Running the Python that documents show."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import jax
import pytest
from jax.experimental.compilation_cache import compilation_cache

from tests.networks import DIGITS_FILES


def blocks_of(page: Path) -> list[str]:
    """The page's blocks of Python."""
    found = re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)
    assert found, f"{page.name} shows no Python"
    return found


def run_page(page: Path, folder: Path, namespace: dict[str, Any]) -> dict[str, Any]:
    """Run a page's blocks as written, in order, in one namespace.

    Args:
      page: the document.
      folder: where they run; the digits classifier lies there as model-symbol.json and model-0000.params.
      namespace: what the page takes for granted.

    Returns:
      What is left.
    """
    for source, name in zip(DIGITS_FILES, ("model-symbol.json", "model-0000.params")):
        shutil.copy(source, folder / name)
    found, cache = dict(namespace), jax.config.jax_compilation_cache_dir
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        try:
            for code in blocks_of(page):
                exec(compile(code, str(page), "exec"), found)
        finally:
            jax.config.update("jax_compilation_cache_dir", cache)  # what a page turns on is the process's
            compilation_cache.reset_cache()
    return found
