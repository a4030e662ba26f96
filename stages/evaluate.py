"""DVC stage: predictions to the metrics table."""

from tailmark import evaluate, params
from tailmark.errors import run_stage
from tailmark.folders import Folders


def main() -> None:
    evaluate.evaluate(params.load(), Folders(), Folders().metrics)


if __name__ == "__main__":
    run_stage(main)
