"""DVC stage: the index sets of one suite."""

import sys

from tailmark import datasets, params, splitfiles
from tailmark.errors import run_stage
from tailmark.folders import Folders


def main(name: str) -> None:
    suite = params.suite(params.load(), name)
    folders = Folders()
    splitfiles.write_all(suite, datasets.load(folders.prepared / suite.dataset), folders.splits / name)


if __name__ == "__main__":
    run_stage(main, *sys.argv[1:])
