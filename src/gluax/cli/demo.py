"""``gluax demo``: the main job on a digits classifier that MXNet trained and exported."""

from __future__ import annotations

import statistics
import time
from importlib.resources import as_file, files
from typing import Annotated, Any

import jax
import numpy as np
import typer
from rich.columns import Columns
from rich.panel import Panel
from rich.text import Text

from gluax.cli.common import AsJson, console, print_json
from gluax.gluon import SymbolBlock

_SHOWN = 8
_RUNS = 30
_SHADES = " ░▒▓█"


def demo(as_json: AsJson = False, runs: Annotated[int, typer.Option(min=1, help="Timed calls.")] = _RUNS):
    """Import a small MXNet model, classify 100 pictures, and compare eager with hybridized execution."""
    with as_file(files("gluax") / "demo") as folder:
        net = SymbolBlock.imports(folder / "digits-symbol.json", ["data"], folder / "digits-0000.params")
        with np.load(folder / "digits-test.npz") as file:
            images, labels = file["images"], file["labels"]
    inputs = jax.device_put(images[:, None].astype("float32") / 16)
    eager = np.asarray(net(inputs))
    eager_ms = _median_ms(net, inputs, runs)
    net.hybridize(static_alloc=True, static_shape=True)
    hybridized = np.asarray(net(inputs))
    hybridized_ms = _median_ms(net, inputs, runs)
    predicted = hybridized.argmax(axis=1)
    result: dict[str, Any] = {
        "images": len(labels),
        "accuracy": float((predicted == labels).mean()),
        "largest_difference": float(np.abs(eager - hybridized).max()),
        "eager_ms": eager_ms,
        "hybridized_ms": hybridized_ms,
    }
    if as_json:
        print_json(result)
    else:
        _show(images, predicted, labels, result)


def _median_ms(net: SymbolBlock, inputs: jax.Array, runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        jax.block_until_ready(net(inputs))
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def _picture(image: np.ndarray, coloured: bool) -> Text:
    """An 8x8 picture with values 0 to 16: in half-height coloured pixels, or shaded where there are no colours."""
    if not coloured:
        return Text("\n".join("".join(_SHADES[value // 4] * 2 for value in row) for row in image.tolist()))
    text = Text()
    for upper, lower in zip(image[::2].tolist(), image[1::2].tolist()):
        for top, bottom in zip(upper, lower):
            text.append("▀▀", style=f"{_grey(top)} on {_grey(bottom)}")
        text.append("\n")
    return text


def _grey(value: int) -> str:
    return f"rgb({value * 15},{value * 15},{value * 15})"


def _show(images: np.ndarray, predicted: np.ndarray, labels: np.ndarray, result: dict[str, Any]) -> None:
    panels = [
        Panel(
            _picture(image, console.color_system is not None),
            title=f"predicted {guess}",
            subtitle=f"true {label}",
            width=20,
        )
        for image, guess, label in list(zip(images, predicted, labels))[:_SHOWN]
    ]
    console.print(Columns(panels))
    ratio = result["eager_ms"] / result["hybridized_ms"]
    console.print(
        f"{result['accuracy']:.0%} of {result['images']} pictures right\n"
        f"eager {result['eager_ms']:.2f} ms, hybridized {result['hybridized_ms']:.2f} ms: {ratio:.1f} times faster; "
        f"outputs differ by at most {result['largest_difference']:.1g}"
    )
