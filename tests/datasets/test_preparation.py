"""From a source file to a prepared folder, and every way that it can fail."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tailmark.datasets import Dataset, Number, Parsed, load, prepare
from tailmark.datasets.declaration import Paths
from tailmark.datasets.fetch import Depot
from tailmark.datasets.preparation import prepare_declared
from tailmark.errors import TailmarkError

FULL = Path("/dev/full")
needs_full_device = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here: a disk cannot be filled")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tiny"


@pytest.fixture
def run(tiny, depot: Depot, folder: Path) -> Callable[[Dataset], Path]:
    return lambda dataset: prepare_declared(dataset, tiny.read, folder, depot)


@pytest.fixture
def served(host, tiny) -> Dataset:
    """The tiny dataset, with its file on a host."""
    host.files["/tiny.csv"] = tiny.content
    dataset: Dataset = tiny.dataset(tiny.url(host.url))
    return dataset


@pytest.fixture
def unpinned(host, tiny) -> Dataset:
    """The tiny dataset, with no checksum: its content decides."""
    host.files["/tiny.csv"] = tiny.content
    dataset: Dataset = tiny.dataset(replace(tiny.url(host.url), sha256=None))
    return dataset


def test_it_is_prepared(run, served: Dataset, folder: Path) -> None:
    assert run(served) == folder
    found = load(folder)
    assert found.digest == served.digest
    assert found.views["features"][:3].tolist() == [[0.5, -1], [1.5, -2], [2.5, -3]]
    assert np.bincount(found.labels).tolist() == [2000, 1000]


def test_a_second_time_nothing_is_done(run, served: Dataset, folder: Path, host, depot: Depot) -> None:
    run(served)
    (depot.cache / "tiny" / "tiny.csv").unlink()
    before = (folder / "data.arrow").stat()
    run(served)
    after = (folder / "data.arrow").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert len(host.asked) == 1


def test_the_same_bytes_twice(run, served: Dataset, folder: Path) -> None:
    first = {path.name: path.read_bytes() for path in run(served).iterdir()}
    (folder / "meta.json").unlink()
    assert {path.name: path.read_bytes() for path in run(served).iterdir()} == first


def test_one_changed_value_is_noticed_and_repaired(run, served: Dataset, folder: Path) -> None:
    run(served)
    data = folder / "data.arrow"
    whole = bytearray(data.read_bytes())
    whole[len(whole) // 2] ^= 1
    data.write_bytes(whole)
    run(served)
    np.testing.assert_array_equal(load(folder).views["features"][-1], np.float32([2.5, -3]))
    assert data.read_bytes() != whole


def test_a_changed_declaration_is_prepared_again(run, served: Dataset, folder: Path) -> None:
    run(served)
    run(replace(served, scaling={"features": "minmax01"}))
    assert load(folder).scaling == {"features": "minmax01"}


@pytest.mark.parametrize(("old", "new"), [(b"\n", b"\r\n"), (b"0.5", b"0.50")])
def test_content_counts_where_bytes_differ(run, unpinned: Dataset, host, old: bytes, new: bytes) -> None:
    host.files["/tiny.csv"] = host.files["/tiny.csv"].replace(old, new)
    assert load(run(unpinned)).digest == unpinned.digest


@pytest.mark.parametrize(
    ("content", "difference"),
    [
        (
            b"a,b,label\n1,2,0\n",
            r"expected 3,000 samples \(by class: 2000, 1000\), got 1 samples \(by class: 1, 0\)",
        ),
        (b"a,b,label\n1,2,-1\n", "it cannot be read as tiny"),
        (b"<html><p>Sign in, please</p>\n<p>or</p>", "it cannot be read as tiny"),
    ],
)
def test_other_content_is_set_aside(
    run, unpinned: Dataset, host, depot: Depot, content: bytes, difference: str
) -> None:
    host.files["/tiny.csv"] = content
    with pytest.raises(TailmarkError, match=difference):
        run(unpinned)
    assert (depot.cache / "tiny" / "tiny.csv.rejected").read_bytes() == content


def test_one_other_value_is_set_aside(run, unpinned: Dataset, host, depot: Depot) -> None:
    host.files["/tiny.csv"] = host.files["/tiny.csv"].replace(b"-3", b"-4", 1)
    expected = f"expected content digest {unpinned.digest}, got [0-9a-f]{{64}}; set aside"
    with pytest.raises(TailmarkError, match=expected):
        run(unpinned)
    assert not (depot.cache / "tiny" / "tiny.csv").exists()


@pytest.fixture
def two_unknown(tiny, tmp_path: Path) -> Dataset:
    """A dataset of two files of which no checksum is known, both in a mirror."""
    folder = tmp_path / "mirror" / "tiny"
    folder.mkdir(parents=True)
    for name in ("tiny.csv", "other.csv"):
        (folder / name).write_bytes(tiny.content)
    file = replace(tiny.file(), sha256=None)
    dataset: Dataset = tiny.dataset(file, replace(file, name="other.csv"))
    return dataset


def test_several_files_without_checksums_are_judged_by_their_content(
    two_unknown: Dataset, tiny, depot: Depot, folder: Path, tmp_path: Path
) -> None:
    mirrored = replace(depot, mirror=str(tmp_path / "mirror"))
    assert load(prepare_declared(two_unknown, tiny.read, folder, mirrored)).digest == two_unknown.digest


@pytest.mark.parametrize(
    ("content", "difference"),
    [
        (b"a,b,label\n1,2,0\n", r"expected 3,000 samples \(by class: 2000, 1000\), got 1 samples"),
        (b"<html><p>Sign in, please</p>\n<p>or</p>", r"they cannot be read \(.*\)"),
    ],
)
def test_several_files_of_other_content_are_refused(
    two_unknown: Dataset, tiny, folder: Path, tmp_path: Path, content: bytes, difference: str
) -> None:
    (tmp_path / "mirror" / "tiny" / "tiny.csv").write_bytes(content)
    depot = Depot("tiny", tmp_path / "cache", str(tmp_path / "mirror"))
    told = (
        rf"tiny: tiny\.csv, other\.csv are not the files that were expected: {difference}.*fetch them again"
    )
    with pytest.raises(TailmarkError, match=told):
        prepare_declared(two_unknown, tiny.read, folder, depot)
    assert not folder.exists()


def test_other_tables_are_prepared_again(run, served: Dataset, folder: Path) -> None:
    run(served)
    tables = {"features": (Number("a"), Number("b"))}
    run(replace(served, tables=tables))
    assert load(folder).tables == tables


def test_a_fault_of_the_reader_is_not_blamed_on_the_user(
    served: Dataset, tiny, depot: Depot, folder: Path
) -> None:
    def misread(paths: Paths) -> Parsed:
        parsed: Parsed = tiny.read(paths)
        return replace(parsed, views={"features": parsed.views["features"] + np.float32(1)})

    with pytest.raises(TailmarkError, match="the source files are right, but they were read differently"):
        prepare_declared(served, misread, folder, depot)
    assert not folder.exists()


@needs_full_device
@pytest.mark.parametrize("name", ["data.arrow.partial", "meta.json.partial"])
def test_a_full_disk_while_writing(run, served: Dataset, folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    (folder / name).symlink_to(FULL)
    with pytest.raises(TailmarkError, match=r"The disk is full: tiny could not be prepared in .*MB free\)"):
        run(served)
    assert {path.name for path in folder.iterdir()} <= {"data.arrow"}
    assert run(served) == folder


@needs_full_device
def test_a_full_disk_while_downloading(run, served: Dataset, host, depot: Depot) -> None:
    host.sends_only = [10, 0]
    with pytest.raises(TailmarkError, match="broke off"):
        run(served)
    (part,) = (depot.cache / "tiny").iterdir()
    part.unlink()
    part.symlink_to(FULL)
    with pytest.raises(TailmarkError, match="The disk is full"):
        run(served)
    assert not list((depot.cache / "tiny").iterdir())


@needs_full_device
def test_a_full_disk_while_copying_from_a_mirror(tiny, depot: Depot, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mirror" / "tiny").mkdir(parents=True)
    (tmp_path / "mirror" / "tiny" / "tiny.csv").write_bytes(tiny.content)
    (depot.cache / "tiny").mkdir(parents=True)
    (depot.cache / "tiny" / "tiny.csv.incoming").symlink_to(FULL)
    depot = replace(depot, mirror=str(tmp_path / "mirror"))
    with pytest.raises(TailmarkError, match="The disk is full"):
        prepare_declared(tiny.dataset(tiny.file()), tiny.read, folder, depot)
    assert not list((depot.cache / "tiny").iterdir())


def test_a_place_that_cannot_be_written(served: Dataset, tiny, depot: Depot, folder: Path) -> None:
    folder.parent.write_text("a file where a folder should be")
    with pytest.raises(TailmarkError, match=f"tiny could not be prepared: expected to write {folder}"):
        prepare_declared(served, tiny.read, folder, depot)


def test_the_environment_overrides_the_mirror_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAILMARK_MIRROR", str(tmp_path / "of-the-environment"))
    with pytest.raises(TailmarkError, match=r"got '.*of-the-environment'"):
        prepare("musk2", tmp_path, mirror=str(tmp_path / "of-the-settings"), cache=tmp_path / "cache")


def test_an_unknown_dataset(tmp_path: Path) -> None:
    with pytest.raises(TailmarkError, match="Did you mean 'musk2'"):
        prepare("musk", tmp_path, mirror=None, cache=tmp_path / "cache")
    assert not os.listdir(tmp_path)
