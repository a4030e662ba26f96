"""Musk v2: conformations of 102 molecules, some of them musks (Chapman and Jain 1994, UCI).

The conformations of one molecule are near copies, so `group` names the molecule.
"""

from __future__ import annotations

import numpy as np

from tailmark.datasets.declaration import Dataset, File, Parsed, Paths, Url
from tailmark.datasets.tables import read_table

DATASET = Dataset(
    name="musk2",
    title="Musk, version 2",
    licence="CC BY 4.0",
    homepage="https://archive.ics.uci.edu/dataset/75/musk+version+2",
    files=(
        File(
            name="clean2.tsv.gz",
            sha256="c6d768714b6ecfebeb8a1bab4cb45de7c86fddafa769d6de53f52b464ff18bb3",
            sources=(
                Url("https://github.com/EpistasisLab/pmlb/raw/master/datasets/clean2/clean2.tsv.gz"),
                Url(
                    "https://media.githubusercontent.com/media/EpistasisLab/pmlb/master/datasets/clean2/clean2.tsv.gz"
                ),
            ),
        ),
    ),
    scaling={"features": "minmax11"},
    classes=("non-musk", "musk"),
    class_counts=(5581, 1017),
    digest="210d68376c188a0497f1d96f782cff45daec7f4efc626478fc47176c921ed400",
)


def read(paths: Paths) -> Parsed:
    """Columns: molecule, conformation, 166 features, label."""
    table = read_table(paths["clean2.tsv.gz"], delimiter="\t")
    return Parsed(
        views={"features": table[:, 2:-1].astype(np.float32)},
        labels=table[:, -1].astype(np.int16),
        columns={"group": table[:, 0].astype(np.int32)},
    )
