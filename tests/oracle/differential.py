"""The differential tester: random cases of each operator in gluax and in real MXNet.

    python -m tests.oracle.differential --mxnet PYTHON [OPERATOR or FAMILY ...] [--cases 300] [--seed 1] [--jobs 2]
                                        [--report FILE]

PYTHON is the interpreter of MXNet's environment (``nox -s differential`` makes both). Each operator gets its family's
fixed cases on fresh data, and random cases of its generator (see `tests.oracle.cases`): DRAWS draws of data for each
choice of attributes, shapes and dtypes. A case that MXNet refuses does not count. A failure is shrunk to a small case
(`tests.oracle.shrink`). The exit code is 1 if anything failed; the report is JSON, and keeps what other runs put there.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import numpy as np

from gluax.ops import registry
from tests.compare import assert_close
from tests.operator_runs import FAST_COMPILE, CaseRun, arrays_of, heads_of
from tests.oracle.case import Case
from tests.oracle.cases import FAMILIES, cases_of, family_module, generators
from tests.oracle.draw import Draw, variants
from tests.oracle.mxnet_client import Crashed, MXNet, Refused
from tests.oracle.shrink import shrink

DRAWS = 6
ENOUGH = 3  # failing choices after which an operator is given up
ATTEMPTS = 4  # how many cases are drawn for each wanted one, when MXNet refuses many


@dataclass
class Report:
    """What became of an operator's cases: how many agree, how many MXNet refused or died of, the worst errors."""

    operator: str
    agreed: int = 0
    with_gradient: int = 0
    choices: int = 0
    refused: int = 0
    crashed: int = 0
    unstable: int = 0  # MXNet, asked again, gave another answer: it read memory that nothing had written
    dtypes: list[str] = field(default_factory=list)  # of the inputs of cases that agree
    worst: dict[str, float] = field(default_factory=dict)  # by kind (out, grad, aux) and `narrowest` type, relative
    failures: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)  # the first few, to see what the generator does wrong

    def _others(self) -> list[tuple[int, str]]:
        return [(self.refused, "refused"), (self.crashed, "crashed"), (self.unstable, "unstable")]

    def line(self) -> str:
        worst = ", ".join(f"{kind} {error:.1e}" for kind, error in sorted(self.worst.items()))
        extra = "".join(f", {n} {what}" for n, what in self._others() if n)
        verdict = "FAILED" if self.failures else "ok"
        return f"{verdict} {self.operator}: {self.agreed} cases of {self.choices} choices{extra}; worst: {worst}"


class Tester:
    """Runs cases in both packages. One for each process."""

    def __init__(self, python: str) -> None:
        self._mxnet = {onednn: MXNet(python, onednn=onednn) for onednn in (False, True)}

    def close(self) -> None:
        for mxnet in self._mxnet.values():
            mxnet.close()

    def expected(self, case: Case, onednn: bool) -> dict[str, np.ndarray]:
        """MXNet's answer; raises Refused or Crashed."""
        return self._mxnet[onednn or case.onednn].run(case)

    def compare(self, cases: list[Case], onednn: bool, report: Report) -> str | None:
        """Compare cases that differ in their data only; returns what is wrong with the first that fails."""
        run: CaseRun | None = None
        compiled = None
        for case in cases:
            try:
                expected = self.expected(case, onednn)
            except Refused as refusal:
                report.refused += 1
                report.refusals = [*report.refusals, f"{case}: {refusal}"[:600]][:3]
                continue
            except Crashed:
                report.crashed += 1
                report.refusals = [*report.refusals, f"crashed: {case}"[:600]][:3]
                return None
            try:
                with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
                    run = run or CaseRun(case)
                    values, heads = arrays_of(case), heads_of(case, expected)
                    if run.looks:
                        found = run.results(values, heads)
                    else:
                        compiled = compiled or jax.jit(run.results).lower(values, heads).compile(FAST_COMPILE)
                        found = compiled(values, heads)
                self._check(case, found, expected, report)
            except Exception as failure:
                if self._differs_from_itself(case, onednn, expected):
                    report.unstable += 1
                    continue
                return f"{type(failure).__name__}: {failure}"[:3000]
            report.agreed += 1
            report.dtypes = sorted({*report.dtypes, *(spec.dtype for spec in case.specs)})
            report.with_gradient += bool(case.gradient_inputs())
        return None

    def _differs_from_itself(self, case: Case, onednn: bool, expected: dict[str, np.ndarray]) -> bool:
        """Whether MXNet, asked once more, answers otherwise (or not at all)."""
        try:
            again = self.expected(case, onednn)
        except (Refused, Crashed):
            return True
        return not case.stochastic and any(again[name].tobytes() != expected[name].tobytes() for name in expected)

    def _check(self, case: Case, found: dict[str, object], expected: dict[str, np.ndarray], report: Report) -> None:
        assert set(found) == set(expected), f"got {sorted(found)}, expected {sorted(expected)}"
        for name, value in found.items():
            kind = f"{name.rstrip('0123456789')} {narrowest(case, expected, name)}"
            if case.stochastic:
                same_distribution(np.asarray(value), expected[name], name)
                continue
            error = assert_close(value, expected[name], name=name, rtol=case.rtol, atol=case.atol)
            report.worst[kind] = max(report.worst.get(kind, 0.0), error)

    def fails(self, case: Case, onednn: bool) -> bool:
        """Whether MXNet takes the case and gluax disagrees."""
        return self.compare([case], onednn, Report(case.op)) is not None


def narrowest(case: Case, results: dict[str, np.ndarray], name: str) -> str:
    """What bounds the precision of a float result: the narrowest float type of the case; others are what they are."""
    if results[name].dtype.kind != "f":
        return results[name].dtype.name
    types = [np.dtype(spec.dtype) for spec in case.specs] + [result.dtype for result in results.values()]
    return min((dtype for dtype in types if dtype.kind == "f"), key=lambda dtype: dtype.itemsize).name


