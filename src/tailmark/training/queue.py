"""Jobs in order of need: a lesson comes before the runs that use its model, and a failed one takes them with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tailmark.training.task import Job
from tailmark.training.worker import Report


class Queue:
    """What is not begun yet."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.waiting = list(jobs)
        self.undone = {job.into for job in jobs}
        self.failed: dict[Path, str] = {}

    def take(self) -> Job | None:
        """The first job whose needs are done; None while every one waits for another."""
        for position, job in enumerate(self.waiting):
            if self._can_start(job):
                return self.waiting.pop(position)
        return None

    def take_all(self) -> list[Job]:
        """Every job that can start now."""
        taken = [job for job in self.waiting if self._can_start(job)]
        self.waiting = [job for job in self.waiting if not self._can_start(job)]
        return taken

    def ended(self, job: Job, report: Report) -> None:
        """A job is done or has failed."""
        self.undone.discard(job.into)
        if report.error:
            self.failed[job.into] = f"{job.label}: {report.error}"

    def hopeless(self) -> Iterator[tuple[Job, Report]]:
        """Jobs that will never start, since one that they need has failed; each is given once."""
        while doomed := next((job for job in self.waiting if self._broken_need(job)), None):
            self.waiting.remove(doomed)
            report = Report(doomed.key, f"It needs what failed: {self._broken_need(doomed)}")
            self.ended(doomed, report)
            yield doomed, report

    def _can_start(self, job: Job) -> bool:
        return not any(need.into in self.undone or need.into in self.failed for need in job.needs)

    def _broken_need(self, job: Job) -> str | None:
        return next((self.failed[need.into] for need in job.needs if need.into in self.failed), None)
