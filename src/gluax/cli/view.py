"""``gluax view``: a model's graph as a picture, or its summary."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gluax.cli.common import SymbolFile, parse_shape, split_specs
from gluax.cli.drawing import to_html, to_svg
from gluax.errors import ArgumentError, MissingExtraError
from gluax.ir.atomic import atomic_write
from gluax.lowering.files import load_graph
from gluax.symbol import Symbol
from gluax.visualization import draw, plot_network, print_summary

_FORMATS = (".html", ".svg", ".png")

Shapes = Mapping[str, tuple[int, ...]]


def view(
    symbol_file: SymbolFile,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to draw it: a .html, .svg or .png file.")
    ] = None,
    shape: Annotated[
        list[str] | None, typer.Option("--shape", "-s", help="An input's shape, NAME=1,3,224,224.")
    ] = None,
):
    """Draw a model's graph, or print its summary when no output is named.

    With the shapes of the inputs the picture shows those of all arrays, and the summary counts parameters.
    Only .png needs Graphviz: its dot program, and pip install 'gluax[viz]'.
    """
    kind = None if output is None else output.suffix.lower()
    if kind is not None and kind not in _FORMATS:
        raise ArgumentError(f"{output}: the format follows from the ending, one of {', '.join(_FORMATS)}")
    symbol = Symbol(load_graph(symbol_file).heads)
    shapes = _shapes(shape)
    if output is None:
        print_summary(symbol, shapes)
        return
    made = _png(symbol, shapes) if kind == ".png" else _drawn(symbol, shapes, symbol_file.name, kind == ".html")
    with atomic_write(output) as stream:
        stream.write(made)
    print(output)


def _shapes(specs: list[str] | None) -> Shapes | None:
    shapes = {}
    for name, text in split_specs(specs, "--shape", "NAME=SHAPE").items():
        shapes[name] = parse_shape(text)
        if shapes[name] is None:
            raise ArgumentError(f"--shape {name}={text}: expected a shape, such as {name}=1,3,224,224")
    return shapes or None


def _drawn(symbol: Symbol, shapes: Shapes | None, title: str, page: bool) -> bytes:
    nodes, edges = draw(symbol, shapes)
    if not page:
        return f"{to_svg(nodes, edges)}\n".encode()
    with contextlib.redirect_stdout(io.StringIO()) as summary:
        print_summary(symbol, shapes)
    return to_html(title, nodes, edges, summary.getvalue()).encode()


def _png(symbol: Symbol, shapes: Shapes | None) -> bytes:
    picture = plot_network(symbol, shape=shapes)
    import graphviz  # pyright: ignore[reportMissingImports]

    try:
        return picture.pipe(format="png")
    except graphviz.ExecutableNotFound:
        raise MissingExtraError(
            "a .png needs Graphviz's dot program, which is not on the PATH: apt install graphviz, brew install "
            "graphviz, or https://graphviz.org; .svg and .html do without it"
        ) from None
