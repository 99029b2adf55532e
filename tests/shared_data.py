"""Where tests find the material that is not part of the project, and the marker for tests that need it."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"

requires_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared models are not at {SHARED}")


def shared_files(pattern: str) -> list[Path]:
    """Files below the shared folder, sorted; none where the folder is absent."""
    return sorted(SHARED.glob(pattern))


def shared_id(path: Path) -> str:
    """A test id: the file's place in the shared folder."""
    return str(path.relative_to(SHARED))
