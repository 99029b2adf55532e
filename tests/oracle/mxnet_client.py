"""The other end of `tests.oracle.mxnet_worker`: asks real MXNet, and survives its crashes."""

from __future__ import annotations

import io
import json
import os
import selectors
import subprocess
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.case import Case
from tests.oracle.question import Question

PATIENCE = 60.0  # seconds until an answer that does not come counts as a crash
ROOT = Path(__file__).resolve().parents[2]


class Refused(Exception):
    """MXNet raised an error."""


class Crashed(Exception):
    """MXNet's process died, or hung."""


class MXNet:
    """A process with MXNet; started when first asked, and again after a crash.

    Args:
      python: the interpreter of MXNet's environment.
      onednn: whether it runs oneDNN's kernels, which some operators need; MXNet's own are the reference.
    """

    def __init__(self, python: str, *, onednn: bool = False) -> None:
        self._python = python
        # One thread: the operators are tiny, and the tester runs a process for each core.
        self._env = {**os.environ, "MXNET_MKLDNN_ENABLED": str(int(onednn)), "OMP_NUM_THREADS": "1"}
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, case: Case) -> dict[str, np.ndarray]:
        """Outputs, gradients and auxiliary states of a case.

        Raises:
          Refused, Crashed
        """
        _, payload = self._request({"case": json.loads(case.to_json())})
        with np.load(io.BytesIO(payload)) as file:
            return dict(file)

    def infer(self, question: Question) -> list[list[Any]]:
        """What MXNet answers to a question about shapes or types.

        Raises:
          Refused, Crashed
        """
        return self._request({"question": asdict(question)})[0]

    def _request(self, request: dict[str, Any]) -> tuple[Any, bytes]:
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            with selectors.DefaultSelector() as ready:
                ready.register(process.stdout, selectors.EVENT_READ)
                line = process.stdout.readline() if ready.select(PATIENCE) else b""
            answer = json.loads(line)
            payload = process.stdout.read(answer["size"])
        except (BrokenPipeError, ValueError):
            self.close()
            raise Crashed(f"MXNet died of or hung on {request}") from None
        if answer["error"] is not None:
            raise Refused(answer["error"])
        return answer["found"], payload

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with suppress(BrokenPipeError):  # of what was not sent yet
                        stream.close()
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        command = [self._python, "-m", "tests.oracle.mxnet_worker"]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=self._env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
