from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from gluax.errors import ModelFileNotFoundError, ModelFormatError
from gluax.ir.graph import Entry, Graph, Node
from gluax.ir.json_reader import MAX_SUBGRAPH_DEPTH, read_symbol, read_symbol_file
from gluax.ir.json_writer import write_symbol
from tests.shared_data import SHARED, requires_shared, shared_files, shared_id

CASES = json.loads((Path(__file__).parent / "data" / "symbol_cases.json").read_text(encoding="utf-8"))
INPUTS = {
    "FullyConnected": ("data", "weight", "bias"),
    "BatchNorm": ("data", "gamma", "beta", "moving_mean", "moving_var"),
    "LeakyReLU": ("data", "gamma"),
}


def input_names(op, attrs):
    names = INPUTS.get(op)
    return names and (names, names[3:])


def counts_from(graph, text):
    """How many outputs each node has, according to the node_row_ptr of MXNet's own text for the same graph."""
    counts = {}

    def walk(graph, document):
        rows = document["node_row_ptr"]
        for index, (node, raw) in enumerate(zip(graph.nodes, document["nodes"], strict=True)):
            counts[id(node)] = rows[index + 1] - rows[index]
            for subgraph, raw_subgraph in zip(node.subgraphs, raw.get("subgraphs", []), strict=True):
                walk(subgraph, raw_subgraph)

    walk(graph, json.loads(text, strict=False))
    return lambda node: counts[id(node)]


def rewritten(graph, reference, **options):
    return write_symbol(graph, counts_from(graph, reference), **options)


def document(*nodes, heads=None, **keys):
    last = len(nodes) - 1
    return {"nodes": list(nodes), "arg_nodes": [], "heads": [[last, 0, 0]] if heads is None else heads, **keys}


def variable(name="x", **keys):
    return {"op": "null", "name": name, "inputs": [], **keys}


def call(*inputs, op="exp", name="e", **keys):
    return {"op": op, "name": name, "inputs": list(inputs), **keys}


@pytest.mark.parametrize("case", [c for c in CASES if c["output"] is not None], ids=lambda case: case["label"])
def test_reads_and_writes_as_mxnet_does(case):
    graph = read_symbol(case["input"], input_names=input_names)
    text = rewritten(graph, case["output"])
    assert text == case["output"]
    assert rewritten(read_symbol(text, input_names=input_names), case["output"]) == text


@pytest.mark.parametrize("case", [c for c in CASES if c["output"] is None], ids=lambda case: case["label"])
def test_refuses_what_mxnet_refuses(case):
    with pytest.raises(ModelFormatError, match=r"^model\.json: "):
        read_symbol(case["input"], source="model.json")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ([], "expected an object with 'nodes', found a JSON list"),
        ({"heads": []}, r"found keys \['heads'\]"),
        ({"nodes": {}}, "'nodes' must be a list, not a object"),
        ({"nodes": [3], "heads": []}, "node 0 must be an object, not a number"),
        (document(variable()) | {"heads": None}, "'heads' must be a list, it is missing"),
        (document(variable(op=None)), "node 0 .'x'.: 'op' must be a string, not a null"),
        (document(variable(name=7)), "node 0 .7.: 'name' must be a string, not a number"),
        (document(variable(inputs="a")), "node 0 .'x'.: 'inputs' must be a list, not a string"),
        (document(variable(), variable(inputs=[[0, 0]])), "node 1 .'x'.: a variable cannot have inputs"),
        (document(variable(), call([0])), r"node 1 .'e'.: an entry must be \[node, output\] or .*, not \[0\]"),
        (document(variable(), call([0, -1])), r"node 1 .*not \[0, -1\]"),
        (document(variable(), call([0, True])), r"node 1 .*not \[0, True\]"),
        (document(variable(), call([0, 0.0])), r"node 1 .*not \[0, 0\.0\]"),
        (document(variable(), call([0, 2**40])), "node 1 .*not"),
        (document(variable(), call([7, 0])), "node 1 .'e'.: refers to node 7, but the file has nodes 0 to 1"),
        (document(variable(), call([0, 1])), "asks for output 1 of variable 'x', which has only output 0"),
        (document(call([1, 0]), call([0, 0])), "node 0 .'e'. depends on itself"),
        (document(call([0, 0])), "node 0 .'e'. depends on itself"),
        (document(variable(), call([0, 0], control_deps=[1])), "node 1 .'e'. depends on itself"),
        (document(variable(), call([0, 0], control_deps=[5])), "'control_deps': refers to node 5"),
        (document(variable(), call([0, 0], control_deps=["x"])), "'control_deps': refers to node 'x'"),
        (document(variable(attrs=[])), "'attrs' must be an object, not a list"),
        (document(variable(param={"lr": 0.1})), "'param': attribute 'lr' must be a string, not a number"),
        (document(variable(), call([0, 0], subgraphs=[3])), "node 1 .'e'., subgraph 0 must be an object, not a number"),
        (document(variable(), attrs=[]), "top-level 'attrs' must be an object"),
        (document(variable(), attrs={"mxnet_version": 10901}), "'mxnet_version' must be a .type, value. pair"),
        (document(variable(), attrs={"mxnet_version": ["int", True]}), "'mxnet_version' must be an integer, not True"),
        (document(variable(), arg_nodes=[9]), "'arg_nodes': refers to node 9"),
        (document(variable("\ud800")), "is not a symbol file: broken JSON: .*surrogates not allowed"),
    ],
)
def test_names_what_is_wrong(broken, message):
    with pytest.raises(ModelFormatError, match=message) as info:
        read_symbol(json.dumps(broken), source="model.json")
    assert str(info.value).startswith("model.json: ")


