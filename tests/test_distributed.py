"""Several processes, by JAX's distributed runtime over loopback: ``gluax run --distributed`` and the example."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
import pytest

from gluax.cli import main
from tests.networks import DIGITS_FILES, digits_block, pictures

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "distributed_inference.py"


def run_two(*command: str) -> list[str]:
    """Run a command twice at once, on a device and on two; the words of each are formatted with `port` and `number`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [_start([word.format(port=port, number=number) for word in command]) for number in range(2)]
    try:
        outputs = [process.communicate(timeout=120) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], outputs
    return [out for out, _ in outputs]


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    env = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    return subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    )


def test_run_over_two_processes(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", pictures(12))
    files, source, target = map(str, DIGITS_FILES), tmp_path / "x.npy", tmp_path / "out.npz"
    options = ["--distributed", "--coordinator", "127.0.0.1:{port}", "--processes", "2", "--process-id", "{number}"]
    first, second = run_two(
        "-c", "from gluax.cli import main; main()", "run", *files, "-i", f"data={source}", "-o", str(target), *options
    )
    assert "written to" in first
    assert second == ""
    with np.load(target) as file:
        (found,) = file.values()
    np.testing.assert_allclose(found, digits_block()(pictures(12)), rtol=1e-5, atol=1e-5)


def test_the_example_over_two_processes(tmp_path: Path) -> None:
    first, _ = run_two(str(EXAMPLE), str(tmp_path / "out.npy"), "127.0.0.1:{port}", "2", "{number}")
    found = np.load(tmp_path / "out.npy")
    assert f"{len(found)} rows on 4 devices of 2 processes\n" in first
    np.testing.assert_allclose(found, digits_block()(pictures(len(found) + 1)), rtol=1e-5, atol=1e-5)


def test_options_without_distributed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["gluax", "run", *map(str, DIGITS_FILES), "--processes", "2"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "go with --distributed" in capsys.readouterr().err


def test_without_a_cluster_the_error_names_the_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def initialize(*arguments: object) -> None:  # what JAX's own says, which works before the first computation only
        assert arguments == (None, None, None)
        raise ValueError("coordinator_address should be defined.")

    monkeypatch.setattr(jax.distributed, "initialize", initialize)
    monkeypatch.setattr("sys.argv", ["gluax", "run", *map(str, DIGITS_FILES), "--distributed"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "give --coordinator" in capsys.readouterr().err
