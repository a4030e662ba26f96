"""The run store: one file a run, named by its key, whole or absent.

A run file is a NumPy archive without pickles: what the trained model said of the test set, the learning curves,
and the record of how it was made. It is written under a temporary name, flushed and renamed; a file that has its
name is complete.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark import files
from tailmark.errors import TailmarkError

FAILED = ".failed.json"


@dataclass(frozen=True)
class RunFile:
    """What a run left behind."""

    record: dict[str, Any]
    logits: NDArray[np.float32]  # (n_test, K)
    test_index: NDArray[np.int64]  # rows of the dataset, in file order
    test_targets: NDArray[np.int64]
    curves: dict[str, NDArray[np.generic]]
    parts: dict[str, NDArray[np.generic]] = field(default_factory=dict)  # of a multi-modal run


def path_of(root: Path, suite: str, key: str) -> Path:
    """Where a run is kept."""
    return root / suite / f"{key}.npz"


def find(root: Path, suite: str, key: str) -> Path | None:
    """The run's file if the run is done."""
    path = path_of(root, suite, key)
    return path if path.exists() else None


def write(path: Path, run: RunFile) -> None:
    """Keep a run."""
    arrays: dict[str, NDArray[Any]] = {
        "record": np.frombuffer(json.dumps(run.record, sort_keys=True).encode(), dtype=np.uint8),
        "logits": run.logits.astype(np.float32),
        "test_index": run.test_index.astype(np.int32),
        "test_targets": run.test_targets.astype(np.int16),
        **{f"curve_{name}": values for name, values in run.curves.items()},
        **{f"part_{name}": values for name, values in run.parts.items()},
    }
    with files.whole(path) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    forget_failure(path)


def read(path: Path) -> RunFile:
    """A run that was kept."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return RunFile(
                record=json.loads(archive["record"].tobytes()),
                logits=archive["logits"],
                test_index=archive["test_index"].astype(np.int64),
                test_targets=archive["test_targets"].astype(np.int64),
                curves=_named("curve_", archive),
                parts=_named("part_", archive),
            )
    except FileNotFoundError:
        raise TailmarkError(f"Expected the run file {path}, found none. `dvc repro` makes it.") from None
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise TailmarkError(
            f"The run file {path} is damaged ({error}). Delete it; `dvc repro` redoes it."
        ) from error


def _named(prefix: str, archive: Any) -> dict[str, NDArray[np.generic]]:
    return {name.removeprefix(prefix): archive[name] for name in archive.files if name.startswith(prefix)}


def note_failure(path: Path, record: Mapping[str, Any], traceback: str) -> None:
    """Keep why a run failed, beside where its file would be."""
    failure = {**record, "traceback": traceback}
    files.write_text(path.with_suffix(FAILED), json.dumps(failure, indent=1, sort_keys=True) + "\n")


def forget_failure(path: Path) -> None:
    """A run that is retried or done has no failure any more."""
    path.with_suffix(FAILED).unlink(missing_ok=True)


def failures(root: Path, suite: str) -> list[dict[str, Any]]:
    """The failures that a suite's last training left."""
    return [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((root / suite).glob(f"*{FAILED}"))
    ]


def sweep(folder: Path) -> None:
    """Remove what a killed writer left behind."""
    for path in folder.glob("*.tmp"):
        path.unlink(missing_ok=True)
