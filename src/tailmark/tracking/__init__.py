"""MLflow's copy of the runs. This room alone imports mlflow, and one process at a time writes.

The run files are the record; MLflow is a view of them for its UI. So every run is looked for before it is written,
and a run that a killed process left unfinished is written anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tailmark import evaluate
from tailmark.errors import TailmarkError
from tailmark.params import Params
from tailmark.tracking import entries, store
from tailmark.tracking.entries import REPORTS, Entry
from tailmark.tracking.writer import Writer


@dataclass(frozen=True)
class Counts:
    """What tracking did: entries written, given new metrics, and found as they should be."""

    added: int
    updated: int
    present: int


def track(params: Params, metrics: Path, runs_root: Path, report: Path, root: Path) -> Counts:
    """Copy the runs of a metrics table, and the rendered report, to MLflow; a second time adds nothing."""
    table = evaluate.read(metrics)
    with store.connect(root) as place:
        writer = Writer(place)
        done = [_track_run(writer, params.tier, run, runs_root) for run in entries.runs_of(table)]
        done.append(_track_report(writer, params.tier, report))
    return Counts(*(done.count(what) for what in ("added", "updated", "present")))


def _track_run(writer: Writer, tier: str, run: entries.Run, runs_root: Path) -> str:
    known = writer.known(run.experiment).get(run.identity)
    if known is None or not known.finished:
        writer.add(entries.entry(run, tier, runs_root))
        return "added"
    if known.digest != run.digest:
        writer.update(known, run.metrics, run.digest)
        return "updated"
    return "present"


def _track_report(writer: Writer, tier: str, report: Path) -> str:
    if not report.is_dir():
        raise TailmarkError(
            f"Expected the rendered report {report}, found none. `dvc repro report` makes it."
        )
    digest = entries.digest_of(report)
    entry = Entry(REPORTS, f"report · {tier}", f"{tier}/{digest}", digest, {"tier": tier})
    known = writer.known(REPORTS).get(entry.identity)
    if known and known.finished:
        return "present"
    writer.add(entry, artifacts=report)
    return "added"
