"""Datasets of pictures: published ones, folders, and RecordIO files."""

from __future__ import annotations

import gzip
import os
import warnings
import zlib
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

import gluax.ndarray as nd
from gluax.errors import ArgumentError, ChecksumError, DownloadError, ModelFormatError
from gluax.gluon.data.dataset import Dataset, RecordFileDataset
from gluax.gluon.download import check_sha1, data_dir, download, repository_url
from gluax.image import imdecode, imread
from gluax.io.files import read_idx
from gluax.ir.atomic import atomic_write
from gluax.recordio import unpack

__all__ = ["CIFAR10", "CIFAR100", "MNIST", "FashionMNIST", "ImageFolderDataset", "ImageRecordDataset"]

File = tuple[str, str]  # a name, and the SHA-1 of the content
Transform = Callable[[Any, Any], Any] | None


class _Published(Dataset):
    """A dataset in files that the MXNet project publishes; an example is (picture, label)."""

    _namespace: ClassVar[str]

    def __init__(self, root: str | None, train: bool, transform: Transform) -> None:
        self._root = os.path.expanduser(root or os.path.join(data_dir(), "datasets", self._namespace))
        self._train = train
        self._transform = transform
        os.makedirs(self._root, exist_ok=True)
        pictures, self._label = self._read()
        self._data = nd.array(pictures, dtype=pictures.dtype)

    def _read(self) -> tuple[np.ndarray, np.ndarray]:
        raise NotImplementedError

    def _file(self, name: str, sha1: str) -> str:
        """The path of a published file, fetched if it is not there."""
        url = repository_url(f"gluon/dataset/{self._namespace}/{name}")
        try:
            return download(url, path=self._root, sha1_hash=sha1)
        except (OSError, ArgumentError) as error:
            kind = ChecksumError if isinstance(error, ChecksumError) else DownloadError
            raise kind(
                f"cannot get the dataset {self._namespace}: {error}. Wanted is the file {name} (SHA-1 {sha1}) in the "
                f"folder {self._root}. Put it there, or set MXNET_GLUON_REPO to a repository that has it."
            ) from error

    def __getitem__(self, idx: Any) -> Any:
        example = self._data[idx], self._label[idx]
        return example if self._transform is None else self._transform(*example)

    def __len__(self) -> int:
        return len(self._label)


class MNIST(_Published):
    """Handwritten digits: pictures of shape (28, 28, 1), uint8, and labels, int32.

    Args:
      root: the folder of the files, by default ``$MXNET_HOME/datasets/mnist``. What is missing there is fetched.
      train: the 60000 pictures for training, or the 10000 others.
      transform: a function of picture and label whose result is the example.

    Raises:
      DownloadError: when a file is missing and cannot be fetched; the message says which, where to, and from where.
      ModelFormatError: when a file is another one.
    """

    _namespace = "mnist"
    _files: ClassVar[dict[bool, tuple[File, File]]] = {
        True: (
            ("train-images-idx3-ubyte.gz", "6c95f4b05d2bf285e1bfb0e7960c31bd3b3f8a7d"),
            ("train-labels-idx1-ubyte.gz", "2a80914081dc54586dbdf242f9805a6b8d2a15fc"),
        ),
        False: (
            ("t10k-images-idx3-ubyte.gz", "c3a25af1f52dad7f726cce8cacb138654b760d48"),
            ("t10k-labels-idx1-ubyte.gz", "763e7fa3757d93b0cdec073cef058b2004252c17"),
        ),
    }

    def __init__(self, root: str | None = None, train: bool = True, transform: Transform = None) -> None:
        super().__init__(root, train, transform)

    def _read(self) -> tuple[np.ndarray, np.ndarray]:
        pictures, labels = (
            read_idx(_gunzipped(self._file(*file)), rank, file[0])
            for file, rank in zip(self._files[self._train], (3, 1))
        )
        if len(pictures) != len(labels):
            raise ModelFormatError(f"{self._root} has {len(pictures)} pictures and {len(labels)} labels")
        return pictures[..., None], labels.astype(np.int32)


