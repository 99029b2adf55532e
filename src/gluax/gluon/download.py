"""Fetching files: whole or not at all, with retries and checksums."""

from __future__ import annotations

import hashlib
import http.client
import os
import ssl
import sys
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from gluax.errors import ArgumentError, ChecksumError, DownloadError
from gluax.ir.atomic import atomic_write

_PUBLIC_REPOSITORY = "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/"
_CHUNK = 1 << 20
_TIMEOUT = 60.0  # seconds without a byte
_SCHEMES = ("http", "https", "file")
# Answers that another attempt can change, beside those of the server's own errors (5xx).
_PASSING = (408, 425, 429)


def data_dir() -> str:
    """The folder of downloaded files: the environment's ``MXNET_HOME``, or ``~/.mxnet``."""
    return os.environ.get("MXNET_HOME", os.path.join(os.path.expanduser("~"), ".mxnet"))


def repository_url(path: str) -> str:
    """The address of a published file, in the repository that the environment's ``MXNET_GLUON_REPO`` names, by default
    that of the MXNet project."""
    return f"{(os.environ.get('MXNET_GLUON_REPO') or _PUBLIC_REPOSITORY).rstrip('/')}/{path}"


def check_sha1(filename: str | os.PathLike[str], sha1_hash: str) -> bool:
    """Whether the SHA-1 of a file's content is the given one, in hexadecimal digits."""
    with open(filename, "rb") as stream:
        return hashlib.file_digest(stream, "sha1").hexdigest() == sha1_hash


def replace_file(src: str | os.PathLike[str], dst: str | os.PathLike[str]) -> None:
    """Rename `src` over `dst` in one step.

    Raises:
      OSError: when that fails; `src` is then removed.
    """
    try:
        os.replace(src, dst)
    except OSError as error:
        if os.path.isfile(src):
            os.unlink(src)
        raise OSError(f"cannot move the temporary file {src} to {dst}: {error}") from error


def download(
    url: str,
    path: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    sha1_hash: str | None = None,
    retries: int = 5,
    verify_ssl: bool = True,
) -> str:
    """Fetch a file, unless it is there already.

    The bytes go to a temporary file, which takes its name only when it is complete and its checksum is right, so that
    other processes can fetch the same file at the same time. Beside MXNet's, ``file:`` addresses work.

    Args:
      url: the address.
      path: the file to write, or an existing folder; by default the current folder. Files in folders are called as
        in the address.
      overwrite: fetch also when the file exists.
      sha1_hash: the expected SHA-1 of the content; an existing file with another one is fetched anew.
      retries: the number of attempts. Refusals of the server (not found, forbidden) are final.
      verify_ssl: check the server's certificate.

    Returns:
      The path of the file.

    Raises:
      DownloadError: when no attempt succeeds; it is a `RuntimeError` and an `OSError`.
      ChecksumError: when the content is not the expected one.
      ArgumentError: for an address of another kind, one without a file name, and a negative number of retries.

    Warns:
      UserWarning: when certificates are not checked.
    """
    if urlsplit(url).scheme not in _SCHEMES:
        raise ArgumentError(f"cannot download {url!r}: addresses begin with one of {', '.join(_SCHEMES)}")
    if retries < 0:
        raise ArgumentError(f"Number of retries should be at least 0, currently it's {retries}")
    target = _target(url, path)
    if not verify_ssl:
        warnings.warn(
            "verify_ssl=False: anyone on the way can change what is downloaded. Better check certificates.",
            stacklevel=2,
        )
    if not overwrite and os.path.exists(target) and (not sha1_hash or check_sha1(target, sha1_hash)):
        return target
    os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
    print(f"Downloading {target} from {url}...")
    for left in reversed(range(max(retries, 1))):
        try:
            _fetch(url, target, sha1_hash, verify_ssl)
            break
        except DownloadError as error:
            cause = error.__cause__
            final = isinstance(cause, urllib.error.HTTPError) and cause.code < 500 and cause.code not in _PASSING
            if final or not left:
                raise
            print(f"{error}; retrying, {left} attempt{'s' if left > 1 else ''} left")
    return target


def _target(url: str, path: str | os.PathLike[str] | None) -> str:
    name = unquote(urlsplit(url).path).split("/")[-1]
    target = os.path.expanduser(os.fspath(path)) if path is not None else ""
    if path is not None and not os.path.isdir(target):
        return target
    if name in ("", ".", ".."):
        raise ArgumentError(f"cannot make a file name from {url!r}: give the path of the file")
    return os.path.join(target, name)


def _fetch(url: str, target: str, sha1_hash: str | None, verify_ssl: bool) -> None:
    """One attempt."""
    digest = hashlib.sha1(usedforsecurity=False)
    with atomic_write(target) as stream, _progress(os.path.basename(target)) as show:
        for chunk, total in _chunks(url, verify_ssl):
            stream.write(chunk)
            digest.update(chunk)
            show(len(chunk), total)
        if sha1_hash and digest.hexdigest() != sha1_hash:
            raise ChecksumError(
                f"what {url} gave is not the expected file: its SHA-1 is {digest.hexdigest()}, expected {sha1_hash}"
            )


def _chunks(url: str, verify_ssl: bool) -> Iterator[tuple[bytes, int | None]]:
    """The content, piece by piece, with its whole length where the server tells it."""
    context = ssl.create_default_context()
    if not verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    received = 0
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT, context=context) as response:
            length = response.headers.get("Content-Length", "")
            total = int(length) if length.isdecimal() else None
            while chunk := response.read(_CHUNK):
                received += len(chunk)
                yield chunk, total
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it holds the connection
        raise DownloadError(f"failed downloading {url}: {error}") from error
    if total is not None and received != total:
        raise DownloadError(f"failed downloading {url}: it ended after {received} of {total} bytes")


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int | None], None]]:
    """A function to call with the size of each piece and of the whole; it moves a bar, on a terminal."""
    if not sys.stderr.isatty():
        yield lambda size, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(name, total=None)
        yield lambda size, total: progress.update(task, advance=size, total=total)
