"""Shape and type inference in gluax and in real MXNet, forwards, backwards and from half of the knowledge.

    python -m tests.oracle.inference --mxnet PYTHON [FAMILY ...]

Some fixed cases of every operator; what is asked stands in `tests.oracle.question`. gluax must not contradict MXNet, and
must know all that MXNet knows; knowing more is no fault. DEVIATIONS says where it is otherwise, and why.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import gluax
from gluax.errors import GluaxError
from tests.oracle.case import Case
from tests.oracle.cases import FAMILIES, cases_of
from tests.oracle.mxnet_client import Crashed, MXNet, Refused
from tests.oracle.question import Question, questions

PER_OPERATOR = 3  # cases

_GUESS = "MXNet settles on float32 where no type is known; gluax leaves it to whatever becomes known later"
_OUTPUT = "MXNet takes the output's type for that of unknown data, which may be of any; gluax leaves it open"
_SCALAR = "MXNet takes a shape that is not known for that of a scalar"
_FUSED = "a fused node waits for the shapes of all its inputs, which the parameters of its file have"
_DOUBLE = "MXNet settles on float64 where a type is not known; gluax leaves it open"
_CONTROL = "outputs of control flow are inferred from whole shapes and forwards only"
_OTHERS = "MXNet gives a tensor of unknown type that of another one; in gluax each weight has its own"
_RANK = "gluax leaves a shape open of which MXNet knows a part"
_WRITES = "MXNet writes the shape that an input is lifted to into the input itself"

# Operators whose answers differ, with the reason.
DEVIATIONS: dict[str, str] = {
    **dict.fromkeys(("IdentityAttachKLSparseReg", "_contrib_MultiBoxPrior", "_npx_multibox_prior"), _GUESS),
    **dict.fromkeys(("InstanceNorm", "Crop", "_npi_mean", "_npi_percentile", "amp_multicast"), _GUESS),
    **dict.fromkeys(("_contrib_Proposal", "_contrib_MultiProposal"), _GUESS),
    **dict.fromkeys(("_npi_insert_scalar", "_npi_insert_slice", "_npi_insert_tensor"), _WRITES),
    **dict.fromkeys(
        ("_npi_eig", "_npi_eigh", "_npi_solve", "_npi_tensorinv", "_npi_tensorsolve", "_npi_eigvals", "_npi_eigvalsh"),
        _DOUBLE,
    ),
    **dict.fromkeys(("multi_sgd_update", "multi_sgd_mom_update", "_multi_adamw_update", "_multi_lamb_update"), _OTHERS),
    **dict.fromkeys(("_npi_normal_n", "_npi_uniform_n", "_npi_svd"), _RANK),
    "mp_lamb_update_phase1": "MXNet settles on float16 where no type is known",
    **dict.fromkeys(("_npi_pinv", "_npi_pinv_scalar_rcond"), _DOUBLE),
    **dict.fromkeys(("_foreach", "_cond"), _CONTROL),
    **dict.fromkeys(("_sg_mkldnn_conv", "_sg_mkldnn_fully_connected"), _FUSED),
    "_rnn_param_concat": "MXNet halves what is left for two unknown parts even when it is odd",
    **dict.fromkeys(("softmax", "softmin", "log_softmax"), _OUTPUT),
    **dict.fromkeys(("_npi_add", "_npi_subtract", "_npi_multiply", "_npi_mod", "_npi_power"), _OUTPUT),
    **dict.fromkeys(("_np_atleast_1d", "_np_atleast_2d", "_np_atleast_3d", "_npi_where", "_npi_vstack"), _SCALAR),
    **dict.fromkeys(("_npi_dstack", "_npi_column_stack"), _WRITES),
}


def chosen(family: str) -> list[Case]:
    """The first, the last and a middle case of each operator of a family."""
    by_operator: dict[str, list[Case]] = {}
    for case in cases_of(family):
        by_operator.setdefault(case.op, []).append(case)
    picks = []
    for cases in by_operator.values():
        places = sorted({0, len(cases) // 2, len(cases) - 1})[:PER_OPERATOR]
        picks += [cases[place] for place in places]
    return picks


def difference(ours: list[list[Any]], theirs: list[list[Any]]) -> str | None:
    """What is wrong with our answer: a contradiction, or knowledge that is missing."""
    for group, mine, wanted in zip(("argument", "output", "aux"), ours, theirs, strict=True):
        if len(mine) != len(wanted):
            return f"{len(mine)} {group}s, expected {len(wanted)}"
        for index, (a, b) in enumerate(zip(mine, wanted)):
            if not _agrees(a, b):
                return f"{group} {index} is {a}, expected {b}"
    return None


def _agrees(mine: Any, wanted: Any) -> bool:
    """Whether we know at least what is wanted. 0 and -1 are unknown sizes, None and [] unknown shapes."""
    if wanted in (None, []):
        return True
    if isinstance(wanted, str) or mine is None or len(mine) != len(wanted):
        return mine == wanted
    return all(b in (0, -1) or a == b for a, b in zip(mine, wanted))


def _refuted(theirs: list[list[Any]], whole: list[list[Any]]) -> bool:
    """Whether MXNet's partial answer contradicts its own answer on the whole knowledge: it takes unknown sizes for 0."""
    return any(
        shape and wanted and (len(shape) != len(wanted) or any(a not in (0, -1, b) for a, b in zip(shape, wanted)))
        for group, truth in zip(theirs, whole)
        for shape, wanted in zip(group, truth)
    )


