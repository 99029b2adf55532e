"""``mx.io.ImageRecordIter``: batches of images from a record file, with the settings of MXNet's C++ iterator."""

from __future__ import annotations

import weakref
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import numpy as np

from gluax import io
from gluax.errors import ArgumentError
from gluax.image.augmenters import CreateAugmenter
from gluax.image.iterator import ImageIter
from gluax.io import DataBatch, DataDesc
from gluax.ndarray import array
from gluax.recordio import MXRecordIO

# What these say cannot change a result here.
_HINTS = frozenset(("ctx", "device_id", "preprocess_threads", "prefetch_buffer", "verbose", "seed", "seed_aug"))

# Settings that are not here, with the values that ask for nothing.
_IDLE: dict[str, Any] = {
    "aug_seq": "aug_default", "brightness": 0, "contrast": 0, "fill_value": 255, "max_aspect_ratio": 0,
    "max_crop_size": -1, "max_img_size": 1e10, "max_random_area": 1, "max_random_contrast": 0,
    "max_random_illumination": 0, "max_random_scale": 1, "max_rotate_angle": 0, "max_shear_ratio": 0, "mean_a": 0,
    "mean_img": "", "min_aspect_ratio": None, "min_crop_size": -1, "min_img_size": 0, "min_random_area": 1,
    "min_random_scale": 1, "pad": 0, "path_imglist": "", "pca_noise": 0, "random_h": 0, "random_l": 0,
    "random_resized_crop": False, "random_s": 0, "rotate": -1, "saturation": 0, "shuffle_chunk_seed": 0,
    "shuffle_chunk_size": 0, "std_a": 1,
}  # fmt: skip


class ImageRecordIter(ImageIter):
    """Batches (N, C, H, W) of images from a record file, with their labels.

    Images are resized by their shorter side, cropped in the middle or anywhere, mirrored, and become
    ``(x - mean) / std * scale`` by channel, red first. Random draws are Python's, so seeds give other numbers than
    MXNet's C++.

    Args:
      path_imgrec: the record file.
      data_shape: (channels, height, width) of the results.
      batch_size: images in a batch.
      path_imgidx: the record file's index, which is not needed: `shuffle` and `num_parts` look through the file once.
      label_width: labels of an image.
      shuffle: whether each pass has an order of its own.
      num_parts, part_index: in how many parts of as many bytes the file is parted, and which to read.
      round_batch: whether the next pass leaves out the first images, with which the last batch was filled up.
      resize: of the shorter side, if positive.
      rand_crop, rand_mirror: whether to crop anywhere, and to exchange left and right of every second image.
      mirror: exchange left and right of all.
      mean_r, mean_g, mean_b, std_r, std_g, std_b, scale: see above.
      inter_method: of resizing, 1 for bilinear.
      dtype: of the batches.
      data_name, label_name: names of the inputs.
      **kwargs: MXNet's other settings, as far as they ask for nothing or cannot change a result.

    Raises:
      TypeError: for a setting that MXNet does not have.
      ArgumentError: for one that is not here.
    """

    def __init__(
        self, path_imgrec: str, data_shape: tuple[int, int, int], batch_size: int, path_imgidx: str = "",
        label_width: int = 1, shuffle: bool = False, num_parts: int = 1, part_index: int = 0, round_batch: bool = True,
        resize: int = -1, rand_crop: bool = False, rand_mirror: bool = False, mirror: bool = False, mean_r: float = 0,
        mean_g: float = 0, mean_b: float = 0, std_r: float = 1, std_g: float = 1, std_b: float = 1, scale: float = 1,
        inter_method: int = 1, dtype: Any = None, data_name: str = "data", label_name: str = "softmax_label",
        **kwargs: Any,
    ) -> None:  # fmt: skip
        _check(kwargs)
        augmenters = CreateAugmenter(
            data_shape, resize=max(resize, 0), rand_crop=rand_crop, rand_mirror=rand_mirror, inter_method=inter_method
        )
        self._mean = np.array([mean_r, mean_g, mean_b], np.float32)[: data_shape[0], None, None]
        self._factor = scale / np.array([std_r, std_g, std_b], np.float32)[: data_shape[0], None, None]
        self._mirror, self._round, self._dtype = mirror, round_batch, np.dtype(dtype or np.float32)
        self._used = 0  # images of the next pass that the last one took already
        if shuffle or num_parts > 1:
            folder = mkdtemp(prefix="gluax-")  # each pass opens the index again
            weakref.finalize(self, rmtree, folder, ignore_errors=True)
            path_imgidx = _write_index(path_imgrec, num_parts, part_index, folder)
        super().__init__(
            batch_size, data_shape, label_width, path_imgrec=path_imgrec, path_imgidx=path_imgidx or None,
            shuffle=shuffle, aug_list=augmenters, data_name=data_name, label_name=label_name,
        )  # fmt: skip
        self.provide_data = [DataDesc(data_name, (batch_size, *data_shape), self._dtype.type)]

    def reset(self) -> None:
        """Begin a pass."""
        super().reset()
        for _ in range(self._used):
            self.next_sample()
        self._used = 0

    def next(self) -> DataBatch:
        """The next batch; see `ImageIter.next`."""
        batch = super().next()
        self._used = batch.pad or 0 if self._round else 0
        images = batch.data[0].asnumpy()
        if self._mirror:
            images = images[..., ::-1]
        images = (images - self._mean) * self._factor
        return DataBatch([array(images.astype(self._dtype), dtype=self._dtype)], batch.label, pad=batch.pad)


def _write_index(path: str, num_parts: int, part_index: int, folder: str) -> str:
    """Find the records of a part of a file, and write their places as an index file."""
    if not 0 <= part_index < num_parts:
        raise ArgumentError(f"part_index {part_index}: expected one of 0 to {num_parts - 1}")
    records = MXRecordIO(path, "r")
    places = [0]
    while records.read() is not None:
        places.append(records._file.tell())
    records.close()
    step = -(-places[-1] // num_parts)
    own = [place for place in places[:-1] if step * part_index <= place < step * (part_index + 1)]
    index = Path(folder) / "records.idx"
    index.write_text("".join(f"{number}\t{place}\n" for number, place in enumerate(own)))
    return str(index)


def _check(settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        if name not in _IDLE and name not in _HINTS:
            raise TypeError(f"ImageRecordIter has no setting {name!r}")
        if name in _IDLE and value != _IDLE[name]:
            raise ArgumentError(
                f"{name}={value!r} is not supported: use mx.image.ImageIter with augmenters of mx.image for it"
            )


# Iterators stand below images; this one belongs to mx.io, as in MXNet.
setattr(io, "ImageRecordIter", ImageRecordIter)  # noqa: B010