class FashionMNIST(MNIST):
    """Pictures of clothes in MNIST's format; the folder is by default ``$MXNET_HOME/datasets/fashion-mnist``."""

    _namespace = "fashion-mnist"
    _files: ClassVar[dict[bool, tuple[File, File]]] = {
        True: (
            ("train-images-idx3-ubyte.gz", "0cf37b0d40ed5169c6b3aba31069a9770ac9043d"),
            ("train-labels-idx1-ubyte.gz", "236021d52f1e40852b06a4c3008d8de8aef1e40b"),
        ),
        False: (
            ("t10k-images-idx3-ubyte.gz", "626ed6a7c06dd17c0eec72fa3be1740f146a2863"),
            ("t10k-labels-idx1-ubyte.gz", "17f9ab60e7257a1620f4ad76bbbaf857c3920701"),
        ),
    }


class _Cifar(_Published):
    """Pictures of shape (32, 32, 3) in binary files, each after its labels."""

    _archive: ClassVar[File]
    _files: ClassVar[dict[bool, tuple[File, ...]]]
    _labels = 1  # bytes before each picture
    _which = 0  # the one that is the label

    def _read(self) -> tuple[np.ndarray, np.ndarray]:
        if not all(self._there(*file) for files in self._files.values() for file in files):
            self._unpack(self._file(*self._archive))
        rows = np.concatenate([self._rows(name) for name, _ in self._files[self._train]])
        pictures = rows[:, self._labels :].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return pictures, rows[:, self._which].astype(np.int32)

    def _there(self, name: str, sha1: str) -> bool:
        path = os.path.join(self._root, name)
        return os.path.exists(path) and check_sha1(path, sha1)

    def _unpack(self, archive: str) -> None:
        """Put the files of an archive into the folder, those that are wanted."""
        import tarfile  # brings every compressor along

        try:
            with tarfile.open(archive) as files:
                for name in (name for group in self._files.values() for name, _ in group):
                    content = files.extractfile(name)
                    if content is None:
                        raise ModelFormatError(f"{name} is no file in {archive}")
                    with atomic_write(os.path.join(self._root, name)) as stream:
                        stream.write(content.read())
        except (tarfile.TarError, KeyError, EOFError, zlib.error) as error:
            raise ModelFormatError(f"{archive} is broken: {error}") from error

    def _rows(self, name: str) -> np.ndarray:
        rows, size = np.fromfile(os.path.join(self._root, name), np.uint8), self._labels + 3 * 32 * 32
        if rows.size % size:
            raise ModelFormatError(f"{name} is no whole number of pictures of {size} bytes")
        return rows.reshape(-1, size)


class CIFAR10(_Cifar):
    """Pictures of ten kinds of things, shape (32, 32, 3), uint8, and labels, int32.

    Args:
      root: the folder of the files, by default ``$MXNET_HOME/datasets/cifar10``. What is missing there is fetched.
      train: the 50000 pictures for training, or the 10000 others.
      transform: a function of picture and label whose result is the example.

    Raises:
      DownloadError: when a file is missing and cannot be fetched; the message says which, where to, and from where.
      ModelFormatError: when a file is another one.
    """

    _namespace = "cifar10"
    _archive = ("cifar-10-binary.tar.gz", "fab780a1e191a7eda0f345501ccd62d20f7ed891")
    _files: ClassVar[dict[bool, tuple[File, ...]]] = {
        True: (
            ("data_batch_1.bin", "aadd24acce27caa71bf4b10992e9e7b2d74c2540"),
            ("data_batch_2.bin", "c0ba65cce70568cd57b4e03e9ac8d2a5367c1795"),
            ("data_batch_3.bin", "1dd00a74ab1d17a6e7d73e185b69dbf31242f295"),
            ("data_batch_4.bin", "aab85764eb3584312d3c7f65fd2fd016e36a258e"),
            ("data_batch_5.bin", "26e2849e66a845b7f1e4614ae70f4889ae604628"),
        ),
        False: (("test_batch.bin", "67eb016db431130d61cd03c7ad570b013799c88c"),),
    }

    def __init__(self, root: str | None = None, train: bool = True, transform: Transform = None) -> None:
        super().__init__(root, train, transform)


