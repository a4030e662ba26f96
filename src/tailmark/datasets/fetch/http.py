"""Downloads one URL, and goes on where an earlier attempt broke off."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tailmark import __version__
from tailmark.datasets.fetch.checks import Unavailable
from tailmark.datasets.fetch.progress import Report, shown

CHUNK = 1 << 18
SECONDS = 30.0  # without a byte, before a connection counts as dead


class NotThere(Unavailable):
    """The host answers that it has no such file."""


class BrokenOff(Exception):
    """The connection failed before the file was complete."""


def bring(url: str, target: Path, progress: bool) -> Path:
    """Download to a part file beside `target`, whose path is returned.

    The part's name holds the URL, so that bytes of two hosts, which may differ, are never joined.
    """
    part = target.with_name(f"{target.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part")
    with shown(f"{target.name} from {urlsplit(url).netloc}", progress) as report:
        try:
            _receive_all(url, part, report)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                part.unlink(missing_ok=True)
            raise
    return part


def _receive_all(url: str, part: Path, report: Report) -> None:
    """Ask for the rest again, for as long as every attempt brings something."""
    while True:
        before = _size(part)
        try:
            _receive(url, part, report)
            return
        except BrokenOff as reason:
            if _size(part) <= before:
                raise Unavailable(str(reason)) from reason


def _receive(url: str, part: Path, report: Report) -> None:
    have = _size(part)
    with _open(url, have) as response:
        have = have if _continues(response, have) else 0
        total = None if response.length is None else have + response.length
        with part.open("ab" if have else "wb") as out:
            for chunk in _chunks(response):
                have += out.write(chunk)
                report(have, total)
            out.flush()
            os.fsync(out.fileno())
    if total is not None and have < total:
        raise BrokenOff(f"the connection broke off after {have:,} of {total:,} bytes")


def _open(url: str, have: int) -> HTTPResponse:
    headers = {"User-Agent": f"tailmark/{__version__}", "Accept-Encoding": "identity"}
    rest = {"Range": f"bytes={have}-"} if have else {}
    try:
        response: HTTPResponse = urlopen(Request(url, headers=headers | rest), timeout=SECONDS)
    except HTTPError as error:
        with error:
            if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
                return _open(url, have=0)  # there is no rest: the part is no beginning of this file
            raise _refusal(error) from error
    except (OSError, HTTPException) as error:
        raise BrokenOff(f"no connection ({_cause(error)})") from error
    return response


def _refusal(error: HTTPError) -> Unavailable:
    kind = NotThere if error.code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} else Unavailable
    return kind(f"the host answered {error.code} {error.reason}")


def _cause(error: Exception) -> object:
    return error.reason if isinstance(error, URLError) else error


def _continues(response: HTTPResponse, have: int) -> bool:
    """Whether the answer is the rest that was asked for; a host may send the whole file instead."""
    if response.status != HTTPStatus.PARTIAL_CONTENT:
        return False
    if not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        raise Unavailable("the host answered with another range than was asked for")
    return True


def _chunks(response: HTTPResponse) -> Iterator[bytes]:
    """Only what the network does wrong becomes `BrokenOff`; a full disk stays what it is."""
    while True:
        try:
            chunk = response.read(CHUNK)
        except (OSError, HTTPException) as error:
            raise BrokenOff(f"the connection broke off ({error})") from error
        if not chunk:
            return
        yield chunk


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
