"""`python -m tailmark.training BUNDLE`: train a bundle on this machine, whichever of its runs are not done."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from tailmark.errors import TailmarkError
from tailmark.training import bundle
from tailmark.training.executors import device_of, execute
from tailmark.training.task import Job
from tailmark.training.worker import Report


def main() -> int:
    """Exit code 0 when every run of the bundle is done."""
    parser = argparse.ArgumentParser(prog="python -m tailmark.training", description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--workers", default="auto")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    failed: list[str] = []
    try:
        jobs = bundle.jobs_of(arguments.bundle)
        device = device_of(arguments.device)
        print(f"{len(jobs)} jobs to do on {device}", flush=True)
        done = 0

        def listen(job: Job, report: Report) -> None:
            nonlocal done
            done += 1
            failed.extend([job.label] if report.error else [])
            print(f"{done}/{len(jobs)} {job.label} {report.error}".rstrip(), flush=True)

        execute(jobs, device=device, workers=arguments.workers, listen=listen)
    except TailmarkError as error:
        print(f"tailmark: {error}", file=sys.stderr)
        return 1
    print(f"{len(jobs) - len(failed)} jobs done, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
