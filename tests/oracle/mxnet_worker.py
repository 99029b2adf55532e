"""Real MXNet as a service for the live comparison, in its own environment.

Each line of the standard input is a request as JSON, ``{"case": ...}`` or ``{"question": ...}``. The answer is a line of
JSON, ``{"error": text or null, "found": value or null, "size": n}``, and n bytes of npz: for a case what
`make_gold.run_case` found, for a question (see `tests.oracle.question`) the inferred shapes or types in `found`.
"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any


def _run(fields: dict[str, Any]) -> bytes:
    import numpy as np

    from tests.oracle.case import Case
    from tests.oracle.make_gold import run_case

    buffer = io.BytesIO()
    np.savez(buffer, **run_case(Case.from_json(json.dumps(fields))))
    return buffer.getvalue()


def _infer(fields: dict[str, Any]) -> Any:
    import mxnet as mx

    from tests.oracle.question import Question

    return Question(**fields).ask(mx)


def main() -> None:
    # MXNet and what it loads print to the standard output; the answers need a channel of their own.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin:
        payload, found, error = b"", None, None
        try:
            request = json.loads(line)
            if "case" in request:
                payload = _run(request["case"])
            else:
                found = _infer(request["question"])
        except Exception as refusal:
            error = f"{type(refusal).__name__}: {str(refusal)[:2000]}"
        header = {"error": error, "found": found, "size": len(payload)}
        answers.write(json.dumps(header).encode() + b"\n" + payload)
        answers.flush()


if __name__ == "__main__":
    main()
