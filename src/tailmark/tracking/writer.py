"""Writing to MLflow: experiments, flat runs, and what is there already."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tailmark.tracking.entries import Entry, shared_files
from tailmark.tracking.store import Place

IDENTITY, DIGEST = "tailmark.run", "tailmark.metrics"
BATCH = 900  # MLflow takes at most 1,000 metrics a call
DIGEST_LENGTH = 36  # the most that MLflow takes for a dataset; a tag holds the whole
PAGE = 500


@dataclass(frozen=True)
class Known:
    """A run that MLflow has; one that is not finished was left by a killed process."""

    run_id: str
    digest: str  # of its metrics
    finished: bool


@dataclass
class Writer:
    """Writes entries to one place; remembers what each experiment holds."""

    place: Place
    _experiments: dict[str, str] = field(default_factory=dict)
    _known: dict[str, dict[str, Known]] = field(default_factory=dict)

    def known(self, experiment: str) -> dict[str, Known]:
        """The runs of an experiment by identity."""
        if experiment not in self._known:
            self._known[experiment] = {
                run.data.tags[IDENTITY]: Known(
                    run.info.run_id, run.data.tags[DIGEST], run.info.status == "FINISHED"
                )
                for run in self._search(experiment)
            }
        return self._known[experiment]

    def add(self, entry: Entry, artifacts: Path | None = None) -> None:
        """Write a run, in place of an unfinished one; it is finished once it is terminated, which comes last."""
        client, now = self.place.client, _now()
        left = self.known(entry.experiment).pop(entry.identity, None)
        if left:
            client.delete_run(left.run_id)
        tags = {**entry.tags, IDENTITY: entry.identity, DIGEST: entry.digest}
        run = client.create_run(
            self._experiment(entry.experiment),
            start_time=now - int(1000 * entry.seconds),
            tags=tags,
            run_name=entry.name,
        )
        self._log(run.info.run_id, entry, now)
        if artifacts:
            for path in shared_files(artifacts):
                inside = path.parent.relative_to(artifacts).as_posix()
                client.log_artifact(run.info.run_id, str(path), None if inside == "." else inside)
        client.set_terminated(run.info.run_id, end_time=now)
        self.known(entry.experiment)[entry.identity] = Known(run.info.run_id, entry.digest, finished=True)

    def update(self, known: Known, metrics: Mapping[str, float], digest: str) -> None:
        """Metrics that were computed anew from the same predictions."""
        from mlflow.entities import Metric, RunTag  # noqa: PLC0415

        now = _now()
        values = [Metric(name, value, now, 0) for name, value in metrics.items()]
        for some in _batches(values):
            self.place.client.log_batch(known.run_id, metrics=some)
        self.place.client.log_batch(known.run_id, tags=[RunTag(DIGEST, digest)])

    def _log(self, run_id: str, entry: Entry, now: int) -> None:
        from mlflow.entities import Metric, Param  # noqa: PLC0415

        points = [(name, value, 0) for name, value in entry.metrics.items()]
        points += [(name, value, epoch) for name, curve in entry.curves.items() for epoch, value in curve]
        params = [Param(name, value) for name, value in entry.params.items()]
        for some in _batches([Metric(name, value, now, step) for name, value, step in points]):
            self.place.client.log_batch(run_id, metrics=some, params=params)
            params = []
        if entry.dataset:
            self.place.client.log_inputs(run_id, datasets=[_dataset_input(*entry.dataset)])

    def _search(self, experiment: str) -> Iterator[Any]:
        token: str | None = None
        while True:
            page = self.place.client.search_runs(
                [self._experiment(experiment)],
                filter_string=f"tags.`{IDENTITY}` != ''",
                max_results=PAGE,
                page_token=token,
            )
            yield from page
            token = page.token
            if not token:
                return

    def _experiment(self, name: str) -> str:
        if name not in self._experiments:
            client = self.place.client
            found = client.get_experiment_by_name(name)
            location = self.place.artifacts and f"{self.place.artifacts}/{name.replace('/', '-')}"
            self._experiments[name] = (
                found.experiment_id if found else client.create_experiment(name, location)
            )
        return self._experiments[name]


def _dataset_input(name: str, digest: str) -> Any:
    from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: PLC0415

    dataset = Dataset(name, digest[:DIGEST_LENGTH], "local", f"data/prepared/{name}")
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])


def _batches(metrics: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, max(1, len(metrics)), BATCH):
        yield metrics[start : start + BATCH]


def _now() -> int:
    return int(1000 * time.time())