def same_distribution(found: np.ndarray, expected: np.ndarray, name: str) -> None:
    """Shapes and dtypes equal, and large samples of one distribution (Kolmogorov and Smirnov, once in 10**8 wrong)."""
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype), (
        f"{name}: {found.dtype}{list(found.shape)}, expected {expected.dtype}{list(expected.shape)}"
    )
    if found.size < 500:
        return
    ours, theirs = (np.sort(sample.ravel().astype(float)) for sample in (found, expected))
    # Where both draw from few values, the last digits must not tell them apart: one may be a little to the right.
    slack = 1e-5 * float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0))
    distance = max(_excess(ours, theirs, slack), _excess(theirs, ours, slack))
    limit = 3.1 * np.sqrt(2 / found.size)
    assert distance < limit, f"{name}: the distributions are {distance:.3g} apart, expected less than {limit:.3g}"


def _excess(sample: np.ndarray, other: np.ndarray, slack: float) -> float:
    """By how much the share of `sample` up to a point exceeds that of `other` up to a little more, at the worst point."""
    share = np.arange(1, sample.size + 1) / sample.size
    return float((share - np.searchsorted(other, sample + slack, side="right") / other.size).max())


def drawn(operator: str, seed: int) -> Iterator[list[Case]]:
    """Random choices of an operator, each on several draws of data."""
    generator = generators()[operator]
    number = zlib.crc32(operator.encode()) ^ (seed * 2654435761 % 2**32)
    while True:
        number += 1
        case = Case.from_json(generator(Draw(number)).to_json())
        yield variants(case, DRAWS, number)


def examine(operator: str, family: str, options: argparse.Namespace, tester: Tester) -> Report:
    """Run the fixed cases of one operator on fresh data, then random ones."""
    report = Report(operator)
    onednn = getattr(family_module(family), "ONEDNN", False)
    entry = registry.get(operator)
    names = (entry.name, *entry.aliases)
    known = [case for case in cases_of(family) if case.op in names and getattr(family_module(family), "FRESH", True)]
    chosen = Draw(options.seed).some(known, low=len(known))[: options.cases]  # a sample has a sample of them
    fixed = [Case.from_json(case.with_seed(options.seed).to_json()) for case in chosen]

    def one(cases: list[Case]) -> None:
        report.choices += 1
        message = tester.compare(cases, onednn, report)
        if message is not None:
            shown = [f"{cases[0]}\n    {message}"]
            if len(report.failures) < ENOUGH:
                case = next((case for case in cases if tester.fails(case, onednn)), None)
                if case is not None:
                    small = shrink(case, lambda candidate: tester.fails(candidate, onednn))
                    shown = [f"{small}\n    {tester.compare([small], onednn, Report(operator))}"]
            report.failures += shown

    for case in fixed:
        one([case])
    if operator not in generators():
        report.failures.append(f"family {family} has no generator for {operator}")
        return report
    target, attempts = report.agreed + options.cases, 0
    for cases in drawn(operator, options.seed):
        attempts += len(cases)
        one(cases)
        if report.agreed >= target or attempts >= ATTEMPTS * options.cases or len(report.failures) >= ENOUGH:
            break
    if report.agreed < target and not report.failures:
        report.failures.append(f"only {report.agreed - target + options.cases} of {options.cases} cases agreed to run")
    jax.clear_caches()
    return report


def selection(names: list[str]) -> list[tuple[str, str]]:
    """The (operator, family) pairs that the names stand for; all without names."""
    pairs = {}
    for family in FAMILIES:
        own = [*getattr(family_module(family), "GENERATORS", {}), *(case.op for case in cases_of(family))]
        for name in own:
            entry = registry.get(registry.registered_name(name, {}))
            pairs.setdefault(entry.name, family)
    unknown = set(names) - set(FAMILIES) - set(pairs)
    if unknown:
        sys.exit(f"no operators or families of these names: {sorted(unknown)}")
    return [(op, family) for op, family in pairs.items() if not names or op in names or family in names]


_tester: Tester | None = None


def _work(job: tuple[str, str, argparse.Namespace]) -> Report:
    global _tester
    operator, family, options = job
    _tester = _tester or Tester(options.mxnet)
    try:
        return examine(operator, family, options, _tester)
    except Exception as error:  # a broken generator, say; the other operators go on
        return Report(operator, failures=[f"{type(error).__name__}: {error}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--mxnet", required=True)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    jobs = [(operator, family, options) for operator, family in selection(options.names)]
    reports = []
    with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=None) as pool:
        for report in pool.imap_unordered(_work, jobs):
            reports.append(report)
            print(report.line(), flush=True)
            for failure in report.failures:
                print("  " + failure, flush=True)
            for refusal in report.refusals if report.failures or report.crashed else ():
                print("  MXNet: " + refusal, flush=True)
            if options.report:  # after each, since a full run takes hours
                _write(options.report, report)
    failed = [report.operator for report in reports if report.failures]
    total = sum(report.agreed for report in reports)
    print(f"{len(reports)} operators, {total} cases agree, {len(failed)} operators failed: {' '.join(sorted(failed))}")
    sys.exit(1 if failed else 0)


def _write(path: Path, report: Report) -> None:
    found = json.loads(path.read_text()) if path.exists() else {}
    row = {name: value for name, value in asdict(report).items() if name not in ("operator", "refusals")}
    row["worst"] = {kind: float(f"{error:.1e}") for kind, error in sorted(report.worst.items())}
    found[report.operator] = row
    lines = [f"{json.dumps(name)}: {json.dumps(found[name])}" for name in sorted(found)]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
