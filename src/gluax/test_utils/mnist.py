"""Files from the network, and the data set MNIST."""

from __future__ import annotations

import gzip
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.errors import ArgumentError
from gluax.gluon import download as downloads
from gluax.io import MNISTIter
from gluax.io.files import read_idx
from gluax.ir.atomic import atomic_write

_PARTS = (("train", "train"), ("test", "t10k"))


def download(
    url: str, fname: str | None = None, dirname: str | None = None, overwrite: bool = False, retries: int = 5
) -> str:
    """Fetch a file, unless it is there already; see `gluax.gluon.utils.download`.

    Args:
      url: the address.
      fname: the file's name; by default that in the address.
      dirname: the folder, made if need be; by default the current one.
      overwrite: fetch also when the file exists.
      retries: the number of attempts.

    Returns:
      The path of the file.

    Raises:
      DownloadError: (a `RuntimeError` and `OSError`) no attempt succeeds.
      ArgumentError: (an `AssertionError`) a negative number of retries.
    """
    if retries < 0:
        raise ArgumentError(f"Number of retries should be at least 0, currently it's {retries}")
    path = os.path.join(dirname or "", fname or url.split("/")[-1])
    return downloads.download(url, path, overwrite, retries=retries)


def get_mnist() -> dict[str, np.ndarray]:
    """MNIST, from files in the current folder, fetched if need be.

    Returns:
      ``train_data`` and ``test_data``, float32 (images, 1, 28, 28) from 0 to 1; ``train_label`` and ``test_label``,
      int8.

    Raises:
      DownloadError: (a `RuntimeError` and `OSError`) a file can be had neither here nor there.
    """
    found = {}
    for part, name in _PARTS:
        images, labels = _fetched(f"{name}-images-idx3-ubyte", 3), _fetched(f"{name}-labels-idx1-ubyte", 1)
        found[f"{part}_data"] = images[:, None].astype(np.float32) / 255
        found[f"{part}_label"] = labels.view(np.int8)
    return found


def _fetched(name: str, rank: int) -> np.ndarray:
    with gzip.open(_packed(name)) as stream:
        return read_idx(stream.read(), rank, name)


def _packed(name: str, dirname: str | None = None) -> str:
    return download(downloads.repository_url(f"gluon/dataset/mnist/{name}.gz"), dirname=dirname)


def get_mnist_ubyte() -> None:
    """Put MNIST's four files into the folder ``data``, fetched if need be.

    Raises:
      DownloadError: (a `RuntimeError` and `OSError`) a file can be had neither here nor there.
    """
    for _, part in _PARTS:
        for name in (f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"):
            path = os.path.join("data", name)
            if not os.path.exists(path):
                with gzip.open(_packed(name, "data")) as stream, atomic_write(path) as target:
                    target.write(stream.read())


def get_mnist_iterator(
    batch_size: int, input_shape: Sequence[int], num_parts: int = 1, part_index: int = 0
) -> tuple[Any, Any]:
    """Iterators over MNIST's images for training and for validation, in random order; see `get_mnist_ubyte`.

    Args:
      batch_size: images in a batch.
      input_shape: (1, 28, 28), or (784,) for flat images.
      num_parts: how many parts the images are divided into.
      part_index: which part to read.
    """
    get_mnist_ubyte()
    train, validation = (
        MNISTIter(
            image=f"data/{name}-images-idx3-ubyte", label=f"data/{name}-labels-idx1-ubyte", batch_size=batch_size,
            shuffle=True, flat=len(input_shape) != 3, num_parts=num_parts, part_index=part_index,
        )
        for _, name in _PARTS
    )  # fmt: skip
    return train, validation
