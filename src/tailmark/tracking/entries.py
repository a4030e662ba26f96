"""What MLflow is told of a run: names, tags, parameters, metrics and thinned curves."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tailmark import runs
from tailmark.evaluate import main_mix
from tailmark.readings import MARK
from tailmark.runs import RunFile

if TYPE_CHECKING:
    import pandas as pd

REPORTS = "tailmark/reports"
POINTS = 50  # of a curve: the UI draws no more anyhow, and each point is a row in the database
LONGEST = 500  # characters of a parameter
PLACE = ("suite", "dataset", "split", "protocol", "method", "seed")

Curve = list[tuple[int, float]]  # (epoch, value)


@dataclass(frozen=True)
class Run:
    """A run as the metrics table knows it."""

    place: Mapping[str, str]  # suite, dataset, split, protocol, method, seed
    key: str
    metrics: Mapping[str, float]

    @property
    def experiment(self) -> str:
        """One a split: its runs are what one compares, and the UI loads no more than 100 at once."""
        return f"tailmark/{self.place['suite']}/{self.place['split']}"

    @property
    def identity(self) -> str:
        """One run file can be several runs: methods that resolve to the same settings share it."""
        return "/".join([*self.place.values(), self.key])

    @property
    def digest(self) -> str:
        """Changes when the metrics do, though the run is the same."""
        return sha256(json.dumps(self.metrics, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Entry:
    """Everything that is written of one run."""

    experiment: str
    name: str
    identity: str
    digest: str
    tags: Mapping[str, str]
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    dataset: tuple[str, str] | None = None  # name, digest
    seconds: float = 0.0


def runs_of(table: pd.DataFrame) -> Iterator[Run]:
    """The runs of a metrics table, in its order, each with all its readings."""
    parts = table["method"].astype(str).str.partition(MARK)
    told = table.assign(method=parts[0], reading=parts[2])
    for (*place, key), rows in told.groupby([*PLACE, "key"], sort=False, observed=True):
        named = dict(zip(PLACE, map(str, place), strict=True))
        yield Run(
            named, str(key), _metrics(rows[["mix", "reading", "metric", "value"]].itertuples(index=False))
        )


def _metrics(rows: Iterable[Any]) -> dict[str, float]:
    """By metric; those of a reading, and of another than the main test mix, are named after it.

    Of a reading only what speaks for all classes: numbers of single classes would be most of what there is.
    """
    found = [row for row in rows if math.isfinite(row.value) and _is_told(row.reading, row.metric)]
    main = main_mix([row.mix for row in found])
    return {
        "/".join(
            part for part in ("" if row.mix == main else row.mix, row.reading, row.metric) if part
        ): float(row.value)
        for row in found
    }


def _is_told(reading: str, metric: str) -> bool:
    return not reading or not metric.startswith(("recall/", "f1/"))


def entry(run: Run, tier: str, runs_root: Path) -> Entry:
    """A run with what its file adds."""
    file = runs.read(runs.path_of(runs_root, run.place["suite"], run.key))
    record = file.record
    digests = {name: str(record[name]) for name in ("data_digest", "split_digest", "code_digest")}
    machine = {name: str(value) for name, value in record["environment"].items()}
    return Entry(
        experiment=run.experiment,
        name=f"{run.place['method']} · {run.place['split']} · {run.place['protocol']} · seed {run.place['seed']}",
        identity=run.identity,
        digest=run.digest,
        tags={**run.place, **digests, **machine, "tier": tier, "tailmark.key": run.key},
        params={**flat(record["settings"]), "train_counts": _short(record["train_counts"])},
        metrics={**run.metrics, "seconds": float(record["seconds"])},
        curves=curves(file),
        dataset=(run.place["dataset"], str(record["data_digest"])),
        seconds=float(record["seconds"]),
    )


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings as `recipe.epochs`; what is not set is left out."""
    found: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        elif value is not None:
            found[f"{prefix}{name}"] = _short(value)
    return found


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def curves(file: RunFile) -> dict[str, Curve]:
    """The learning curves of a run, thinned."""
    losses = file.curves["train_loss"]
    return {
        "train_loss": thinned(np.arange(1, len(losses) + 1), losses),
        "test_balanced_accuracy": thinned(file.curves["eval_epoch"], file.curves["test_balanced_accuracy"]),
    }


def thinned(epochs: NDArray[Any], values: NDArray[Any]) -> Curve:
    """At most 50 points, the first and the last among them; infinite losses cannot be drawn."""
    chosen = np.unique(np.linspace(0, len(epochs) - 1, min(POINTS, len(epochs))).round().astype(int))
    return [(int(epochs[i]), float(values[i])) for i in chosen if math.isfinite(values[i])]


def shared_files(folder: Path) -> list[Path]:
    """The files of a report that may leave this machine: not the pictures that a dataset's terms keep here."""
    kept_here = folder / "figures" / "local"
    return sorted(path for path in folder.rglob("*") if path.is_file() and kept_here not in path.parents)


def digest_of(folder: Path) -> str:
    """Of every file that is shared, names and bytes."""
    total = sha256()
    for path in shared_files(folder):
        total.update(
            f"{path.relative_to(folder).as_posix()}\0{sha256(path.read_bytes()).hexdigest()}\n".encode()
        )
    return total.hexdigest()[:16]
