"""Find faces or licence plates with a detector of the LFFD family.

    pip install 'gluax[image]'
    python examples/detect.py FOLDER street.jpg -o found.png

FOLDER has the files of a model whose outputs are a map of scores and a map of boxes for each scale, such as the plate
detector `configuration_64_512_16L_3scales_v1_small`; for others give the scales' strides and receptive fields.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import gluax as mx
from gluax import gluon


def boxes_of(outputs: Sequence[np.ndarray], strides: Sequence[int], fields: Sequence[int]) -> np.ndarray:
    """Candidates (N, 5) of score, left, top, right, bottom.

    Args:
      outputs: for each scale the scores (1, 1, H, W), and the distances (1, 4, H, W) of the box's sides from the centre
        of the cell's receptive field, in halves of that field.
      strides: pixels between the cells of each scale.
      fields: pixels of the receptive field of each scale.
    """
    found = []
    for scores, distances, stride, field in zip(outputs[::2], outputs[1::2], strides, fields, strict=True):
        height, width = scores.shape[2:]
        y, x = np.mgrid[:height, :width] * stride + stride - 1
        sides = np.stack([x, y, x, y]) - distances[0] * (field / 2)
        found.append(np.concatenate([scores[0], sides]).reshape(5, -1).T)
    return np.concatenate(found)


def main(arguments: Sequence[str] | None = None) -> np.ndarray:
    """Print what is found, draw it on the picture, and return it: (N, 5) of score, left, top, right, bottom."""
    parser = argparse.ArgumentParser(description="Find faces or licence plates with a detector of the LFFD family.")
    parser.add_argument("folder", type=Path, help="holds one *-symbol.json and one *.params")
    parser.add_argument("picture", type=Path)
    parser.add_argument("-o", "--output", type=Path, help="draw the boxes and write the picture here")
    parser.add_argument("--score", type=float, default=0.5, help="the lowest score of what is shown")
    parser.add_argument("--overlap", type=float, default=0.3, help="of boxes that overlap more, the best one is shown")
    parser.add_argument("--strides", type=int, nargs="+", default=[16, 32, 64])
    parser.add_argument("--fields", type=int, nargs="+", default=[128, 256, 512])
    options = parser.parse_args(arguments)

    (symbol,), (params,) = (list(options.folder.glob(pattern)) for pattern in ("*-symbol.json", "*.params"))
    net = gluon.SymbolBlock.imports(symbol, ["data"], params)
    net.hybridize(static_alloc=True)
    image = Image.open(options.picture).convert("RGB")
    pixels = np.asarray(image, np.float32)[..., ::-1]  # these models were trained on OpenCV's order, BGR
    outputs = [np.asarray(output) for output in net(pixels.transpose(2, 0, 1)[None])]
    candidates = mx.nd.array(boxes_of(outputs, options.strides, options.fields))
    kept = mx.nd.contrib.box_nms(
        candidates,
        overlap_thresh=options.overlap,
        valid_thresh=options.score,
        coord_start=1,
        score_index=0,
        id_index=-1,
    ).asnumpy()
    found = kept[kept[:, 0] >= options.score]
    draw = ImageDraw.Draw(image)
    for score, *box in found.tolist():
        print(f"{score:.3f}", *(round(side) for side in box))
        draw.rectangle(box, outline="red", width=2)
    if options.output is not None:
        image.save(options.output)
    return found


if __name__ == "__main__":
    main()
