"""What the model makes: samples of each class in every view, and each view of a test sample made from its others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tailmark.report.figures.samples import GAP, strip
from tailmark.report.figures.style import MUTED, Picture, canvas, styled, svg_of
from tailmark.report.records import Records
from tailmark.report.results import Place, Results
from tailmark.report.semi.kept import Array, Kept
from tailmark.report.speakers import speaker
from tailmark.report.words import listed

if TYPE_CHECKING:
    from tailmark.params import Suite

MODEL = "mdgm"
FARTHEST = 2.5  # standard deviations; beyond, the colour stays
HEIGHT = 2.1  # inches a view


def made(suite: Suite, results: Results, place: Place, records: Records) -> Picture | None:
    """A row a view, of the first seed; None where no run file has samples."""
    run = _run(suite, results, place, records)
    views = [
        view
        for view in suite.views
        if run and f"made/{view}" in run.parts and f"made/from/{view}" in run.parts
    ]
    if run is None or not views:
        return None
    name = f"{place.suite}-made"
    with styled():
        figure, axes = canvas(2 * len(views), 2, HEIGHT, margin=0.5)
        for row, view in enumerate(views):
            _row(axes[2 * row : 2 * row + 2], run, view)
        svg = svg_of(figure, name)
    classes = len(run.parts[f"made/{views[0]}"])
    return Picture(
        name,
        f"What {run.method} makes, {place.split}, seed {run.seed}",
        "Left: samples of each class that it was not shown, drawn from its prior. Right: of one test sample a class, "
        "each view as it is and as it is made from the other views alone. Pictures: a column a class, in the order of "
        "the labels. Tables: a row a class and a column a feature, standardised, blue below the mean and red above it, "
        "the mean of the samples on the left.",
        f"Samples of {classes} classes in {listed(views)}, and each of these made from the others.",
        place.suite,
        svg,
    )


def _run(suite: Suite, results: Results, place: Place, records: Records) -> Kept | None:
    here = results.methods(place)
    label = speaker(MODEL, [spec for spec in suite.methods if spec.label in here], place.protocol)
    runs = [one for one in records.kept_of(place.suite, place.split) if one.method == label]
    with_samples = [one for one in runs if any(name.startswith("made/") for name in one.parts)]
    return min(with_samples, key=lambda one: one.seed, default=None)


def _row(axes: Sequence[Axes], run: Kept, view: str) -> None:
    samples, crossed, given = (run.parts[f"made/{of}{view}"] for of in ("", "from/", "given/"))
    left, right = axes
    if samples.dtype == np.uint8:
        _pictures(left, np.swapaxes(samples, 0, 1), [""] * samples.shape[1])
        _pictures(right, np.stack([given, crossed]), ["true", "made"])
    else:
        _tables(left, [samples.astype(np.float64).mean(axis=1)], ["samples"])
        _tables(right, [given.astype(np.float64), crossed.astype(np.float64)], ["true", "made"])
    left.set_title(f"{view}: samples of each class", fontsize=10)
    right.set_title(f"{view}: from the other views", fontsize=10)


def _pictures(axis: Axes, rows: Array, names: Sequence[str]) -> None:
    """Rows by classes, with a gap between."""
    shape = (*rows.shape[2:4], rows.shape[4] if rows.ndim > 4 else 1)
    lines = [strip(row.reshape(len(row), -1).astype(np.uint8), shape) for row in rows]
    axis.imshow(mosaic(lines), interpolation="none")
    height = shape[0] + GAP
    axis.set_yticks([shape[0] / 2 + number * height for number in range(len(rows))], list(names))
    axis.set_xticks([])
    _bare(axis)


def mosaic(lines: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Lines of pictures below each other, on nothing."""
    gap = np.zeros((GAP, *lines[0].shape[1:]), np.uint8)
    apart = [part for line in lines for part in (line, gap)]
    return np.concatenate(apart[:-1])


def _tables(axis: Axes, found: Sequence[NDArray[np.float64]], names: Sequence[str]) -> None:
    """Side by side, nothing between."""
    classes, features = found[0].shape
    room = max(1, round(features / 20))
    between = np.full((classes, room), np.nan)
    parts = [part for table in found for part in (table, between)][:-1]
    axis.imshow(
        np.concatenate(parts, axis=1),
        cmap="RdBu_r",
        vmin=-FARTHEST,
        vmax=FARTHEST,
        aspect="auto",
        interpolation="none",
    )
    middles = [number * (features + room) + (features - 1) / 2 for number in range(len(found))]
    axis.set_xticks(middles, list(names))
    axis.set_yticks([0, classes - 1])
    _bare(axis)


def _bare(axis: Axes) -> None:
    axis.tick_params(length=0, labelcolor=MUTED, labelsize=9)
    axis.grid(visible=False)
    for spine in axis.spines.values():
        spine.set_visible(False)
