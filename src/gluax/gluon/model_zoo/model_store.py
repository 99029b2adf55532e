"""Published parameters of the networks in the zoo: found in a folder, or fetched into it."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator

from gluax.errors import ArgumentError, ChecksumError, DownloadError
from gluax.gluon.download import check_sha1, data_dir, download, repository_url
from gluax.ir.atomic import atomic_write

_log = logging.getLogger(__name__)

__all__ = ["get_model_file", "purge"]

# The largest published file, of vgg19_bn, is about half of this; a zip file that claims more is not one of them.
_LARGEST = 1 << 30

# The SHA-1 of each parameter file that the MXNet project published.
_model_sha1 = {
    "alexnet": "44335d1f0046b328243b32a26a4fbd62d9057b45",
    "densenet121": "f27dbf2dbd5ce9a80b102d89c7483342cd33cb31",
    "densenet161": "b6c8a95717e3e761bd88d145f4d0a214aaa515dc",
    "densenet169": "2603f878403c6aa5a71a124c4a3307143d6820e9",
    "densenet201": "1cdbc116bc3a1b65832b18cf53e1cb8e7da017eb",
    "inceptionv3": "ed47ec45a937b656fcc94dabde85495bbef5ba1f",
    "mobilenet0.25": "9f83e440996887baf91a6aff1cccc1c903a64274",
    "mobilenet0.5": "8e9d539cc66aa5efa71c4b6af983b936ab8701c3",
    "mobilenet0.75": "529b2c7f4934e6cb851155b22c96c9ab0a7c4dc2",
    "mobilenet1.0": "6b8c5106c730e8750bcd82ceb75220a3351157cd",
    "mobilenetv2_0.25": "ae8f9392789b04822cbb1d98c27283fc5f8aa0a7",
    "mobilenetv2_0.5": "aabd26cd335379fcb72ae6c8fac45a70eab11785",
    "mobilenetv2_0.75": "e2be7b72a79fe4a750d1dd415afedf01c3ea818d",
    "mobilenetv2_1.0": "36da4ff1867abccd32b29592d79fc753bca5a215",
    "resnet101_v1": "d988c13d6159779e907140a638c56f229634cb02",
    "resnet101_v2": "18e93e4f48947e002547f50eabbcc9c83e516aa6",
    "resnet152_v1": "671c637a14387ab9e2654eafd0d493d86b1c8579",
    "resnet152_v2": "f2695542de38cf7e71ed58f02893d82bb409415e",
    "resnet18_v1": "a0666292f0a30ff61f857b0b66efc0228eb6a54b",
    "resnet18_v2": "a81db45fd7b7a2d12ab97cd88ef0a5ac48b8f657",
    "resnet34_v1": "48216ba99a8b1005d75c0f3a0c422301a0473233",
    "resnet34_v2": "9d6b80bbc35169de6b6edecffdd6047c56fdd322",
    "resnet50_v1": "0aee57f96768c0a2d5b23a6ec91eb08dfb0a45ce",
    "resnet50_v2": "ecdde35339c1aadbec4f547857078e734a76fb49",
    "squeezenet1.0": "264ba4970a0cc87a4f15c96e25246a1307caf523",
    "squeezenet1.1": "33ba0f93753c83d86e1eb397f38a667eaf2e9376",
    "vgg11": "dd221b160977f36a53f464cb54648d227c707a05",
    "vgg11_bn": "ee79a8098a91fbe05b7a973fed2017a6117723a8",
    "vgg13": "6bc5de58a05a5e2e7f493e2d75a580d83efde38c",
    "vgg13_bn": "7d97a06c3c7a1aecc88b6e7385c2b373a249e95e",
    "vgg16": "e660d4569ccb679ec68f1fd3cce07a387252a90a",
    "vgg16_bn": "7f01cf050d357127a73826045c245041b0df7363",
    "vgg19": "ad2f660d101905472b83590b59708b71ea22b2e5",
    "vgg19_bn": "f360b758e856f1074a85abd5fd873ed1d98297c3",
}


def short_hash(name: str) -> str:
    """The first eight digits of the checksum of a network's parameters, a part of the file's name.

    Raises:
      ArgumentError: when there are none for this name; it is a `ValueError`.
    """
    if name not in _model_sha1:
        known = ", ".join(sorted(_model_sha1))
        raise ArgumentError(f"Pretrained model for {name} is not available. There are parameters for {known}")
    return _model_sha1[name][:8]


def get_model_file(name: str, root: str | os.PathLike[str] | None = None) -> str:
    """The path of a network's published parameters, fetched first if the file is not there or not what it should be.

    They come as ``gluon/models/<name>-<hash>.zip`` from the repository whose address the environment's
    ``MXNET_GLUON_REPO`` holds, by default that of the MXNet project. The file gets its name only when it is complete
    and its checksum is right, so that processes can do this side by side.

    Args:
      name: the network's name, as `vision.get_model` takes it.
      root: the folder, made if needed; by default ``$MXNET_HOME/models``, or ``~/.mxnet/models``.

    Raises:
      ArgumentError: when there are no parameters for this name.
      DownloadError: when they cannot be fetched; the message tells which file is wanted, where, and its address.
      ChecksumError: when what was fetched is not the published file; it is a `ValueError`.
    """
    stem = f"{name}-{short_hash(name)}"
    folder = _folder(root)
    path = os.path.join(folder, f"{stem}.params")
    if os.path.exists(path):
        if check_sha1(path, _model_sha1[name]):
            return path
        _log.warning("The content of %s is not the published one. Downloading again.", path)
    else:
        _log.info("Model file not found. Downloading to %s.", path)
    url = repository_url(f"gluon/models/{stem}.zip")
    try:
        _fetch(url, path, _model_sha1[name])
    except (OSError, ArgumentError) as error:
        kind = ChecksumError if isinstance(error, ChecksumError) else DownloadError
        raise kind(
            f"cannot get the parameters of {name}: {error}. Wanted is the file {stem}.params (SHA-1 "
            f"{_model_sha1[name]}) in the folder {folder}, which {url} should hold. Put the file there, or set "
            "MXNET_GLUON_REPO to a repository that has it."
        ) from error
    return path


def purge(root: str | os.PathLike[str] | None = None) -> None:
    """Remove all parameter files from a folder, by default that of `get_model_file`.

    Raises:
      FileNotFoundError: when there is no such folder.
    """
    folder = _folder(root)
    for name in os.listdir(folder):
        if name.endswith(".params"):
            os.unlink(os.path.join(folder, name))


def _folder(root: str | os.PathLike[str] | None) -> str:
    return os.path.expanduser(os.path.join(data_dir(), "models") if root is None else root)


def _fetch(url: str, path: str, sha1_hash: str) -> None:
    """Fetch a zip file and put its member of that name at `path`."""
    folder, member = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".gluax-") as temporary:
        archive = download(url, os.path.join(temporary, url.rsplit("/", 1)[-1]))
        digest = hashlib.sha1(usedforsecurity=False)
        with atomic_write(path) as stream:
            for chunk in _member(archive, member):
                digest.update(chunk)
                stream.write(chunk)
            if digest.hexdigest() != sha1_hash:
                raise ChecksumError(f"Downloaded file has different hash, {digest.hexdigest()}")


def _member(archive: str, name: str) -> Iterator[bytes]:
    """The content of one member of a zip file, piece by piece. The other members are left alone."""
    try:
        with zipfile.ZipFile(archive) as files:
            member = files.getinfo(name)
            if member.file_size > _LARGEST:
                raise ChecksumError(f"{name} would be {member.file_size} bytes long, more than any published file")
            with files.open(member) as content:
                while chunk := content.read(1 << 20):
                    yield chunk
    except KeyError:
        raise ChecksumError(f"the zip file has no {name}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ChecksumError(f"the zip file is broken: {error}") from error
