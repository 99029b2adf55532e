"""MXNet's operators that gluax does not run, and what to use in their place."""

from __future__ import annotations

_GRAPH = "sample and index graphs with scipy.sparse or a graph library (DGL, jraph) and give gluax dense arrays"
_PICTURE = "decode and resize pictures with a library such as Pillow, and give gluax the array"
_PYTHON = "its code is a Python function of MXNet's process, not in the model: write it as a JAX function with"
_CACHED = "a compiled block of MXNet's own; export the block (net.export) and load its symbol"

EXCLUDED: dict[str, str] = {
    "_contrib_dgl_adjacency": _GRAPH,
    "_contrib_dgl_csr_neighbor_non_uniform_sample": _GRAPH,
    "_contrib_dgl_csr_neighbor_uniform_sample": _GRAPH,
    "_contrib_dgl_graph_compact": _GRAPH,
    "_contrib_dgl_subgraph": _GRAPH,
    "_contrib_edge_id": "index the dense matrix: data[u, v]",
    "_contrib_getnnz": "count in the dense array: (data != 0).sum(axis)",
    "_contrib_calibrate_entropy": "it calibrates, which contrib.quantization.quantize_model does",
    "_Native": f"{_PYTHON} @gluax.register_op and name it in the graph",
    "_NDArray": f"{_PYTHON} @gluax.register_op and name it in the graph",
    "_CustomFunction": f"{_PYTHON} jax.custom_vjp",
    "_NoGradient": "it stands where a gradient does not exist and has no value; MXNet does not run it either",
    "_CachedOp": _CACHED,
    "_CachedOpThreadSafe": _CACHED,
    "_cvcopyMakeBorder": "pad the array: mx.nd.pad or numpy.pad",
    "_cvimdecode": _PICTURE,
    "_npi_cvimdecode": _PICTURE,
    "_cvimread": _PICTURE,
    "_npi_cvimread": _PICTURE,
    "_cvimresize": "resize the array: mx.nd.image.resize",
    "_npi_cvimresize": "resize the array: mx.nd.image.resize",
    "_imdecode": _PICTURE,
}
