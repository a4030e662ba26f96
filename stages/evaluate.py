"""DVC stage: predictions to the metrics table."""

from tailmark import evaluate, params
from tailmark.errors import run_stage
from tailmark.folders import Folders


def main() -> None:
    tier, folders = params.load(), Folders()
    evaluate.evaluate(tier, folders, folders.metrics(tier.tier))


if __name__ == "__main__":
    run_stage(main)
