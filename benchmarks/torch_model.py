"""The exported networks in PyTorch: by onnx2torch, which does not know recurrent layers; those are read here."""

from __future__ import annotations

from pathlib import Path

import onnx
import onnx2torch
import torch
from onnx import numpy_helper

# Where PyTorch's gates are in ONNX's order: i, f, g, o of i, o, f, c; reset, update, new of update, reset, new.
_GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2)}


def load(path: Path) -> torch.nn.Module:
    """A module of one input and one output."""
    model = onnx.load(path)
    kind = model.graph.node[0].op_type
    return recurrent(model.graph, kind) if kind in _GATES else onnx2torch.convert(model)


def recurrent(graph: onnx.GraphProto, kind: str) -> torch.nn.Module:
    arrays = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}

    def in_order(array: torch.Tensor) -> torch.Tensor:
        parts = array.chunk(len(_GATES[kind]))
        return torch.cat([parts[place] for place in _GATES[kind]])

    outputs, inputs = arrays["W"][0].shape
    layer = getattr(torch.nn, kind)(inputs, outputs // len(_GATES[kind]))
    biases = arrays["B"][0].chunk(2)
    layer.load_state_dict({
        "weight_ih_l0": in_order(arrays["W"][0]), "weight_hh_l0": in_order(arrays["R"][0]),
        "bias_ih_l0": in_order(biases[0]), "bias_hh_l0": in_order(biases[1]),
    })  # fmt: skip
    return FirstOutput(layer)


class FirstOutput(torch.nn.Module):
    """A recurrent layer without its last state."""

    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)[0]
