"""Pictures of graphs as SVG, drawn without Graphviz: nodes in layers, the data below and the outputs on top."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from gluax.visualization import DrawnEdge, DrawnNode

_HEIGHT, _ROW, _GAP, _LETTER, _MARGIN, _LABEL = 46, 92, 24, 6.6, 20, 60
_SWEEPS = 8

# What XML cannot hold, escaped or not.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_STYLE = (
    "text{font:11px sans-serif;text-anchor:middle;dominant-baseline:central}"
    "path{fill:none;stroke:#555}rect,ellipse{stroke:#333}.shape{font-size:9px;fill:#333;text-anchor:start}"
)

Place = str | tuple[int, int]  # a node's name, or (edge, layer): a place where a long edge crosses a layer


def to_html(title: str, nodes: Sequence[DrawnNode], edges: Sequence[DrawnEdge], summary: str) -> str:
    """A page of its own with the picture and a summary as text; it loads nothing."""
    name = escape(_text(title))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>\n'
        "<style>body{font-family:sans-serif;margin:2em}div{overflow:auto}</style></head>\n"
        f"<body><h1>{name}</h1>\n<div>{to_svg(nodes, edges)}</div>\n<pre>{escape(_text(summary))}</pre></body></html>\n"
    )


def to_svg(nodes: Sequence[DrawnNode], edges: Sequence[DrawnEdge]) -> str:
    """The picture; boxes are as wide as their labels, and their names show when the mouse is over them."""
    drawn = {node.name: node for node in nodes}
    edges = [edge for edge in edges if {edge.reader, edge.source} <= set(drawn) and edge.reader != edge.source]
    layout = _Layout(drawn, edges)
    width = max((x + layout.width(place) / 2 for place, x in layout.x.items()), default=0) + _MARGIN + _LABEL
    height = _ROW * len(layout.layers) - _ROW + _HEIGHT + 2 * _MARGIN
    parts = [_edge(layout, number, edge) for number, edge in enumerate(edges)]
    parts += [_node(node, layout.x[name], layout.y(name), layout.width(name)) for name, node in drawn.items()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}"><style>{_STYLE}</style>'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8"/></marker></defs>\n' + "\n".join(parts) + "\n</svg>"
    )


def _node(node: DrawnNode, x: float, y: float, width: float) -> str:
    fill = escape(node.attrs["fillcolor"])
    if node.attrs["shape"] == "oval":
        outline = f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{width / 2:.1f}" ry="{_HEIGHT / 2}" fill="{fill}"/>'
    else:
        corner = f'x="{x - width / 2:.1f}" y="{y - _HEIGHT / 2}"'
        outline = f'<rect {corner} width="{width:.1f}" height="{_HEIGHT}" fill="{fill}"/>'
    lines = _text(node.label).split("\n")
    top = y - 7 * (len(lines) - 1)
    texts = [f'<text x="{x:.1f}" y="{top + 14 * i}">{escape(line)}</text>' for i, line in enumerate(lines)]
    return f"<g><title>{escape(_text(node.name))}</title>{outline}{''.join(texts)}</g>"


def _edge(layout: _Layout, number: int, edge: DrawnEdge) -> str:
    places = layout.paths[number]
    points = [(layout.x[place], layout.y(place)) for place in places]
    points[0] = points[0][0], points[0][1] - _HEIGHT / 2
    points[-1] = points[-1][0], points[-1][1] + _HEIGHT / 2
    path = f"M{points[0][0]:.1f} {points[0][1]}"
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        path += f"C{x0:.1f} {middle} {x1:.1f} {middle} {x1:.1f} {y1}"
    (x0, y0), (x1, y1) = points[:2]
    at = f'x="{(x0 + x1) / 2 + 4:.1f}" y="{(y0 + y1) / 2}"'
    label = f'<text class="shape" {at}>{escape(_text(edge.label))}</text>' if edge.label else ""
    return f'<path d="{path}" marker-end="url(#arrow)"/>{label}'


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


class _Layout:
    """Where everything stands.

    Attributes:
      layers: the places of each layer from left to right, the lowest layer first.
      paths: for each edge the places it passes, from its source to its reader.
      x: the centre of each place.
    """

    def __init__(self, drawn: Mapping[str, DrawnNode], edges: Sequence[DrawnEdge]) -> None:
        self._widths = {
            name: max(94, _LETTER * max(map(len, node.label.split("\n"))) + 16) for name, node in drawn.items()
        }
        self._layer: dict[Place, int] = {**_layer_numbers(drawn, edges)}
        self.paths = [self._path(number, edge) for number, edge in enumerate(edges)]
        self.layers: list[list[Place]] = [[] for _ in range(max(self._layer.values(), default=-1) + 1)]
        for place, layer in self._layer.items():
            self.layers[layer].append(place)
        self._below: dict[Place, list[Place]] = {place: [] for place in self._layer}
        self._above: dict[Place, list[Place]] = {place: [] for place in self._layer}
        for low, high in (pair for path in self.paths for pair in pairwise(path)):
            self._below[high].append(low)
            self._above[low].append(high)
        self.x: dict[Place, float] = {}
        self._arrange()

    def width(self, place: Place) -> float:
        """How wide a place is."""
        return self._widths[place] if isinstance(place, str) else 0

    def y(self, place: Place) -> float:
        """The centre of a place; the last layer is on top."""
        return _MARGIN + _HEIGHT / 2 + _ROW * (len(self.layers) - 1 - self._layer[place])

    def _path(self, number: int, edge: DrawnEdge) -> list[Place]:
        between: list[Place] = []
        for layer in range(self._layer[edge.source] + 1, self._layer[edge.reader]):
            between.append((number, layer))
            self._layer[number, layer] = layer
        return [edge.source, *between, edge.reader]

    def _arrange(self) -> None:
        """Sweep up and down; each place goes as near as it can to the mean of what it is connected with."""
        for layer in self.layers:
            self._spread(layer, dict.fromkeys(layer, 0.0))
        for sweep in range(_SWEEPS):
            upward = sweep % 2 == 0
            beside = self._below if upward else self._above
            for layer in self.layers if upward else reversed(self.layers):
                wanted = {place: self._mean(beside[place], self.x[place]) for place in layer}
                layer.sort(key=wanted.__getitem__)
                self._spread(layer, wanted)
        left = min((self.x[place] - self.width(place) / 2 for place in self.x), default=0)
        self.x = {place: x - left + _MARGIN for place, x in self.x.items()}

    def _mean(self, places: Sequence[Place], otherwise: float) -> float:
        return sum(self.x[place] for place in places) / len(places) if places else otherwise

    def _spread(self, layer: Sequence[Place], wanted: Mapping[Place, float]) -> None:
        """Keep places apart in their order, then move the layer as a whole to where its places want to be."""
        edge = float("-inf")
        for place in layer:
            self.x[place] = max(wanted[place], edge + self.width(place) / 2)
            edge = self.x[place] + self.width(place) / 2 + _GAP
        shift = sum(wanted[place] - self.x[place] for place in layer) / len(layer) if layer else 0
        for place in layer:
            self.x[place] += shift


def _layer_numbers(drawn: Mapping[str, DrawnNode], edges: Sequence[DrawnEdge]) -> dict[str, int]:
    """One more than the highest source; what reads nothing stands right below its lowest reader."""
    sources: dict[str, list[str]] = {name: [] for name in drawn}
    readers: dict[str, list[str]] = {name: [] for name in drawn}
    for edge in edges:
        sources[edge.reader].append(edge.source)
        readers[edge.source].append(edge.reader)
    layer: dict[str, int] = {}
    for name in drawn:  # in graph order; nodes that share a name, and so make a cycle, are met before their sources
        layer[name] = max((layer.get(source, -1) + 1 for source in sources[name]), default=0)
    for name in drawn:
        if not sources[name] and readers[name]:
            layer[name] = max(0, min(layer[reader] for reader in readers[name]) - 1)
    return layer
