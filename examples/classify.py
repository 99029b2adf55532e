"""Classify pictures with an MXNet model.

    pip install 'gluax[image]'
    python examples/classify.py model-symbol.json model-0000.params cat.jpg dog.jpg --labels labels.txt

The defaults are those of the networks of Gluon's model zoo: 224 x 224 pixels, ImageNet's mean and deviation.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from gluax import gluon


def read(file: Path, size: int, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """A picture's middle as (C, size, size): grey where there is one mean, RGB where there are three."""
    with Image.open(file) as image:
        image = image.convert("L" if len(mean) == 1 else "RGB")
        scale = size / min(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
        left, top = (image.width - size) // 2, (image.height - size) // 2
        pixels = np.asarray(image.crop((left, top, left + size, top + size)), np.float32)
    return (pixels.reshape(size, size, len(mean)).transpose(2, 0, 1) - mean[:, None, None]) / std[:, None, None]


def main(arguments: Sequence[str] | None = None) -> np.ndarray:
    """Print the best classes of every picture; return the scores (N, classes)."""
    parser = argparse.ArgumentParser(description="Classify pictures with an MXNet model.")
    parser.add_argument("symbol", type=Path)
    parser.add_argument("params", type=Path)
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("--input", default="data", help="the name of the model's input")
    parser.add_argument("--labels", type=Path, help="a text file with the name of a class on each line")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument(
        "--mean", type=float, nargs="+", default=[123.675, 116.28, 103.53], help="one, or three for RGB"
    )
    parser.add_argument("--std", type=float, nargs="+", default=[58.395, 57.12, 57.375])
    parser.add_argument("--top", type=int, default=5)
    options = parser.parse_args(arguments)

    net = gluon.SymbolBlock.imports(options.symbol, [options.input], options.params)
    net.hybridize(static_alloc=True, static_shape=True)
    mean, std = np.asarray(options.mean, np.float32), np.asarray(options.std, np.float32)
    scores = np.asarray(net(np.stack([read(file, options.size, mean, std) for file in options.pictures])))
    names = options.labels.read_text().splitlines() if options.labels else [str(n) for n in range(scores.shape[1])]
    for file, row in zip(options.pictures, scores):
        best = np.argsort(-row)[: options.top]
        print(file.name, *(f"{names[index]} {row[index]:.3f}" for index in best), sep="  ")
    return scores


if __name__ == "__main__":
    main()
