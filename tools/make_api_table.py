"""Write docs/api-audit.md: every public member of MXNet 1.9.1's classes, and what gluax has of it.

    python -m tools.make_api_table

tests/golden/api.json says what MXNet has (by reflection, tests/oracle/make_api.py); this tool reflects on gluax. A
member that is absent or takes other arguments needs a reason here, or the tool fails; so does a reason that no
member needs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.oracle.api import Described, describe, find, signature

import gluax

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "api-audit.md"

# Why a member is absent or takes other arguments, by patterns of `path.member` (fnmatch).
_SPARSE = "gluax keeps every array dense"
_ABSTRACT = "abstract in MXNet, where it raises NotImplementedError; gluax's modules have it"
WHY_ABSENT: dict[str, str] = {
    "util.set_module": "a decorator of MXNet's own sources",
    "util.wrap_np_*": "a decorator of MXNet's own sources",
    "util.np_ufunc_legal_option": "a step of MXNet's own sources",
    "test_utils.check_gluon_hybridize_consistency": "it tests MXNet's own operators",
    "*.__div__": "Python 2's name of an operator",
    "*.__rdiv__": "Python 2's name of an operator",
    "*.__idiv__": "Python 2's name of an operator",
    "*.__nonzero__": "Python 2's name of an operator",
    "*.handle": "there is no C library behind it",
    "sym.Symbol.__reduce__": "pickling goes by `__getstate__` and `__setstate__` alone",
    "metric.PearsonCorrelation.update_*": "steps of a computation that gluax does in another form",
    "io.ImageDetRecordIter": "`mx.image.ImageDetIter` reads record files",
    "io.Image*Iter_v1": "`mx.io.ImageRecordIter` reads the same files",
    "io.ImageRecordUInt8Iter": '`mx.io.ImageRecordIter` with `dtype="uint8"`',
    "io.ImageRecordInt8Iter": '`mx.io.ImageRecordIter` with `dtype="int8"`',
    "io.LibSVMIter": "its batches are sparse arrays",
    "io.MXDataIter*": "there is no C library behind it: `CSVIter` and `MNISTIter` are classes of their own",
    "sym.Symbol.gradient": "MXNet 1.9.1 does not implement it either; `jax.grad` of a `gluax.Model` does it",
    "nd._new_empty_handle": "there is no C library behind it",
    "nd.get_indexing_dispatch_code": "a step of MXNet's indexing",
    "nd.get_oshape_of_gather_nd_op": "a step of MXNet's indexing",
    "nd.indexing_key_expand_implicit_axes": "a step of MXNet's indexing",
    "executor.Executor.get_optimized_symbol": "XLA optimizes the compiled program, and leaves no symbol of it",
    **{f"module.BaseModule.{name}": _ABSTRACT for name in (
        "data_names", "data_shapes", "get_input_grads", "get_states", "label_shapes", "output_names", "output_shapes",
        "set_states")},
    "rnn.rnn_unroll": "in MXNet 1.9.1 every call fails: `cell.unroll` does it",
    "image*.ImageDetIter.draw_next": "it draws with OpenCV, which gluax does without",
    "test_utils.create_sparse_array*": _SPARSE,
    "test_utils.rand_sparse_ndarray": _SPARSE,
    "test_utils.shuffle_csr_column_indices": _SPARSE,
    "test_utils.download_model": "`gluon.model_zoo.vision` fetches models, with `pretrained=True`",
    "test_utils.get_bz2_data": "it fetches sparse data sets",
    "test_utils.get_zip_data": "it fetches sparse data sets",
    "test_utils.get_cifar10": "`gluon.data.vision.CIFAR10` fetches it",
    "test_utils.get_mnist_pkl": "`test_utils.get_mnist` fetches the same pictures",
    "test_utils.get_im2rec_path": "gluax has no such script",
}  # fmt: skip
_CONTEXT = "`context=None` is the current context, at the call and not at the import"
_READERS = "MXNet's takes the same arguments by `*args, **kwargs`"
_ROOT = "`root=None` means the same folder, `ctx=None` the current context, both at the call and not at the import"
_FILES = "the arguments have names and defaults here, MXNet's are in its C library"
_CONSTANT = "the same default, as a value that no call can change"
WHY_DIFFERENT: dict[str, str] = {
    "np.ndarray.__init__": "wraps a `jax.Array` in place of a C handle",
    "np.ndarray.broadcast_like": "it raises AttributeError, as MXNet's",
    "np.ndarray.diag": "it raises AttributeError, as MXNet's",
    "npx.batch_norm": "two attributes without effect in another order",
    "np.ndarray.reshape": "the same arguments by name",
    "np.genfromtxt": "numpy's own, which takes its arguments by name",
    "np.set_printoptions": "numpy's own",
    "np.random.multinomial": "MXNet ignores further arguments",
    "sym.Symbol.__init__": "symbols come from functions; there is no C handle to wrap",
    "rnn.Conv*Cell.__init__": "`prefix=None` means the same prefix",
    "nd.NDArray.__init__": "wraps a `jax.Array` in place of a C handle",
    **{f"gluon.model_zoo.vision.{name}": _ROOT
       for name in ("alexnet", "inception_v3", "get_mobilenet", "get_mobilenet_v2", "get_resnet", "get_vgg")},
    "io.CSVIter": _FILES,
    "io.ImageRecordIter": _FILES,
    "io.MNISTIter": _FILES,
    **{f"gluon.data.vision.{name}.__init__": "`root=None` means the same folder, at the call and not at the import"
       for name in ("CIFAR10", "CIFAR100", "FashionMNIST", "MNIST")},
    "visualization.plot_network": _CONSTANT,
    "visualization.print_summary": _CONSTANT,
    "executor.Executor.__init__": "executors come from `bind` and `simple_bind`; there is no C handle to wrap",
    **{f"module.BaseModule.{name}": "abstract; the modules' own take MXNet's arguments"
       for name in ("bind", "init_optimizer", "init_params")},
    "module.Module.__init__": _CONTEXT,
    "module.BucketingModule.__init__": _CONTEXT,
    **{f"image.{name}": _READERS for name in ("imdecode", "imread", "imresize")},
    "test_utils.random_uniform_arrays": "MXNet's takes the same arguments by `**kwargs`",
}  # fmt: skip

SAME, MORE, DIFFERENT, ABSENT = "same", "more", "different", "absent"


@dataclass(frozen=True)
class Row:
    """A member: where, MXNet's description, gluax's (None: absent), the verdict, the pattern of the reason if any."""

    owner: str
    name: str
    expected: Described
    found: Described | None
    status: str
    pattern: str = ""


def compare(name: str, expected: Described, found: Described | None) -> str:
    """How gluax's member answers to MXNet's."""
    if found is None:
        return ABSENT
    if expected[0] != "function" or found[0] != "function":
        return SAME if expected == found else DIFFERENT
    operator = name.startswith("__") and name not in ("__init__", "__call__")
    return compare_parameters(expected[1], found[1], named=not operator)


def compare_parameters(expected: list[Any], found: list[Any], *, named: bool) -> str:
    """Same: alike in names, order and defaults. More: every call of MXNet's works, and others."""

    def of(parameters: list[Any], *kinds: str) -> list[Any]:
        # Operators are not called by name.
        return [[item[0] if named else "", item[2]] for item in parameters if item[1] in kinds]

    wanted, have = of(expected, ""), of(found, "")
    keywords = of(found, "", "keyword")
    if have[: len(wanted)] != wanted or any(item not in keywords for item in of(expected, "keyword")):
        return DIFFERENT
    if any(item[1] is None for item in have[len(wanted) :] + of(found, "keyword")):
        return DIFFERENT
    if any(of(expected, star) and not of(found, star) for star in ("*", "**")):
        return DIFFERENT
    counts = [[len(of(side, kind)) for kind in ("", "keyword", "*", "**")] for side in (expected, found)]
    return SAME if counts[0] == counts[1] else MORE


