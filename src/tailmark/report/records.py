"""What the run files say beyond the metrics: learning curves, class counts, digests, and where they ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tailmark import appraisals, runs
from tailmark.appraisals import AppraisalFile
from tailmark.report.balance import kept as of_views
from tailmark.report.balance.kept import Watched
from tailmark.report.results import is_reading
from tailmark.report.semi import kept
from tailmark.report.semi.kept import Kept

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """One run as it learned; the test curve is watched, never chosen on."""

    suite: str
    split: str
    protocol: str
    method: str
    seed: int
    epoch: Floats
    train_loss: Floats
    eval_epoch: Floats
    balanced_accuracy: Floats


@dataclass(frozen=True)
class Records:
    """The run files of one report."""

    environments: Mapping[str, int]  # 'cpu, torch 2.13, Python 3.12, Linux' -> runs
    seconds: float  # of training, all runs together
    data_digests: Mapping[str, str]  # dataset -> digest
    train_counts: Mapping[tuple[str, str], tuple[int, ...]]  # (suite, split) -> samples of each class
    test_counts: Mapping[tuple[str, str], Mapping[str, tuple[int, ...]]]  # mix -> samples of each class
    curves: tuple[Curve, ...]
    failures: Mapping[tuple[str, str, str, str], str]  # (suite, split, protocol, method) -> last words
    lost: int  # runs in the metrics whose file is gone
    appraisals: Mapping[tuple[str, str], AppraisalFile] = field(
        default_factory=dict
    )  # (suite, run key) -> samples
    adapts: Mapping[str, bool] = field(
        default_factory=dict
    )  # suite with views -> weights are fitted to test images
    kept: tuple[Kept, ...] = ()  # of runs with few labels
    watched: tuple[Watched, ...] = ()  # of runs of several views

    def curves_of(self, suite: str, split: str, protocol: str) -> list[Curve]:
        """The curves of one place."""
        return [c for c in self.curves if (c.suite, c.split, c.protocol) == (suite, split, protocol)]

    def kept_of(self, suite: str, split: str = "") -> list[Kept]:
        """What the runs of a suite, or of one of its splits, kept."""
        return [one for one in self.kept if one.suite == suite and split in ("", one.split)]

    def watched_of(self, suite: str, split: str = "") -> list[Watched]:
        """What the runs of several views of a suite, or of one of its splits, kept."""
        return [one for one in self.watched if one.suite == suite and split in ("", one.split)]

    def shape_of(self, suite: str) -> tuple[int, ...] | None:
        """Of one sample, empty where it is no image; None where nothing of the suite was appraised."""
        shapes = (tuple(one.record["shape"]) for (of, _), one in self.appraisals.items() if of == suite)
        return next(shapes, None)


def read(runs_root: Path, metrics: pd.DataFrame) -> Records:
    """Read every run that the metrics name, each file once."""
    runs_alone = metrics[~is_reading(metrics["method"])]
    named = runs_alone[["suite", "split", "protocol", "method", "seed", "key"]].drop_duplicates()
    rows: list[Any] = list(named.itertuples(index=False))
    found = {place: _read(runs_root, *place) for place in dict.fromkeys((row.suite, row.key) for row in rows)}
    labelled = [(row, file) for row in rows if (file := found[row.suite, row.key]) is not None]
    unique = [file for file in found.values() if file is not None]
    return Records(
        environments=_environments(unique),
        seconds=float(sum(file.record["seconds"] for file in unique)),
        data_digests={f.record["dataset"]: f.record["data_digest"] for f in unique},
        train_counts=_train_counts(labelled),
        test_counts={(r.suite, r.split): _by_mix(f.record["test_counts"]) for r, f in labelled},
        curves=tuple(_curve(row, file) for row, file in labelled if len(file.curves["train_loss"])),
        failures=_failures(runs_root, [str(suite) for suite in named["suite"].unique()]),
        lost=sum(file is None for file in found.values()),
        appraisals=_appraisals(runs_root, set(found)),
        adapts=_adapts(unique),
        kept=tuple(kept.of_run(_place(row), file.record, file.kept) for row, file in labelled if file.kept),
        watched=tuple(
            of_views.of_run(_place(row), file.record, file.watched) for row, file in labelled if file.watched
        ),
    )


@dataclass(frozen=True)
class _File:
    """A run file without its predictions, so that thousands fit in memory."""

    record: dict[str, Any]
    curves: dict[str, NDArray[np.generic]]
    kept: dict[str, NDArray[np.generic]]
    watched: dict[str, NDArray[np.generic]]


def _read(root: Path, suite: str, key: str) -> _File | None:
    path = runs.find(root, suite, key)
    if path is None:
        return None
    file = runs.read(path)
    return _File(file.record, file.curves, kept.about(file.parts), of_views.about(file.parts))


def _appraisals(root: Path, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], AppraisalFile]:
    """What was measured on the samples of these runs; what is left of other runs is passed by."""
    found = {}
    for suite in sorted({suite for suite, _ in wanted}):
        for path in sorted((root / suite).glob(f"*{appraisals.SUFFIX}")):
            one = appraisals.read(path)
            if (place := (suite, str(one.record["key"]))) in wanted:
                found[place] = one
    return found


def _failures(root: Path, suites: list[str]) -> dict[tuple[str, str, str, str], str]:
    """The last line of each traceback; the whole of it stays beside the run files."""
    found = [(suite, failure) for suite in suites for failure in runs.failures(root, suite)]
    return {(suite, f["split"], f["protocol"], f["method"]): _last_line(f["traceback"]) for suite, f in found}


def _adapts(files: list[_File]) -> dict[str, bool]:
    """Of every suite whose runs see several views."""
    told = {file.record["suite"]: file.record.get("settings", {}).get("fusion") for file in files}
    return {suite: fusion["adapts"] for suite, fusion in told.items() if fusion}


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]


def _environments(files: list[_File]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for file in files:
        had = file.record["environment"]
        name = f"{had['device']}, torch {had['torch']}, Python {had['python']}, {had['platform']}"
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _train_counts(labelled: list[tuple[Any, _File]]) -> dict[tuple[str, str], tuple[int, ...]]:
    """The most skewed that any method of the split saw: the upper bound trains on more, and balanced."""
    counts: dict[tuple[str, str], tuple[int, ...]] = {}
    for row, file in labelled:
        here = tuple(int(n) for n in file.record["train_counts"])
        known = counts.get((row.suite, row.split))
        if known is None or sum(here) < sum(known):
            counts[row.suite, row.split] = here
    return counts


def _by_mix(counts: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {mix: tuple(int(n) for n in of_class) for mix, of_class in counts.items()}


def _curve(row: Any, file: _File) -> Curve:
    loss, at, score = (
        np.asarray(file.curves[name], dtype=np.float64)
        for name in ("train_loss", "eval_epoch", "test_balanced_accuracy")
    )
    epochs = float(file.kept.get("cost/epochs", np.array(len(loss))))  # the loss is told more often, or less
    return Curve(*_place(row), np.arange(1.0, len(loss) + 1) * epochs / len(loss), loss, at, score)


def _place(row: Any) -> tuple[str, str, str, str, int]:
    return str(row.suite), str(row.split), str(row.protocol), str(row.method), int(row.seed)
