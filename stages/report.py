"""DVC stage: render the report of the active tier."""

from tailmark import evaluate, params, report
from tailmark.errors import run_stage
from tailmark.folders import Folders


def main() -> None:
    tier, folders = params.load(), Folders()
    report.render(tier, evaluate.read(folders.metrics(tier.tier)), folders.runs, folders.report(tier.tier))


if __name__ == "__main__":
    run_stage(main)