def test_a_broken_subgraph_is_located():
    inner = document(variable(), call([4, 0]))
    outer = document(variable(), call([0, 0], op="_foreach", name="loop", subgraphs=[inner]))
    with pytest.raises(ModelFormatError, match=r"in node 1 \('loop'\), subgraph 0 of the graph around it: node 1"):
        read_symbol(json.dumps(outer))


def test_subgraphs_nest_to_a_limit():
    def nested(depth):
        graph = document(variable())
        for _ in range(depth):
            graph = document(variable(), call([0, 0], op="_foreach", subgraphs=[graph]))
        return json.dumps(graph)

    graph = read_symbol(nested(MAX_SUBGRAPH_DEPTH))
    assert write_symbol(read_symbol(write_symbol(graph))) == write_symbol(graph)
    with pytest.raises(ModelFormatError, match="nested more than 64 deep"):
        read_symbol(nested(MAX_SUBGRAPH_DEPTH + 1))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"nodes":' * 100_000, '{"nodes": ' + "9" * 5000 + "}"])
def test_absurd_json_is_refused(text):
    with pytest.raises(ModelFormatError, match="is not a symbol file"):
        read_symbol(text)


def test_a_deeply_nested_entry_can_be_reported():
    entry = json.loads("[" * 500 + "]" * 500)
    with pytest.raises(ModelFormatError, match="an entry must be"):
        read_symbol(json.dumps(document(variable(), call(entry))))


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04abc", "zip archive"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n", "git lfs pull"),
        (b"  <!DOCTYPE html><html></html>", "HTML page"),
        (b"<?xml version='1.0'?>", "XML document"),
        (b"\x08\x07\x12\x07pytorch\x1a\x03\x31\x2e\x39:", "ONNX model"),
        ((0x112).to_bytes(8, "little") + bytes(16), "MXNet parameter file"),
        (b"\x80\x04\x95abc", "pickle"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\xff\xfe\xfd", "not JSON text"),
        (b'{"nodes": [', "broken JSON at line 1, column 12.*truncated"),
    ],
)
def test_says_what_a_foreign_file_is(content, hint):
    with pytest.raises(ModelFormatError, match=hint):
        read_symbol(content)


def test_missing_file(tmp_path):
    with pytest.raises(ModelFileNotFoundError, match=r"no-symbol\.json' does not exist"):
        read_symbol_file(tmp_path / "no-symbol.json")
    with pytest.raises(ModelFormatError, match="cannot be read"):
        read_symbol_file(tmp_path)