class CIFAR100(_Cifar):
    """Pictures of a hundred kinds of things in twenty groups, shape (32, 32, 3), uint8, and labels, int32.

    Args:
      root: the folder of the files, by default ``$MXNET_HOME/datasets/cifar100``. What is missing there is fetched.
      fine_label: whether labels are kinds or groups.
      train: the 50000 pictures for training, or the 10000 others.
      transform: a function of picture and label whose result is the example.

    Raises:
      DownloadError: when a file is missing and cannot be fetched; the message says which, where to, and from where.
      ModelFormatError: when a file is another one.
    """

    _namespace = "cifar100"
    _archive = ("cifar-100-binary.tar.gz", "a0bb982c76b83111308126cc779a992fa506b90b")
    _files: ClassVar[dict[bool, tuple[File, ...]]] = {
        True: (("train.bin", "e207cd2e05b73b1393c74c7f5e7bea451d63e08e"),),
        False: (("test.bin", "8fb6623e830365ff53cf14adec797474f5478006"),),
    }
    _labels = 2

    def __init__(
        self, root: str | None = None, fine_label: bool = False, train: bool = True, transform: Transform = None
    ) -> None:
        self._which = int(fine_label)
        super().__init__(root, train, transform)


class ImageRecordDataset(RecordFileDataset):
    """The pictures of a .rec file, (H, W, C) in uint8, with the labels in their heads.

    Args:
      filename: the .rec file, with its .idx file beside it.
      flag: 0 for one channel (grey), 1 for three (RGB).
      transform: a function of picture and label whose result is the example.
    """

    def __init__(self, filename: str, flag: int = 1, transform: Transform = None) -> None:
        super().__init__(filename)
        self._flag = flag
        self._transform = transform

    def __getitem__(self, idx: int) -> Any:
        header, content = unpack(super().__getitem__(idx))
        example = imdecode(content, self._flag), header.label
        return example if self._transform is None else self._transform(*example)


class ImageFolderDataset(Dataset):
    """The pictures in a folder's folders, (H, W, C) in uint8; the label says which folder, in the order of names.

    Args:
      root: the folder.
      flag: 0 for one channel (grey), 1 for three (RGB).
      transform: a function of picture and label whose result is the example.

    Attributes:
      synsets: the names of the folders, by label.
      items: a pair of path and label for each picture.

    Warns:
      UserWarning: for each file that is left out.
    """

    def __init__(self, root: str, flag: int = 1, transform: Transform = None) -> None:
        self._root = os.path.expanduser(root)
        self._flag = flag
        self._transform = transform
        self._exts = [".jpg", ".jpeg", ".png"]
        self.synsets: list[str] = []
        self.items: list[tuple[str, int]] = []
        for folder in sorted(os.listdir(self._root)):
            self._add(folder, os.path.join(self._root, folder))

    def _add(self, folder: str, path: str) -> None:
        if not os.path.isdir(path):
            warnings.warn(f"Ignoring {path}, which is not a directory.", stacklevel=3)
            return
        for name in sorted(os.listdir(path)):
            file, ending = os.path.join(path, name), os.path.splitext(name)[1]
            if ending.lower() in self._exts:
                self.items.append((file, len(self.synsets)))
            else:
                supported = ", ".join(self._exts)
                warnings.warn(f"Ignoring {file} of type {ending}. Only support {supported}", stacklevel=3)
        self.synsets.append(folder)

    def __getitem__(self, idx: int) -> Any:
        path, label = self.items[idx]
        picture = imread(path, self._flag)
        return (picture, label) if self._transform is None else self._transform(picture, label)

    def __len__(self) -> int:
        return len(self.items)


def _gunzipped(path: str) -> bytes:
    try:
        with gzip.open(path) as stream:
            return stream.read()
    except (OSError, EOFError, zlib.error) as error:
        raise ModelFormatError(f"{path} is broken: {error}") from error
