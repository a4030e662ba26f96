"""Appraisals: what a run's generator made, measured and shown; one file beside the run's, whole or absent."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tailmark import files
from tailmark.errors import TailmarkError

SUFFIX = ".samples.npz"


@dataclass(frozen=True)
class Shown:
    """A few generated samples of one class, for the eye; images as bytes, a row each."""

    samples: NDArray[np.uint8]  # (n, D)
    exemplars: NDArray[np.uint8]  # (n, D), the majority exemplar of each; empty where there is none
    nearest: NDArray[np.uint8]  # (n, D), the training sample of the class that is nearest to each


@dataclass(frozen=True)
class AppraisalFile:
    """The numbers of each class that was generated, by its index; pictures where the data are images."""

    record: dict[str, Any]  # suite, dataset, split, protocol, method, seed, key of the run, classes, shape
    quality: dict[int, dict[str, float]]
    shown: dict[int, Shown] = field(default_factory=dict)


def path_of(root: Path, suite: str, key: str) -> Path:
    """Where an appraisal is kept."""
    return root / suite / f"{key}{SUFFIX}"


def write(path: Path, appraisal: AppraisalFile) -> None:
    """Keep an appraisal."""
    text = json.dumps({"record": appraisal.record, "quality": appraisal.quality}, sort_keys=True)
    arrays = {
        f"{label}/{name}": values
        for label, shown in appraisal.shown.items()
        for name, values in vars(shown).items()
    }
    with files.whole(path) as file:
        np.savez_compressed(file, text=np.frombuffer(text.encode(), dtype=np.uint8), **arrays)


def read(path: Path) -> AppraisalFile:
    """An appraisal that was kept."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            told = json.loads(archive["text"].tobytes())
            arrays = {name: archive[name] for name in archive.files if name != "text"}
    except FileNotFoundError:
        raise TailmarkError(f"Expected the appraisal {path}, found none. `dvc repro` makes it.") from None
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise TailmarkError(
            f"The appraisal {path} is damaged ({error}). Delete it; `dvc repro` redoes it."
        ) from error
    quality = {int(label): numbers for label, numbers in told["quality"].items()}
    pictured = sorted({int(name.partition("/")[0]) for name in arrays})
    shown = {
        label: Shown(*(arrays[f"{label}/{name}"] for name in ("samples", "exemplars", "nearest")))
        for label in pictured
    }
    return AppraisalFile(told["record"], quality, shown)
