"""The table that `Block.summary` prints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from gluax.errors import ArgumentError
from gluax.gluon.nested import leaves
from gluax.gluon.parameter import Parameter
from gluax.ndarray import NDArray

if TYPE_CHECKING:
    from gluax.gluon.block import Block

_WIDTH = 80
_ROW = "{:>20}  {:>42} {:>15}"


@dataclass
class _Layer:
    name: str
    shape: str
    parameters: int = 0
    trainable: int = 0
    shared: int = 0


def print_summary(block: Block, inputs: tuple[Any, ...]) -> None:
    """Run a block and print, in MXNet's layout, one line for each of its parts that ran."""
    from gluax.gluon.hybrid_block import HybridBlock
    from gluax.gluon.nn import HybridSequential, Sequential

    layers = [_Layer("Input", _shapes(inputs))]
    seen: set[Parameter] = set()
    handles = []

    def record(part: Block, _: Any, outputs: Any) -> None:
        layer = _Layer(f"{type(part).__name__}-{len(layers)}", _shapes(outputs))
        for parameter in part.params.values():
            size = parameter.data().size
            layer.parameters += size
            layer.trainable += 0 if parameter.grad_req == "null" else size
            layer.shared += size if parameter in seen else 0
            seen.add(parameter)
        layers.append(layer)

    try:
        for part in block._all_blocks():
            hybridized = isinstance(part, HybridBlock) and part._active
            if hybridized:
                raise ArgumentError(f'"{part.name}" must not be hybridized to print summary.')
            if not isinstance(part, (Sequential, HybridSequential)):
                # A part that stands in the tree twice counts twice, each time with a hook of its own.
                handles.append(part.register_forward_hook(partial(record)))
        block(*inputs)
    finally:
        for handle in handles:
            handle.detach()
    print(_table(layers))


def _table(layers: list[_Layer]) -> str:
    total = sum(layer.parameters for layer in layers)
    trainable = sum(layer.trainable for layer in layers)
    shared = sum(layer.shared for layer in layers)
    return "\n".join(
        [
            "-" * _WIDTH,
            _ROW.format("Layer (type)", "Output Shape", "Param #"),
            "=" * _WIDTH,
            *(_ROW.format(layer.name, layer.shape, layer.parameters) for layer in layers),
            "=" * _WIDTH,
            "Parameters in forward computation graph, duplicate included",
            f"   Total params: {total}",
            f"   Trainable params: {trainable}",
            f"   Non-trainable params: {total - trainable}",
            f"Shared params in forward computation graph: {shared}",
            f"Unique parameters in model: {total - shared}",
            "-" * _WIDTH,
        ]
    )


def _shapes(values: Any) -> str:
    """The shapes of nested arrays, without the outermost brackets."""

    def shape(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [shape(item) for item in value]
        return value.shape if isinstance(value, NDArray) or hasattr(value, "shape") else value

    if isinstance(values, (list, tuple)) and len(list(leaves(values))) != 0:
        return str(shape(values))[1:-1]
    return str(shape(values))
