"""The report for programs: a summary of every cell, and what `dvc metrics` and `dvc plots` read."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tailmark.report.beside import judged_numbers
from tailmark.report.content import Content
from tailmark.report.results import Place, Results, distinct
from tailmark.report.words import HEADLINE, VERDICTS

SHOWN = ("balanced_accuracy", "gmean", "worst_recall")
DIGITS = 6
MOST_POINTS = 50

Tree = dict[str, dict[str, dict[str, dict[str, float]]]]


def summary(results: Results) -> pd.DataFrame:
    """One row a cell, test mix and metric; fractions."""
    rows = [
        (*place, method, metric, s.n, s.mean, s.sd, s.low, s.high)
        for (place, metric, method), s in results.summaries.items()
    ]
    columns = ["suite", "split", "protocol", "mix", "method", "metric", "n", "mean", "sd", "low", "high"]
    return pd.DataFrame(rows, columns=columns).round(DIGITS)


def metrics_tree(content: Content) -> dict[str, Tree | dict[str, dict[str, int]]]:
    """For `dvc metrics`: means of the main protocol, and the verdict counts of each table."""
    results, tree = content.results, Tree()
    for place in main_places(results):
        methods = tree.setdefault(place.suite, {}).setdefault(place.split, {})
        for method in results.methods(place):
            means = {metric: results.mean(place, metric, method) for metric in SHOWN}
            methods[method] = {m: round(v, DIGITS) for m, v in means.items() if not math.isnan(v)}
    verdicts = {c.table.id: c.counts(c.protocols[0]) for c in content.comparisons}
    return {"metrics": tree, "verdicts": verdicts} if verdicts else {"metrics": tree}


def main_places(results: Results) -> list[Place]:
    """Where numbers that may be quoted come from."""
    return [p for suite in results.datasets for p in results.of(suite, results.main_protocol(suite))]


def verdicts(content: Content) -> pd.DataFrame:
    """One row a printed number and protocol."""
    rows = [line for comparison in content.comparisons for line in judged_numbers(comparison)]
    columns = ["table", "row", "split", "column", "protocol", "printed", "ours", "n", "verdict", "why"]
    return pd.DataFrame(rows, columns=columns)


def plots(content: Content) -> dict[str, pd.DataFrame]:
    """For `dvc plots`: long tables in percent, `series` names a suite, split and method."""
    found = {
        "balanced_accuracy.csv": _bars(content.results),
        "seeds.csv": _seeds(content.results),
        "tail.csv": _tail(content),
        "curves.csv": _curves(content),
        "verdicts.csv": _verdict_counts(content),
    }
    return {name: table.round(3) for name, table in found.items()}


def _series(place: Place, method: str) -> str:
    return f"{place.suite} {place.split} {method}"


def _bars(results: Results) -> pd.DataFrame:
    rows = [
        (_series(place, m), *(100 * results.mean(place, metric, m) for metric in SHOWN))
        for place in main_places(results)
        for m in results.methods(place)
    ]
    return pd.DataFrame(rows, columns=["series", *SHOWN])


def _seeds(results: Results) -> pd.DataFrame:
    rows = [
        (_series(place, str(m)), seed, 100 * value)
        for place in main_places(results)
        for m, column in results.values(place, HEADLINE).items()
        for seed, value in column.dropna().items()
    ]
    return pd.DataFrame(rows, columns=["series", "seed", HEADLINE])


def _tail(content: Content) -> pd.DataFrame:
    """Recall by rank of the class: 0 has most training samples."""
    results, rows = content.results, []
    for place in main_places(results):
        counts = content.records.train_counts.get((place.suite, place.split), ())
        for rank, k in enumerate(np.argsort(-np.asarray(counts), kind="stable")):
            for m in distinct(results, place):
                recall = results.mean(place, f"recall/{k}", m)
                rows.append((_series(place, m), rank, int(counts[k]), 100 * recall))
    return pd.DataFrame(rows, columns=["series", "class_rank", "train_samples", "recall"])


def _curves(content: Content) -> pd.DataFrame:
    """Means over seeds, thinned; the test curve is watched less often than the loss."""
    frames = [pd.DataFrame(columns=["series", "epoch", "train_loss", HEADLINE])]
    for place in main_places(content.results):
        runs = content.records.curves_of(place.suite, place.split, place.protocol)
        for method in distinct(content.results, place):
            mine = [run for run in runs if run.method == method]
            loss = pd.concat([pd.Series(r.train_loss, r.epoch) for r in mine] or [pd.Series(dtype=float)])
            score = pd.concat([pd.Series(r.balanced_accuracy, r.eval_epoch) for r in mine] or [loss])
            means = pd.DataFrame(
                {"train_loss": loss.groupby(level=0).mean(), HEADLINE: 100 * score.groupby(level=0).mean()}
            )
            if len(means):
                frames.append(
                    _thin(means).rename_axis("epoch").reset_index().assign(series=_series(place, method))
                )
    return pd.concat([f for f in frames if len(f)] or frames)[["series", "epoch", "train_loss", HEADLINE]]


def _thin(means: pd.DataFrame) -> pd.DataFrame:
    """Keep the epochs that the test curve has, and at most so many."""
    watched = means.dropna() if means.notna().all(axis=1).any() else means
    return watched.iloc[:: max(1, math.ceil(len(watched) / MOST_POINTS))]


def _verdict_counts(content: Content) -> pd.DataFrame:
    rows = [
        (c.table.id, protocol, name, c.counts(protocol)[name])
        for c in content.comparisons
        for protocol in c.protocols
        for name in VERDICTS
    ]
    return pd.DataFrame(rows, columns=["table", "protocol", "verdict", "cells"])
