"""Writes tests/data/ with real MXNet 1.9.1: run it in that environment, ``python tests/oracle/make_files.py``.

``symbol_cases.json`` holds hand-made symbol files and what MXNet makes of each: the text of ``tojson()``, or None
where it refuses the file. The parameter files are what ``mx.nd.save`` writes; ``params_expected.npz`` is their
content as MXNet reads it back.
"""

from __future__ import annotations

import json
from pathlib import Path

import mxnet as mx
import numpy as np

DATA = Path(__file__).resolve().parents[1] / "data"


def variable(name, **keys):
    return {"op": "null", "name": name, "inputs": [], **keys}


def node(op, name, *inputs, **keys):
    return {"op": op, "name": name, "inputs": [list(entry) for entry in inputs], **keys}


def document(nodes, heads, version=10901, **keys):
    attrs = {"attrs": {"mxnet_version": ["int", version]}} if version else {}
    arg_nodes = [index for index, item in enumerate(nodes) if item["op"] == "null"]
    return json.dumps({"nodes": nodes, "arg_nodes": arg_nodes, "heads": heads, **attrs, **keys}, ensure_ascii=False)


def hidden_key_cases():
    names = [variable("x"), variable("fc_weight", attr={"wd_mult": "0.5"}), variable("fc_bias")]
    for key in ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage"):
        attr = {key: "1", f"weight_{key}": "2", f"bias_{key}": "3"}
        call = node("FullyConnected", "fc", [0, 0], [1, 0], [2, 0], attr=attr, param={"num_hidden": "3"})
        for version in (0, 10900):
            yield f"hidden key {key}, version {version}", document([*names, call], [[3, 0]], version)
    call = node("exp", "e", [0, 0], attr={"my_lr_mult": "4", "data_lr_mult": "2", "_lr_mult": "5", "lr_mult_x": "6"})
    yield "suffix that names no input", document([variable("x"), call], [[1, 0]], 900)
    kept = variable("x", attrs={"lr_mult": "1", "__lr_mult__": "7", "weight_lr_mult": "2"})
    for version in (10900, 10901, 20000):
        yield f"bare beside hidden, version {version}", document([kept], [[0, 0]], version)


def upgrade_cases():
    x, gamma = variable("x"), variable("gamma", attr={"__init__": "mine"})
    for version in (0, 900, 903, 904):
        call = node("BatchNorm", "bn", [0, 0], [1, 0], attr={"lr_mult": "2"}, param={"eps": "1e-3"})
        yield f"BatchNorm without states, version {version}", document([x, gamma, call], [[2, 0]], version)
        call = node("LeakyReLU", "act", [0, 0], [1, 0], param={"act_type": "prelu"})
        yield f"LeakyReLU initialiser, version {version}", document([x, gamma, call], [[2, 0]], version)
        yield f"LeakyReLU default, version {version}", document([x, variable("g"), call], [[2, 0]], version)
        call = node("FullyConnected", "fc", [0, 0], [1, 0], param={"num_hidden": "3"})
        yield f"FullyConnected without bias, version {version}", document([x, gamma, call], [[2, 0]], version)
    yield "nameless node", document([x, node("BatchNorm", "", [0, 0], [0, 0], [0, 0])], [[1, 0]], 0)
    call = node("UpSampling", "up", [0, 0], [1, 0], param={"num_args": "2", "scale": "2", "sample_type": "nearest"})
    yield "UpSampling initialiser", document([x, variable("w"), call], [[2, 0]], 903)
    for op in ("argmax", "argmin"):
        for axis in ("-1", " -1"):
            for version in (0, 904, 905):
                call = node(op, "a", [0, 0], attr={"axis": axis, "keepdims": "1"})
                yield f"{op} axis {axis!r}, version {version}", document([x, call], [[1, 0]], version)


