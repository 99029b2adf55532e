"""Pictures in files (PNG, JPEG, BMP, ...) to arrays and back, by Pillow, with the conventions of OpenCV."""

from __future__ import annotations

import io
from types import ModuleType
from typing import Any

import numpy as np

from gluax.errors import ArgumentError, MissingExtraError, ModelFormatError

_GRAY = ("1", "L", "I;16", "I;16B", "I", "F")


def _pillow() -> ModuleType:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError("pictures in files need an extra: pip install 'gluax[image]'") from None
    return Image


def decode(data: bytes, flag: int = 1) -> np.ndarray:
    """The bytes of a picture.

    Lossless formats are exact. JPEG files may differ from MXNet by two levels, which is how far versions of the
    library are apart. Alpha is dropped, of 16 bits the upper 8 remain, and pictures are not turned as EXIF says.

    Args:
      data: the file.
      flag: 1 for red, green and blue (H, W, 3); 0 for gray (H, W); -1 for what the file has, also alpha (H, W, 4)
        and 16 bits.

    Raises:
      MissingExtraError: without Pillow.
      ModelFormatError: not a whole picture of a known format.
    """
    pillow = _pillow()
    try:
        with pillow.open(io.BytesIO(data)) as picture:
            if flag == 0:
                picture.draft("L", None)  # a JPEG file holds gray apart from colour
            return _pixels(picture, flag)
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # what Pillow raises on broken files
        raise ModelFormatError(f"no picture that can be decoded: {error}") from error


def _pixels(picture: Any, flag: int) -> np.ndarray:
    mode = picture.mode
    if mode in _GRAY:
        pixels = np.asarray(picture.convert("L") if mode == "1" else picture)
        if flag != -1 and pixels.dtype != np.uint8:
            pixels = (pixels.astype(np.int64) >> 8).astype(np.uint8)
        elif pixels.dtype == np.int32:
            pixels = pixels.astype(np.uint16)
        return np.repeat(pixels[..., None], 3, 2) if flag == 1 else pixels
    if flag == -1 and ("A" in mode or "transparency" in picture.info):
        return np.asarray(picture.convert("RGBA"))
    colours = np.asarray(picture.convert("RGB"))
    if flag:
        return colours
    if mode == "LA":
        return colours[..., 0]
    half = 0 if picture.format == "PNG" else 1 << 14  # the PNG library cuts off, OpenCV itself rounds
    return ((colours @ np.array([9798, 19235, 3735]) + half) >> 15).astype(np.uint8)


def encode(pixels: np.ndarray, suffix: str, quality: int) -> bytes:
    """A file of a picture.

    Args:
      pixels: (H, W), (H, W, 1), (H, W, 3) red, green, blue, or (H, W, 4) with alpha, PNG only; uint8.
      suffix: ".jpg", ".jpeg" or ".png".
      quality: of JPEG, 1 to 100; compression of PNG, 1 to 9.

    Raises:
      MissingExtraError: without Pillow.
      ArgumentError: another suffix, shape or dtype.
    """
    pillow = _pillow()
    kind = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}.get(suffix.lower())
    if kind is None:
        raise ArgumentError(f"img_fmt {suffix!r}: expected '.jpg', '.jpeg' or '.png'")
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    channels = (1, 3) if kind == "JPEG" else (1, 3, 4)
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in channels):
        raise ArgumentError(f"expected an image of uint8 with {channels} channels, got {pixels.dtype} {pixels.shape}")
    stream = io.BytesIO()
    options = {"quality": quality} if kind == "JPEG" else {"compress_level": min(max(quality, 0), 9)}
    pillow.fromarray(np.ascontiguousarray(pixels)).save(stream, kind, **options)
    return stream.getvalue()


def swap(pixels: np.ndarray) -> np.ndarray:
    """Red and blue exchanged, between Pillow's order and OpenCV's; alpha stays, gray has neither."""
    if pixels.ndim < 3 or pixels.shape[2] < 3:
        return pixels
    return pixels[..., [2, 1, 0, *range(3, pixels.shape[2])]]
