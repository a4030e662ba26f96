"""DVC stage: copy the runs and the report into MLflow."""

import json
from dataclasses import asdict
from pathlib import Path

from tailmark import files, params, tracking
from tailmark.errors import run_stage
from tailmark.folders import Folders


def main() -> None:
    tier, folders = params.load(), Folders()
    counts = tracking.track(tier, folders.metrics(tier.tier), folders.runs, folders.report(tier.tier), Path())
    files.write_text(folders.tracked(tier.tier), json.dumps(asdict(counts)) + "\n")


if __name__ == "__main__":
    run_stage(main)