def layout_cases():
    many = [variable(f"x{index}") for index in range(12)]
    for count in (1, 10, 11, 12):
        call = node("Concat", "c", *[[index, 0, 0] for index in range(count)], attrs={"num_args": str(count)})
        yield f"{count} inputs", document([*many, call], [[12, 0, 0]] * count)
    yield "control dependencies", document([*many, node("exp", "e", [0, 0], control_deps=[3, 1])], [[12, 0, 0]])
    yield "eleven dependencies", document([*many, node("exp", "e", [0, 0], control_deps=[*range(11)])], [[12, 0, 0]])
    yield "escapes", document([variable('a"b\\c\nd\te\rf/é漢', attrs={"k": '"\n\\'})], [[0, 0]])
    yield "versions of entries", document([many[0], node("exp", "e", [0, 0, 3])], [[1, 0, 2]])
    yield "unused nodes", document([*many, node("exp", "e", [7, 0])], [[12, 0]])
    yield "later nodes", document([node("exp", "e", [1, 0]), node("exp", "f", [2, 0]), many[0]], [[0, 0], [1, 0]])
    yield "names repeat", document([variable("x"), variable("x"), node("dot", "x", [0, 0], [1, 0])], [[2, 0]])
    yield (
        "attr, attrs and param",
        document(
            [variable("x", attrs={"a": "1", "c": "3"}, attr={"a": "2", "b": "2"}, param={"a": "3", "p": "1"})], [[0, 0]]
        ),
    )
    yield "no heads", document([many[0]], [])
    data = mx.sym.var("data")
    outputs, states = mx.sym.contrib.foreach(lambda x, s: (x + s[0], [x * s[0]]), data, [mx.sym.var("state")])
    yield "subgraph", mx.sym.Group([outputs, *states]).tojson()


def refused_cases():
    x = variable("x")
    yield "node index too large", document([x, node("exp", "e", [5, 0])], [[1, 0]])
    yield "head index too large", document([x], [[1, 0]])
    yield "four numbers in an entry", document([x], [[0, 0, 0, 0]])
    yield "arg_nodes too large", document([x], [[0, 0]], arg_nodes=[3])
    yield "arg_nodes on an operator", document([x, node("exp", "e", [0, 0])], [[1, 0]], arg_nodes=[1])
    yield "no name", document([{"op": "null", "inputs": []}], [[0, 0]])
    yield "no inputs", document([{"op": "null", "name": "x"}], [[0, 0]])
    yield "attribute is a number", document([variable("x", attrs={"a": 3})], [[0, 0]])
    yield "attributes are null", document([variable("x", attrs=None)], [[0, 0]])
    yield "version is text", document([x], [[0, 0]], 0, attrs={"mxnet_version": ["str", "1.2"]})
    yield "truncated", document([x], [[0, 0]])[:-30]
    yield "not JSON", "hello"


def judge(text):
    try:
        return mx.sym.load_json(text).tojson()
    except mx.MXNetError:
        return None


def write_symbols():
    cases = [*hidden_key_cases(), *upgrade_cases(), *layout_cases(), *refused_cases()]
    rows = [{"label": label, "input": text, "output": judge(text)} for label, text in cases]
    text = json.dumps(rows, indent=1, ensure_ascii=False)
    (DATA / "symbol_cases.json").write_text(text + "\n", encoding="utf-8")


def write_params():
    expected = {}

    def save(file, arrays):
        mx.nd.save(str(DATA / file), arrays)
        for key, value in arrays.items() if isinstance(arrays, dict) else enumerate(arrays):
            array = value.asnumpy()
            expected[f"{file}/{key}"] = array["bfloat16"] if array.dtype.names else array

    nd = mx.nd
    types = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool")
    values = np.array([[0, 1, 2], [100, 7, 1]])
    dense = {f"arg:{name}": nd.array(values.astype(name), dtype=name) for name in types}
    # An odd number of bytes makes everything behind it misaligned.
    dense["aux:odd"] = nd.array(np.arange(5), dtype="int8")
    dense["aux:after odd é"] = nd.array(np.arange(24).reshape(2, 3, 4, 1) / 7)
    bfloat16 = np.dtype([("bfloat16", np.uint16)])
    dense["bfloat16"] = nd.array(np.array([0x3F80, 0xC020, 0x7F61], np.uint16).view(bfloat16), dtype=bfloat16)
    save("dense.params", dense)
    save("list.params", [nd.ones((2,)), nd.zeros((1, 3), dtype="int64")])
    csr = nd.sparse.csr_matrix(([1.0, 2.0, 3.0], [0, 2, 1], [0, 2, 2, 3]), shape=(3, 4))
    rows = nd.sparse.row_sparse_array(([[1.0, 2.0], [3.0, 4.0]], [1, 3]), shape=(5, 2))
    empty = {"no rows": nd.sparse.zeros("row_sparse", (4, 2)), "no values": nd.sparse.zeros("csr", (2, 3))}
    save("sparse.params", {"csr": csr, "rows": rows, "dense": nd.ones((3,)), **empty})
    with mx.util.np_shape(True):
        save("numpy.params", {"scalar": nd.ones(()), "empty": nd.ones((0, 3)), "vector": nd.ones((2,))})
    np.savez(DATA / "params_expected.npz", **expected)


if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    write_symbols()
    write_params()
