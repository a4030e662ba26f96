"""Water Quality: simulated measurements of 20 substances, and whether the water is safe to drink (Kaggle)."""

from __future__ import annotations

import numpy as np

from tailmark.datasets.declaration import Dataset, File, Login, Parsed, Paths, Url
from tailmark.datasets.tables import read_table

DATASET = Dataset(
    name="water_quality",
    title="Water Quality",
    licence="as stated on its Kaggle page",
    homepage="https://www.kaggle.com/datasets/mssmartypants/water-quality",
    files=(
        File(
            name="waterQuality1.csv",
            sources=(
                Url(
                    "https://raw.githubusercontent.com/bayujo/water-quality-classification/"
                    "48babd9de786d8d26c8a88558160b118f13401f7/waterQuality1.csv"
                ),
                Login("https://www.kaggle.com/datasets/mssmartypants/water-quality"),
            ),
        ),
    ),
    scaling={"features": "minmax01"},
    classes=("not safe", "safe"),
    class_counts=(7084, 912),
    digest="fe9a2171be29c03bf46044faf59d5cca5f0f47ee1643dada2e26e645cfbe04c7",
)


def read(paths: Paths) -> Parsed:
    """20 features, then `is_safe`. Three rows of 7,999 have '#NUM!' for a label and are dropped."""
    table = read_table(paths["waterQuality1.csv"])
    table = table[~np.isnan(table).any(axis=1)]
    return Parsed(views={"features": table[:, :-1].astype(np.float32)}, labels=table[:, -1].astype(np.int16))
