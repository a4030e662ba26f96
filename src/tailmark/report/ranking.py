"""One block a dataset: what the Friedman test and the critical difference diagram stand on."""

from __future__ import annotations

import pandas as pd

from tailmark import statistics
from tailmark.report.results import Results, rivals
from tailmark.report.words import HEADLINE


def blocks(results: Results) -> pd.DataFrame:
    """Datasets by methods: mean balanced accuracy over a dataset's splits, main protocol, methods run on all.

    Splits of one dataset share their images, so they are averaged into one block rather than counted as many.
    A dataset is spoken for by the first suite that has quotable runs on it; later ones are variants.
    """
    places = results.quotable()
    speaker = {results.datasets[place.suite]: place.suite for place in reversed(places)}
    rows: dict[str, list[pd.Series]] = {}
    for place in places:
        dataset = results.datasets[place.suite]
        if speaker[dataset] == place.suite:
            means = results.values(place, HEADLINE)[rivals(results, place)].mean()
            rows.setdefault(dataset, []).append(means)
    table = {dataset: pd.concat(found, axis=1).mean(axis=1, skipna=False) for dataset, found in rows.items()}
    return pd.DataFrame(table).T.dropna(axis=1) if table else pd.DataFrame()


def friedman(results: Results) -> statistics.FriedmanResult | None:
    """None with fewer than two datasets or three methods in common."""
    table = blocks(results)
    if len(table) < 2 or table.shape[1] < 3:
        return None
    return statistics.friedman(table)
