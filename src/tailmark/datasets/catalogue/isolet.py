"""ISOLET: the 26 letters of the alphabet, each spoken twice by 150 people (Cole and Fanty 1991, UCI)."""

from __future__ import annotations

import string

import numpy as np

from tailmark.datasets.declaration import Dataset, File, Parsed, Paths, Url
from tailmark.datasets.tables import read_table

DATASET = Dataset(
    name="isolet",
    title="ISOLET",
    licence="CC BY 4.0",
    homepage="https://archive.ics.uci.edu/dataset/54/isolet",
    files=(
        File(
            name="data.csv",
            sources=(
                Url("https://archive.ics.uci.edu/static/public/54/data.csv"),
                Url("https://www.openml.org/data/get_csv/52405/phpB0xrNj"),
            ),
        ),
    ),
    scaling={"features": "none"},  # already within [-1, 1]
    classes=tuple(string.ascii_uppercase),
    class_counts=(300,) * 5 + (298,) + (300,) * 6 + (299,) + (300,) * 13,
    digest="b979872f0dd8ed04925b27d6098836f1b1e9ecf8d0e91ee4d8dfabd5504e0fba",
)

SPEAKER_GROUPS = (1560, 1560, 1560, 1558, 1559)  # utterances of isolet1 to isolet5, 30 speakers each


def read(paths: Paths) -> Parsed:
    """617 features, then the letter as 1..26. The fifth group of speakers is UCI's test set."""
    table = read_table(paths["data.csv"])
    group = np.repeat(np.arange(5, dtype=np.int32), SPEAKER_GROUPS)
    return Parsed(
        views={"features": table[:, :-1].astype(np.float32)},
        labels=table[:, -1].astype(np.int16) - np.int16(1),
        columns={"group": group, "partition": (group == 4).astype(np.int8)},
    )
