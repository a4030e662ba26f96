"""DVC stage: train the runs of one suite that are not done."""

import sys

from tailmark import params
from tailmark.errors import run_stage
from tailmark.folders import Folders
from tailmark.training import suite


def main(name: str) -> None:
    suite.train(params.load(), name, Folders())


if __name__ == "__main__":
    run_stage(main, *sys.argv[1:])
