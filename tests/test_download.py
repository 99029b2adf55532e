"""Downloads and the store of published parameters, against a local server."""

from __future__ import annotations

import hashlib
import io
import logging
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import gluax as mx
from gluax.gluon.model_zoo import model_store
from gluax.gluon.utils import check_sha1, download, replace_file

CONTENT = bytes(range(256)) * 5000
SHA1 = hashlib.sha1(CONTENT).hexdigest()

# An address's answers, one for each request; the last one stays: content, or (status, content, length told).
Answer = bytes | tuple[int, bytes, int]


class Server:
    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[str] = []

    def serve(self, path: str, *answers: Answer) -> str:
        self.answers[path] = list(answers)
        return self.url + path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.requests.append(self.path)
            answers = found.answers.get(self.path, [(404, b"", 0)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            status, content, length = answer if isinstance(answer, tuple) else (200, answer, len(answer))
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as service:
        found = Server(f"http://127.0.0.1:{service.server_address[1]}")
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        service.shutdown()
        thread.join()


def zipped(name: str, content: bytes = CONTENT, **others: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr(name, content)
        for key, value in others.items():
            files.writestr(key.replace("__", "../"), value)
    return stream.getvalue()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- download


def test_content_arrives_under_the_name_of_the_address(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.serve("/a/model.bin?version=2", CONTENT)
    monkeypatch.chdir(tmp_path)
    assert download(url) == "model.bin"
    assert Path("model.bin").read_bytes() == CONTENT
    assert capsys.readouterr().out == f"Downloading model.bin from {url}...\n"
    (tmp_path / "folder").mkdir()
    assert download(url, "folder") == "folder/model.bin"
    assert download(url, tmp_path / "new" / "other", sha1_hash=SHA1) == str(tmp_path / "new" / "other")
    assert names(tmp_path / "new") == ["other"]


@pytest.mark.parametrize(
    ("before", "options", "requests"),
    [
        (b"mine", {}, 0),
        (b"mine", {"overwrite": True}, 1),
        (b"mine", {"sha1_hash": SHA1}, 1),
        (CONTENT, {"sha1_hash": SHA1}, 0),
        (CONTENT, {"sha1_hash": SHA1, "overwrite": True}, 1),
    ],
)
def test_an_existing_file(server: Server, tmp_path: Path, before: bytes, options: dict, requests: int) -> None:
    target = tmp_path / "file"
    target.write_bytes(before)
    download(server.serve("/file", CONTENT), target, **options)
    assert target.read_bytes() == (CONTENT if requests else before)
    assert len(server.requests) == requests


def test_file_addresses(tmp_path: Path) -> None:
    (tmp_path / "a file").write_bytes(CONTENT)
    (tmp_path / "to").mkdir()
    download((tmp_path / "a file").as_uri(), tmp_path / "to", sha1_hash=SHA1)
    assert (tmp_path / "to" / "a file").read_bytes() == CONTENT


BUSY: Answer = (503, b"", 0)
SHORT: Answer = (200, CONTENT[:100_000], len(CONTENT))


@pytest.mark.parametrize(
    ("answers", "retries", "requests"),
    [((BUSY, CONTENT), 2, 2), ((SHORT, SHORT, CONTENT), 5, 3), ((b"wrong", CONTENT), 5, 2), ((CONTENT,), 0, 1)],
)
def test_another_attempt(
    server: Server, tmp_path: Path, answers: tuple[Answer, ...], retries: int, requests: int
) -> None:
    download(server.serve("/file", *answers), tmp_path / "file", sha1_hash=SHA1, retries=retries)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert len(server.requests) == requests


@pytest.mark.parametrize(
    ("answer", "kinds", "requests", "message"),
    [
        (BUSY, (OSError, RuntimeError), 3, "503"),
        (SHORT, (OSError, RuntimeError), 3, f"of {len(CONTENT)} bytes"),
        ((404, b"", 0), (OSError, RuntimeError), 1, "404"),
        (b"wrong", (ValueError, UserWarning, RuntimeError), 3, "SHA-1"),
    ],
)
def test_failures_leave_the_old_file(
    server: Server, tmp_path: Path, answer: Answer, kinds: tuple[type[Exception], ...], requests: int, message: str
) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    url = server.serve("/file", answer)
    with pytest.raises(mx.MXNetError, match=message) as caught:
        download(url, target, sha1_hash=SHA1, retries=3)
    assert all(isinstance(caught.value, kind) for kind in kinds)
    assert url in str(caught.value)
    assert len(server.requests) == requests
    assert names(tmp_path) == ["file"]
    assert target.read_bytes() == b"old"


def test_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(OSError, match="failed downloading http://127"):
        download("http://127.0.0.1:9/file", tmp_path / "file", retries=1)
    assert names(tmp_path) == []


@pytest.mark.parametrize("url", ["ftp://host/file", "file", "data:,x", "http://host/", "http://host/.."])
def test_addresses_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"cannot (download|make a file name)"):
        download(url, tmp_path)


def test_arguments(server: Server, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="at least 0"):
        download(server.url, tmp_path / "file", retries=-1)
    with pytest.warns(UserWarning, match="verify_ssl=False") as caught:
        download(server.serve("/file", CONTENT), tmp_path / "file", verify_ssl=False)
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_a_bar_on_a_terminal(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", Terminal())
    download(server.serve("/file", CONTENT), tmp_path / "file")
    import sys

    assert "1.3/1.3 MB" in sys.stderr.getvalue()  # type: ignore[attr-defined]


def test_check_and_replace(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(CONTENT)
    (tmp_path / "b").write_bytes(b"b")
    assert check_sha1(tmp_path / "a", SHA1)
    assert not check_sha1(str(tmp_path / "b"), SHA1)
    replace_file(tmp_path / "a", tmp_path / "b")
    assert names(tmp_path) == ["b"]
    with pytest.raises(OSError, match="cannot move"):
        replace_file(tmp_path / "b", tmp_path / "no" / "folder")
    assert names(tmp_path) == []


# --- the store


@pytest.fixture
def published(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], str]:
    """Serves an answer as a network's file; returns the file's name without ending."""
    monkeypatch.setitem(model_store._model_sha1, "tiny", SHA1)
    monkeypatch.setenv("MXNET_GLUON_REPO", server.url)
    stem = f"tiny-{SHA1[:8]}"

    def publish(answer: Answer) -> str:
        server.serve(f"/gluon/models/{stem}.zip", answer)
        return stem

    return publish


NAME = f"tiny-{SHA1[:8]}.params"


def test_fetched_once(published: Callable, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stem = published(zipped(NAME, __evil=b"evil", more=b"more"))
    monkeypatch.setenv("MXNET_HOME", str(tmp_path / "home"))
    for _ in range(2):
        path = model_store.get_model_file("tiny")
        assert path == str(tmp_path / "home" / "models" / f"{stem}.params")
        assert Path(path).read_bytes() == CONTENT
    assert len(server.requests) == 1
    assert names(tmp_path / "home" / "models") == [NAME]
    assert names(tmp_path) == ["home"]


def test_default_folder(published: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(zipped(NAME))
    monkeypatch.delenv("MXNET_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert model_store.get_model_file("tiny") == str(tmp_path / ".mxnet" / "models" / NAME)
    assert model_store.get_model_file("tiny", "~/mine") == str(tmp_path / "mine" / NAME)


def test_a_spoilt_file_is_fetched_anew(published: Callable, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    published(zipped(NAME))
    (tmp_path / NAME).write_bytes(CONTENT[:-1])
    with caplog.at_level(logging.WARNING):
        path = model_store.get_model_file("tiny", root=tmp_path)
    assert Path(path).read_bytes() == CONTENT
    assert "Downloading again" in caplog.text


WHOLE = zipped(NAME)


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ((404, b"", 0), OSError, "404"),
        ((200, WHOLE[:-10], len(WHOLE)), OSError, "it ended after"),
        (WHOLE[: len(WHOLE) // 2], ValueError, "the zip file is broken"),
        (b"<html>not a zip</html>", ValueError, "the zip file is broken"),
        (zipped("../" + NAME), ValueError, f"the zip file has no {NAME}"),
        (zipped("other.params"), ValueError, f"the zip file has no {NAME}"),
        (zipped(NAME, b"other"), ValueError, "different hash"),
    ],
)
def test_what_cannot_be_had_is_named(
    published: Callable, server: Server, tmp_path: Path, answer: Answer, kind: type[Exception], reason: str
) -> None:
    published(answer)
    (tmp_path / NAME).write_bytes(b"old")
    with pytest.raises(mx.MXNetError, match=reason) as caught:
        model_store.get_model_file("tiny", root=tmp_path)
    assert isinstance(caught.value, kind)
    for part in (NAME, SHA1, str(tmp_path), f"{server.url}/gluon/models/tiny-{SHA1[:8]}.zip", "MXNET_GLUON_REPO"):
        assert part in str(caught.value)
    assert names(tmp_path) == [NAME]
    assert (tmp_path / NAME).read_bytes() == b"old"


def test_offline(published: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for repository in ("http://127.0.0.1:9", "nonsense"):
        monkeypatch.setenv("MXNET_GLUON_REPO", repository)
        with pytest.raises(OSError, match="Put the file there"):
            model_store.get_model_file("tiny", root=tmp_path)
    assert names(tmp_path) == []


def test_claims_of_size_are_limited(published: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(WHOLE)
    monkeypatch.setattr(model_store, "_LARGEST", len(CONTENT) - 1)
    with pytest.raises(ValueError, match="more than any published file"):
        model_store.get_model_file("tiny", root=tmp_path)


def test_many_at_once(published: Callable, tmp_path: Path) -> None:
    published(WHOLE)
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda _: model_store.get_model_file("tiny", root=tmp_path), range(16)))
    assert paths == {str(tmp_path / NAME)}
    assert names(tmp_path) == [NAME]
    assert check_sha1(tmp_path / NAME, SHA1)


def test_names_and_hashes() -> None:
    assert len(model_store._model_sha1) == 34
    assert model_store.short_hash("resnet18_v1") == "a0666292"
    with pytest.raises(ValueError, match=r"Pretrained model for nope is not available.*resnet18_v1"):
        model_store.get_model_file("nope")


def test_purge(tmp_path: Path) -> None:
    for name in ("a.params", "b.params", "c.zip"):
        (tmp_path / name).touch()
    model_store.purge(tmp_path)
    assert names(tmp_path) == ["c.zip"]
    with pytest.raises(FileNotFoundError):
        model_store.purge(tmp_path / "none")
