"""A tiny dataset, and web servers on loopback that do what real hosts do wrong."""

from __future__ import annotations

import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tailmark.datasets import Dataset, File, Parsed, Url
from tailmark.datasets.declaration import Paths, Source
from tailmark.datasets.digest import content_digest
from tailmark.datasets.fetch import Depot

TINY = b"a,b,label\n" + b"0.5,-1,0\n1.5,-2,1\n2.5,-3,0\n" * 1000


@dataclass
class Host:
    """What a server offers and how it misbehaves; `asked` records each (path, Range header)."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    sends_only: list[int] = field(default_factory=list)  # bytes of the body, for each answer to come
    honours_range: bool = True
    states_length: bool = True
    wrong_range: bool = False
    resets: bool = False  # instead of ending politely
    asked: list[tuple[str, str | None]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    host: Host

    def do_GET(self) -> None:
        host, wanted = self.host, self.headers["Range"]
        host.asked.append((self.path, wanted))
        body = host.files.get(self.path)
        if body is None:
            return self.send_error(404)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and host.honours_range else 0
        if start > 0 and start >= len(body):
            return self.send_error(416)
        self.answer(body[start:], start, len(body))

    def answer(self, rest: bytes, start: int, total: int) -> None:
        self.send_response(206 if start else 200)
        if start:
            first = 0 if self.host.wrong_range else start
            self.send_header("Content-Range", f"bytes {first}-{total - 1}/{total}")
        if self.host.states_length:
            self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        size = self.host.sends_only.pop(0) if self.host.sends_only else len(rest)
        self.wfile.write(rest[:size])
        if self.host.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def new_host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Host]]:
    monkeypatch.setenv("no_proxy", "*")
    servers: list[ThreadingHTTPServer] = []

    def start() -> Host:
        handler = type("HandlerOfOneHost", (Handler,), {})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        handler.host = Host(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return handler.host

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def host(new_host: Callable[[], Host]) -> Host:
    return new_host()


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address where nobody listens."""
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture(autouse=True)
def _no_mirror_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAILMARK_MIRROR", raising=False)


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    return Depot("tiny", tmp_path / "cache")


def read_tiny(paths: Paths) -> Parsed:
    table = np.loadtxt(paths["tiny.csv"], delimiter=",", skiprows=1, ndmin=2)
    return Parsed({"features": table[:, :2].astype(np.float32)}, table[:, 2].astype(np.int16))


@pytest.fixture
def tiny(tmp_path: Path) -> SimpleNamespace:
    """`content` of a source file, `file` and `dataset` that declare it, and `read`."""
    original = tmp_path / "tiny.csv"
    original.write_bytes(TINY)
    digest = content_digest(read_tiny({"tiny.csv": original}))
    original.unlink()

    def file(*sources: Source, sha256: str | None = hashlib.sha256(TINY).hexdigest()) -> File:
        return File("tiny.csv", sources, sha256)

    def dataset(*files: File) -> Dataset:
        return Dataset(
            name="tiny", title="Tiny", licence="none", homepage="none", files=files,
            scaling={"features": "zscore"}, classes=("no", "yes"), class_counts=(2000, 1000), digest=digest,
        )  # fmt: skip

    def url(*hosts: str) -> File:
        return file(*(Url(f"{host}/tiny.csv") for host in hosts))

    return SimpleNamespace(content=TINY, file=file, url=url, dataset=dataset, read=read_tiny)
