"""A mirror is tried first, plain or gzipped, as a folder or as a URL prefix."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tailmark.datasets.fetch import Depot, fetch
from tailmark.errors import TailmarkError

Fetch = Callable[[str], Path]


@pytest.fixture
def fetch_from(tiny, depot: Depot, unreachable: str) -> Fetch:
    """Fetch the tiny file with this mirror; all its other sources are out of reach."""

    def run(mirror: str) -> Path:
        return fetch(tiny.url(unreachable), replace(depot, mirror=mirror), lambda path: None)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mirror" / "tiny").mkdir(parents=True)
    return tmp_path / "mirror"


def test_a_folder(folder: Path, fetch_from: Fetch, tiny) -> None:
    original = folder / "tiny" / "tiny.csv"
    original.write_bytes(tiny.content)
    path = fetch_from(str(folder))
    assert path.read_bytes() == tiny.content
    assert path != original and original.exists()


def test_a_gzipped_file_in_a_folder(folder: Path, fetch_from: Fetch, tiny) -> None:
    (folder / "tiny" / "tiny.csv.gz").write_bytes(gzip.compress(tiny.content))
    assert fetch_from(str(folder)).read_bytes() == tiny.content


def test_a_folder_in_the_home(folder: Path, fetch_from: Fetch, tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "tiny" / "tiny.csv").write_bytes(tiny.content)
    monkeypatch.setenv("HOME", str(folder.parent))
    assert fetch_from("~/mirror").read_bytes() == tiny.content


@pytest.mark.parametrize("online", [True, False])
def test_a_file_may_name_its_folder(folder: Path, host, tiny, depot: Depot, online: bool) -> None:
    (folder / "kin").mkdir()
    (folder / "kin" / "tiny.csv").write_bytes(tiny.content)
    host.files["/kin/tiny.csv"] = tiny.content
    mirror = host.url if online else str(folder)
    path = fetch(replace(tiny.file(), folder="kin"), replace(depot, mirror=mirror), lambda path: None)
    assert path == depot.cache / "kin" / "tiny.csv" and path.read_bytes() == tiny.content


@pytest.mark.parametrize("suffix", ["", "/"])
def test_a_url_prefix(host, fetch_from: Fetch, tiny, suffix: str) -> None:
    host.files["/some/where/tiny/tiny.csv"] = tiny.content
    assert fetch_from(f"{host.url}/some/where{suffix}").read_bytes() == tiny.content


def test_a_gzipped_file_under_a_url_prefix(host, fetch_from: Fetch, tiny) -> None:
    host.files["/tiny/tiny.csv.gz"] = gzip.compress(tiny.content)
    path = fetch_from(host.url)
    assert path.read_bytes() == tiny.content
    assert [child.name for child in path.parent.iterdir()] == ["tiny.csv"]


def test_a_mirror_without_the_file_is_passed_over(folder: Path, host, tiny, depot: Depot) -> None:
    host.files["/tiny.csv"] = tiny.content
    found = fetch(tiny.url(host.url), replace(depot, mirror=str(folder)), lambda path: None)
    assert found.read_bytes() == tiny.content


def test_what_a_mirror_lacks_is_named(folder: Path, fetch_from: Fetch) -> None:
    with pytest.raises(TailmarkError, match=r"it has neither tiny/tiny\.csv nor tiny/tiny\.csv\.gz"):
        fetch_from(str(folder))


@pytest.mark.parametrize("damage", ["cut", "flip", "plain"])
def test_a_damaged_archive_leaves_nothing(
    folder: Path, fetch_from: Fetch, tiny, depot: Depot, damage: str
) -> None:
    archive = gzip.compress(tiny.content)
    damaged = {"cut": archive[:-20], "flip": archive[:20] + b"\xff\xff" + archive[22:], "plain": tiny.content}
    (folder / "tiny" / "tiny.csv.gz").write_bytes(damaged[damage])
    with pytest.raises(TailmarkError, match=r"the archive tiny\.csv\.gz is damaged or ends early"):
        fetch_from(str(folder))
    assert not list((depot.cache / "tiny").iterdir())


def test_a_damaged_archive_under_a_url_prefix_leaves_nothing(host, fetch_from: Fetch, depot: Depot) -> None:
    host.files["/tiny/tiny.csv.gz"] = b"\x1f\x8b and no more"
    with pytest.raises(TailmarkError, match="damaged or ends early"):
        fetch_from(host.url)
    assert not list((depot.cache / "tiny").iterdir())


def test_a_mirror_that_is_no_folder(tmp_path: Path, fetch_from: Fetch) -> None:
    with pytest.raises(TailmarkError, match=r"got '.*/nowhere', and there is no such folder"):
        fetch_from(str(tmp_path / "nowhere"))
