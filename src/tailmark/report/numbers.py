"""The report for programs: a summary of every cell, and what `dvc metrics` and `dvc plots` read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tailmark.report.beside import judged_numbers
from tailmark.report.content import Content
from tailmark.report.records import Curve
from tailmark.report.results import Place, Results, distinct
from tailmark.report.words import HEADLINE, QUALITY, VERDICTS

NAMES = ("place", "method")
SHOWN = ("balanced_accuracy", "gmean", "worst_recall")
DIGITS = 6
MOST_POINTS = 50

Tree = dict[str, dict[str, Any]]


def summary(results: Results) -> pd.DataFrame:
    """One row a cell, test mix and metric; fractions."""
    rows = [
        (*place, method, metric, s.n, s.mean, s.sd, s.low, s.high)
        for (place, metric, method), s in results.summaries.items()
    ]
    columns = ["suite", "split", "protocol", "mix", "method", "metric", "n", "mean", "sd", "low", "high"]
    return pd.DataFrame(rows, columns=columns).round(DIGITS)


def metrics_tree(content: Content) -> Tree:
    """For `dvc metrics`: suite, split, method and mean (main protocol), and the verdicts of each table."""
    results, tree = content.results, Tree()
    for place in main_places(results):
        methods = tree.setdefault(place.suite, {}).setdefault(place.split, {})
        for method in results.methods(place):
            means = {metric: results.mean(place, metric, method) for metric in SHOWN}
            methods[method] = {m: round(v, DIGITS) for m, v in means.items() if not math.isnan(v)}
    verdicts = {c.table.id: c.counts(c.protocols[0]) for c in content.comparisons}
    return tree | {"verdicts": verdicts} if verdicts else tree


def main_places(results: Results) -> list[Place]:
    """Where numbers that may be quoted come from."""
    return [p for suite in results.datasets for p in results.of(suite, results.main_protocol(suite))]


def verdicts(content: Content) -> pd.DataFrame:
    """One row a printed number and protocol."""
    rows = [line for comparison in content.comparisons for line in judged_numbers(comparison)]
    columns = ["table", "row", "split", "column", "protocol", "printed", "ours", "n", "verdict", "why"]
    return pd.DataFrame(rows, columns=columns)


def plots(content: Content) -> dict[str, pd.DataFrame]:
    """For `dvc plots`: long tables, fit for a facet a place and a colour a method; percent, but for samples."""
    found = {
        "balanced_accuracy.csv": _bars(content.results),
        "seeds.csv": _seeds(content.results),
        "tail.csv": _tail(content),
        "curves.csv": _curves(content),
        "verdicts.csv": _verdict_counts(content),
        **({"samples.csv": _samples(content)} if content.made else {}),
    }
    return {name: table.round(3) for name, table in found.items()}


def _named(place: Place) -> str:
    return f"{place.suite}, {place.split}"


def _bars(results: Results) -> pd.DataFrame:
    rows = [
        (
            f"{_named(place)}, {m}",
            _named(place),
            m,
            *(100 * results.mean(place, metric, m) for metric in SHOWN),
        )
        for place in main_places(results)
        for m in results.methods(place)
    ]
    return pd.DataFrame(rows, columns=["series", *NAMES, *SHOWN])


def _samples(content: Content) -> pd.DataFrame:
    """The quality of generated samples, means over seeds."""
    rows = [
        (
            f"{_named(made.place)}, {maker.method}",
            _named(made.place),
            maker.method,
            *(content.results.mean(made.place, f"generated/{name}", maker.method) for name in QUALITY),
        )
        for made in content.made
        for maker in made.makers
    ]
    return pd.DataFrame(rows, columns=["series", *NAMES, *QUALITY])


def _seeds(results: Results) -> pd.DataFrame:
    rows = [
        (_named(place), str(m), seed, 100 * value)
        for place in main_places(results)
        for m, column in results.values(place, HEADLINE).items()
        for seed, value in column.dropna().items()
    ]
    return pd.DataFrame(rows, columns=[*NAMES, "seed", HEADLINE])


def _tail(content: Content) -> pd.DataFrame:
    """Recall by rank of the class: 0 has most training samples."""
    results, rows = content.results, []
    for place in main_places(results):
        counts = content.records.train_counts.get((place.suite, place.split), ())
        for rank, k in enumerate(np.argsort(-np.asarray(counts), kind="stable")):
            for m in distinct(results, place):
                recall = results.mean(place, f"recall/{k}", m)
                rows.append((_named(place), m, rank, int(counts[k]), 100 * recall))
    return pd.DataFrame(rows, columns=[*NAMES, "class_rank", "train_samples", "recall"])


def _curves(content: Content) -> pd.DataFrame:
    """Means over seeds, thinned; the test curve is watched less often than the loss."""
    columns = [*NAMES, "epoch", "train_loss", HEADLINE]
    frames = [
        _mean_curve(mine).assign(place=_named(place), method=method)
        for place in main_places(content.results)
        for runs in [content.records.curves_of(place.suite, place.split, place.protocol)]
        for method in distinct(content.results, place)
        if (mine := [run for run in runs if run.method == method])
    ]
    return pd.concat(frames)[columns] if frames else pd.DataFrame(columns=columns)


def _mean_curve(runs: list[Curve]) -> pd.DataFrame:
    loss = pd.concat([pd.Series(run.train_loss, run.epoch) for run in runs]).groupby(level=0).mean()
    score = (
        pd.concat([pd.Series(run.balanced_accuracy, run.eval_epoch) for run in runs]).groupby(level=0).mean()
    )
    then = np.interp(score.index, loss.index, loss)  # with few labels the loss is told between the epochs too
    watched = pd.DataFrame({"train_loss": then, HEADLINE: 100 * score})
    return watched.iloc[:: math.ceil(len(watched) / MOST_POINTS)].rename_axis("epoch").reset_index()


def _verdict_counts(content: Content) -> pd.DataFrame:
    rows = [
        (c.table.id, protocol, name, c.counts(protocol)[name])
        for c in content.comparisons
        for protocol in c.protocols
        for name in VERDICTS
    ]
    return pd.DataFrame(rows, columns=["table", "protocol", "verdict", "cells"])
