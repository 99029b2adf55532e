"""Every operator has the inputs, the attributes and the names that MXNet 1.9.1 gives it, in its order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gluax.symbol
from gluax.ops import registry
from gluax.ops.signatures import attribute_order

TABLE: dict[str, tuple[str, list[str], list[str]]] = json.loads(
    (Path(__file__).parent / "golden" / "operator_table.json").read_text()
)
KNOWN = sorted(name for name in TABLE if registry.find(name) is not None)

# Operators whose entry in MXNet's own table is incomplete or wrong.
UNDOCUMENTED_INPUTS = {"BatchNorm_v1", "Crop", "IdentityAttachKLSparseReg", "fill_element_0index"}
ARRAYS_ONLY = {
    "_CrossDeviceCopy",
    "_copyto",
    "_onehot_encode",
    "all_finite",
}  # not listed, since no symbol may be given
UNDOCUMENTED_ATTRIBUTES = {"_linspace", "_npi_linspace", "fill_element_0index"}
OTHER_ATTRIBUTES = {"_npi_concatenate", "_npi_dstack", "_npi_hstack"}  # MXNet lists a `dim` that does nothing
# Another order: `ctx` last, and what does not concern one kind of place to insert.
OTHER_ORDER = {"_npi_indices", "_npi_insert_scalar", "_npi_insert_slice", "_npi_insert_tensor"}
OWN = {
    "_npi_det",
    "_npi_slogdet",
}  # aliases in MXNet, which looks at numpy semantics for the shape of one matrix's result


@pytest.mark.parametrize("name", KNOWN)
def test_signature(name: str) -> None:
    own_name, inputs, attributes = TABLE[name]
    operator = registry.get(name)
    assert operator.name == (name if name in OWN else own_name)
    if not operator.variadic and own_name not in UNDOCUMENTED_INPUTS | ARRAYS_ONLY:
        assert list(operator.parameters) == inputs
    if operator.open_attributes or own_name in UNDOCUMENTED_ATTRIBUTES | OTHER_ATTRIBUTES | ARRAYS_ONLY:
        return
    order = [attribute for attribute in attribute_order(operator) if attribute in attributes]
    assert set(order) == set(attributes), "attributes missing"
    if not operator.variadic and name not in OTHER_ORDER:  # attributes of variadic operators go by keyword only
        results = [attribute for attribute in attributes if attribute in operator.attributes]
        assert [a for a in order if a in operator.attributes] == results
        last = max((attributes.index(a) for a in operator.attributes if a in attributes), default=-1)
        assert order[: last + 1] == attributes[: last + 1], "positional arguments out of order"


def test_functions_are_made_for_all() -> None:
    for name in KNOWN:
        if not name.startswith("_"):
            assert callable(getattr(gluax.symbol, name))


def test_aliases() -> None:
    missing = [name for name, row in TABLE.items() if registry.find(row[0]) and not registry.find(name)]
    assert not [name for name in missing if not name.startswith("_sparse_")]
