"""DVC stage: fetch, check and prepare one dataset."""

import sys
from pathlib import Path

from tailmark import datasets, params
from tailmark.errors import run_stage


def main(name: str) -> None:
    datasets.prepare(name, Path("data/prepared"), mirror=params.load().data.mirror, cache=Path("data/cache"))


if __name__ == "__main__":
    run_stage(main, *sys.argv[1:])
