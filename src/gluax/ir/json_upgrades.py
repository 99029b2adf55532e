"""Brings nodes of old Symbol JSON to what MXNet 1.9.1 makes of them when it loads the same file.

Each step was read off the behaviour of MXNet 1.9.1. A step needs the names of an operator's inputs, which
only the operator registry knows, so they come in as a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gluax.ir.graph import Entry, Node, post_order

InputNames = Callable[[str, dict[str, str]], tuple[tuple[str, ...], tuple[str, ...]] | None]
"""(operator, attributes) -> (names of all inputs, names of those that are auxiliary states), None if unknown."""

CURRENT_VERSION = 10901
OLDEST_VERSION = 800
"""What a file without a version is taken for."""

HIDDEN_KEYS = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage")
"""User attributes that files before 1.x hold bare; today they are written between double underscores."""

_ZERO_MEAN_UNIT_VARIANCE = {3: '["zero", {}]', 4: '["one", {}]'}
INITIALIZERS: Mapping[str, Mapping[int, str]] = {
    "BatchNorm": _ZERO_MEAN_UNIT_VARIANCE,
    "BatchNorm_v1": _ZERO_MEAN_UNIT_VARIANCE,
    "_contrib_SyncBatchNorm": _ZERO_MEAN_UNIT_VARIANCE,
    "_contrib_BatchNormWithReLU": _ZERO_MEAN_UNIT_VARIANCE,
    "LeakyReLU": {1: '["Constant", {"value": 0.25}]'},
    "UpSampling": {1: '["bilinear", {}]'},
    "IdentityAttachKLSparseReg": {1: '["zero", {}]'},
}
"""Operator -> input number -> the initializer MXNet gives that input's variable, unless it has one."""


def upgrade(roots: Iterable[Node], version: int, input_names: InputNames | None) -> None:
    """Change the nodes reachable from `roots` in place, from a file of MXNet `version` to 1.9.1.

    Without `input_names` the steps that depend on the names of inputs are left out. MXNet upgrades the main
    graph only; subgraphs are younger than what these steps mend.
    """
    if version >= CURRENT_VERSION:
        return
    nodes = post_order(roots)
    for node in nodes:
        _move_hidden_keys(node, input_names)
    if version < 900 and input_names is not None:
        for node in nodes:
            _add_missing_inputs(node, input_names)
    for node in nodes:
        if version < 904:
            _set_initializers(node)
        if version < 905 and node.op in ("argmax", "argmin") and node.attrs.get("axis") == "-1":
            # The axis was a plain integer, and -1 stood for "none given": the argument over all elements.
            del node.attrs["axis"]


def _move_hidden_keys(node: Node, input_names: InputNames | None) -> None:
    """``lr_mult`` becomes ``__lr_mult__``; an operator's ``weight_lr_mult`` moves to its variable ``weight``."""
    for key in [key for key in node.attrs if key.endswith(HIDDEN_KEYS)]:
        hidden = next(hidden for hidden in HIDDEN_KEYS if key.endswith(hidden))
        if key == hidden:
            node.attrs[f"__{hidden}__"] = node.attrs.pop(key)
            continue
        variable = _input_variable(node, key[: -len(hidden) - 1], input_names)
        if variable is not None:
            variable.attrs[f"__{hidden}__"] = node.attrs.pop(key)


def _input_variable(node: Node, name: str, input_names: InputNames | None) -> Node | None:
    if node.op is None or input_names is None:
        return None
    # The operator's own parameters decide how many inputs there are; hidden keys are none of them.
    declared = input_names(node.op, {key: value for key, value in node.attrs.items() if not key.endswith(HIDDEN_KEYS)})
    for declared_name, entry in zip(declared[0] if declared else (), node.inputs, strict=False):
        if declared_name == name and entry.node.is_variable:
            return entry.node
    return None


def _add_missing_inputs(node: Node, input_names: InputNames) -> None:
    """Before 0.9.0 auxiliary states were not listed. The new variables take the operator's attributes, as in MXNet."""
    if node.op is None:
        return
    declared = input_names(node.op, dict(node.attrs))
    if declared is None:
        return
    prefix = f"{node.name}_" if node.name else ""
    missing = declared[0][len(node.inputs) :]
    node.inputs += tuple(Entry(Node(None, prefix + name, attrs=node.attrs)) for name in missing)


def _set_initializers(node: Node) -> None:
    for index, initializer in INITIALIZERS.get(node.op or "", {}).items():
        if index < len(node.inputs) and node.inputs[index].node.is_variable:
            node.inputs[index].node.attrs.setdefault("__init__", initializer)
