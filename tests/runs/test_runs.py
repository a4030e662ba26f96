"""The run store: whole or absent."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from tailmark import runs
from tailmark.errors import TailmarkError
from tailmark.runs import RunFile


def a_run() -> RunFile:
    return RunFile(
        record={"key": "k", "seed": 3, "method": "erm"},
        logits=np.arange(6, dtype=np.float32).reshape(3, 2),
        test_index=np.array([4, 7, 9]),
        test_targets=np.array([0, 1, 1]),
        curves={"train_loss": np.array([0.5, 0.25], dtype=np.float32)},
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = runs.path_of(tmp_path, "suite", "k")
    assert runs.find(tmp_path, "suite", "k") is None
    runs.write(path, a_run())
    assert runs.find(tmp_path, "suite", "k") == path
    read = runs.read(path)
    assert read.record == a_run().record
    np.testing.assert_array_equal(read.logits, a_run().logits)
    np.testing.assert_array_equal(read.test_index, [4, 7, 9])
    assert read.curves["train_loss"].tolist() == [0.5, 0.25]


def test_the_same_run_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        runs.write(tmp_path / f"{name}.npz", a_run())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: object, **_: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(TailmarkError, match=r"could not be written: No space left on device.*make room"):
        runs.write(tmp_path / "k.npz", a_run())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k.npz").write_bytes(content)
    with pytest.raises(TailmarkError, match=r"damaged.*Delete it"):
        runs.read(tmp_path / "k.npz")


def test_pickles_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "k.npz", record=np.array([{"evil": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(TailmarkError, match=r"damaged"):
        runs.read(tmp_path / "k.npz")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TailmarkError, match=r"none\.npz.*dvc repro"):
        runs.read(tmp_path / "none.npz")


def test_failures_are_kept_until_the_run_is_done(tmp_path: Path) -> None:
    path = runs.path_of(tmp_path, "suite", "k")
    runs.note_failure(path, {"key": "k"}, "Traceback ...")
    assert runs.failures(tmp_path, "suite") == [{"key": "k", "traceback": "Traceback ..."}]
    runs.write(path, a_run())
    assert runs.failures(tmp_path, "suite") == []