def examine(case: Case, mxnet: MXNet, counts: Counter[str]) -> list[str]:
    """Ask all questions about a case; returns what is wrong."""
    shapes = {f"in{i}": list(spec.shape) for i, spec in enumerate(case.specs)}
    types = {f"in{i}": spec.dtype for i, spec in enumerate(case.specs)}
    try:
        whole = mxnet.infer(Question(case.symbol_json(), shapes=shapes, numpy=case.numpy))
        kinds = mxnet.infer(Question(case.symbol_json(), types=types, numpy=case.numpy))
    except (Refused, Crashed):
        counts["cases that MXNet cannot infer"] += 1
        return []
    if not whole[1] or whole[1][0] is None or kinds[1][0] is None:
        counts["cases that MXNet cannot infer"] += 1
        return []
    wrong = []
    for question in questions(case, whole[1][0], kinds[1][0]):
        counts["questions"] += 1
        try:
            theirs = mxnet.infer(question)
        except (Refused, Crashed):
            counts["refused by MXNet"] += 1
            continue
        if question.shapes is not None and "like" not in question.shapes and _refuted(theirs, whole):
            counts["refuted by MXNet itself"] += 1
            continue
        try:
            message = difference(question.ask(gluax), theirs)
        except GluaxError as error:
            message = f"{type(error).__name__}: {error}"
        if message is not None:
            known = question.types if question.shapes is None else question.shapes
            back = " (followed by an addition)" if "elemwise_add" in question.symbol and "like" in known else ""
            wrong.append(f"{case.op} {case.attrs} knowing {known}{back}: {message}")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*", default=None)
    parser.add_argument("--mxnet", required=True)
    options = parser.parse_args()
    mxnet = MXNet(options.mxnet)
    counts: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for family in options.families or FAMILIES:
        for case in chosen(family):
            counts["cases"] += 1
            wrong = examine(case, mxnet, counts)
            failed[case.op] += len(wrong)
            for message in wrong if case.op not in DEVIATIONS else ():
                print(message[:700], flush=True)
    mxnet.close()
    names = [f"{op} ({count})" for op, count in failed.items() if count and op not in DEVIATIONS]
    names += [f"{op} (no deviation is seen)" for op, count in failed.items() if op in DEVIATIONS and not count]
    print(f"{dict(counts)}; {len(names)} operators failed: {', '.join(names)}")
    sys.exit(1 if names else 0)


if __name__ == "__main__":
    main()