def reflect(path: str, name: str | None = None) -> Described | None:
    """gluax's description of an object, or of a member of a class; None where there is none."""
    owner = find(gluax, path)
    if owner is None or name is None:
        return None if owner is None else describe(owner)
    # What every object and every class has proves nothing; a property of the metaclass is one of the class.
    bases = [base for base in (*owner.__mro__, *type(owner).__mro__) if base not in (object, type)]
    if is_dataclass(owner) and name in {field.name for field in fields(owner)}:
        return ["property"]
    return next((describe(vars(base)[name]) for base in bases if name in vars(base)), None)


def rows() -> Iterator[Row]:
    """One row for each class, function and member."""
    table = json.loads((ROOT / "tests" / "golden" / "api.json").read_text())
    for path, item in table.items():
        if isinstance(item, dict):
            yield _row(path, "", ["class"], None if find(gluax, path) is None else ["class"])
            yield from (_row(path, name, member, reflect(path, name)) for name, member in item.items())
        elif item[0] == "alias":
            place, _, _ = path.rpartition(".")
            same = find(gluax, path) is not None and find(gluax, path) is find(gluax, f"{place}.{item[1]}")
            yield _row(path, "", item, item if same else None)
        else:
            yield _row(path, "", item, reflect(path))


def _row(path: str, name: str, expected: Described, found: Described | None) -> Row:
    status = compare(name or path, expected, found)
    full = f"{path}.{name}" if name else path
    known = {ABSENT: WHY_ABSENT, DIFFERENT: WHY_DIFFERENT}.get(status, {})
    pattern = next((pattern for pattern in known if fnmatchcase(full, pattern)), "")
    return Row(path, name, expected, found, status, pattern)