def test_reads_a_file_with_a_byte_order_mark_and_control_characters(tmp_path):
    path = tmp_path / "x-symbol.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(document(variable("aXb"))).replace("X", "\x01").encode())
    graph = read_symbol_file(path)
    assert [node.name for node in graph.nodes] == ["a\x01b"]
    assert read_symbol(path.read_text(encoding="utf-8")).nodes[0].name == "a\x01b"


def test_keys_that_mxnet_does_not_know_are_skipped():
    text = json.dumps(document(variable(colour="red"), extra={"deep": [1]}, attrs={"note": ["str", "hello"]}))
    graph = read_symbol(text)
    assert graph.meta == {"note": "hello"}
    assert graph.nodes[0].attrs == {}


def test_of_a_repeated_key_the_last_counts():
    text = '{"nodes": 3, "nodes": [{"op": "null", "name": "a", "name": "b", "inputs": []}], "heads": [[0, 0]]}'
    assert [node.name for node in read_symbol(text).nodes] == ["b"]


def test_numpy_semantics_survive():
    attrs = {"is_np_shape": ["int", 1], "mxnet_version": ["int", 10901]}
    graph = read_symbol(json.dumps(document(variable(), attrs=attrs)))
    assert graph.meta == {"is_np_shape": 1, "mxnet_version": 10901}
    expected = '  "attrs": {\n    "is_np_shape": ["int", 1], \n    "mxnet_version": ["int", 10901]\n  }\n}'
    assert write_symbol(graph).endswith(expected)
    assert write_symbol(graph, numpy_shape=False).endswith('  "attrs": {"mxnet_version": ["int", 10901]}\n}')


def test_old_names_of_operators_can_be_replaced():
    x = Node(None, "x")
    graph = Graph([Entry(Node("_Plus", "a", [Entry(x), Entry(x)]))])
    text = write_symbol(graph, op_name={"_Plus": "elemwise_add"}.__getitem__)
    assert read_symbol(text).heads[0].node.op == "elemwise_add"


def test_old_files_load_without_knowing_the_operators():
    old = document(variable(), call([0, 0], op="BatchNorm", name="bn", param={"eps": "1e-3"}, attr={"lr_mult": "2"}))
    graph = read_symbol(json.dumps(old))
    assert graph.heads[0].node.attrs == {"eps": "1e-3", "__lr_mult__": "2"}
    assert len(graph.heads[0].node.inputs) == 1


def test_four_thousand_nodes_load_quickly():
    nodes = [variable()] + [call([index, 0, 0], name=f"node{index}", attrs={"a": "1"}) for index in range(4000)]
    text = json.dumps(document(*nodes))
    start = time.perf_counter()
    graph = read_symbol(text)
    assert time.perf_counter() - start < 1  # 0.04 s where it was written; machines differ
    assert len(graph.nodes) == 4001


@requires_shared
@pytest.mark.parametrize(
    "path",
    [*shared_files("generated/*/*-symbol.json"), *shared_files("zoo/*/*-symbol.json")],
    ids=shared_id,
)
def test_files_of_mxnet_1_9_1_come_back_unchanged(path):
    text = path.read_text()
    graph = read_symbol_file(path)
    assert rewritten(graph, text) == text


@requires_shared
@pytest.mark.parametrize("path", shared_files("models/*/*-symbol.json"), ids=shared_id)
def test_published_models_load_and_are_stable(path):
    graph = read_symbol_file(path, input_names=input_names)
    text = write_symbol(graph)
    again = read_symbol(text)
    assert write_symbol(again) == text
    assert [node.name for node in again.nodes] == [node.name for node in graph.nodes]


@requires_shared
def test_a_file_before_0_9_gains_its_auxiliary_states():
    graph = read_symbol_file(SHARED / "models/residual_mxnet2caffe/model-symbol.json", input_names=input_names)
    states = [node for node in graph.variables if node.name.endswith(("moving_mean", "moving_var"))]
    assert states
    assert {node.attrs["__init__"] for node in states} == {'["zero", {}]', '["one", {}]'}