def faults(found: list[Row]) -> list[str]:
    """What keeps the table from being honest and complete."""
    lines = [f"{row.owner} {row.name}: {row.status}, MXNet {signature(row.expected)}, "
             f"gluax {signature(row.found) if row.found else 'none'}, and no reason is given"
             for row in found if row.status in (DIFFERENT, ABSENT) and not row.pattern]  # fmt: skip
    used = {(row.status, row.pattern) for row in found}
    given = [(ABSENT, pattern) for pattern in WHY_ABSENT] + [(DIFFERENT, pattern) for pattern in WHY_DIFFERENT]
    return lines + [f"{pattern}: no member is {status}" for status, pattern in given if (status, pattern) not in used]


def render(found: list[Row]) -> str:
    """The page."""
    counts = {status: sum(row.status == status for row in found) for status in (SAME, MORE, DIFFERENT, ABSENT)}
    parts = [
        "# The interface, member by member",
        "",
        "Every public member of the classes and functions in these namespaces of MXNet 1.9.1, found by reflection"
        " on the real package; operators have [a page of their own](operators.md)."
        " `python -m tools.make_api_table` writes this page; a test fails when it is not what"
        " the tool finds.",
        "",
        f"Of {len(found)} members {counts[SAME]} have the same signature, {counts[MORE]} take more than MXNet's, "
        f"{counts[DIFFERENT]} take other arguments and {counts[ABSENT]} are absent, with the reasons in"
        " the last table.",
        "",
        "| class or function | same signature | takes more | other arguments | absent |",
        "|---|---|---|---|---|",
    ]
    owners = dict.fromkeys(row.owner for row in found)
    for owner in owners:
        mine = [row for row in found if row.owner == owner]
        if mine[0].status == ABSENT:
            parts.append(f"| `{owner}` | | | | all |")
            continue
        cells = [", ".join(f"`{row.name}`" for row in mine if row.status == status and row.name) or
                 ("yes" if len(mine) == 1 and mine[0].status == status else "")
                 for status in (SAME, MORE, DIFFERENT, ABSENT)]  # fmt: skip
        parts.append(f"| `{owner}` | {' | '.join(cells)} |")
    parts += ["", "| member | MXNet | gluax | why |", "|---|---|---|---|"]
    absent = {row.owner for row in found if row.status == ABSENT and not row.name}
    for row in found:
        if row.status in (DIFFERENT, ABSENT) and not (row.owner in absent and row.name):
            full = f"{row.owner}.{row.name}" if row.name else row.owner
            ours = f"`{signature(row.found)}`" if row.found else "absent"
            parts.append(f"| `{full}` | `{signature(row.expected)}` | {ours} | {_reason(row)} |")
    return "\n".join(parts) + "\n"


def _reason(row: Row) -> str:
    return (WHY_ABSENT if row.status == ABSENT else WHY_DIFFERENT)[row.pattern]


def main() -> None:
    """Write the page, or fail."""
    found = list(rows())
    wrong = faults(found)
    if wrong:
        sys.exit("\n".join(wrong))
    TARGET.write_text(render(found))


if __name__ == "__main__":
    main()
