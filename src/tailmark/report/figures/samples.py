"""Generated samples as pictures: beside the exemplar that each was made from, and the real one nearest to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tailmark.appraisals import AppraisalFile, Shown
from tailmark.report.figures.style import MUTED, Picture, canvas, styled, svg_of
from tailmark.report.records import Records
from tailmark.report.results import Place, Results, distinct
from tailmark.report.words import plural

Bytes = NDArray[np.uint8]
LEVELS = 32  # of brightness: the eye does not miss the others, and the file is half as large
GAP = 2  # pixels between two pictures


@dataclass(frozen=True)
class Line:
    """One row of the figure."""

    label: str
    left: Bytes
    right: Bytes | None


def samples(results: Results, place: Place, records: Records) -> Picture | None:
    """One row a method, first seed, rarest class; None where the data are no images."""
    made = _made(results, place, records)
    if not made:
        return None
    first = next(iter(made.values())).record
    label = _rarest(made)
    shown = {method: one.shown[label] for method, one in made.items() if label in one.shown}
    lines = list(_lines(shown))
    shape = tuple(first["shape"])
    name = f"{place.suite}-samples"
    with styled():
        height = 0.27 + 4.2 * shape[0] / _width(lines, shape)
        figure, axes = canvas(2 * len(lines), 2, height, margin=0.5)
        for row, line in enumerate(lines):
            _strip(axes[2 * row], line.left, shape, line.label)
            _strip(axes[2 * row + 1], line.right, shape, "" if row else "nearest real training sample")
        svg = svg_of(figure, name)
    who = f"class '{first['classes'][label]}', seed {first['seed']}"
    return Picture(
        name,
        f"What the generators made, {place.split}: {who}",
        "Left: the majority exemplars, and under them what each method made; a sample of MGVAE stands under the "
        "exemplar that it was made from. Right: the real training sample that is nearest to each, by pixels. A row "
        "that equals its right side is copied; a row of equal pictures is collapsed.",
        f"Samples of {who}, made by {plural(len(shown), 'method')} on {place.split}: "
        f"{', '.join(shown)}. Beside each its nearest real training sample.",
        place.suite,
        svg,
    )


def _made(results: Results, place: Place, records: Records) -> dict[str, AppraisalFile]:
    """Of the first seed, by method."""
    keys = results.keys[place]
    found = {m: records.appraisals.get((place.suite, str(keys[m].iloc[0]))) for m in distinct(results, place)}
    return {method: one for method, one in found.items() if one is not None and one.shown}


def _rarest(made: dict[str, AppraisalFile]) -> int:
    labels = sorted({label for one in made.values() for label in one.shown})
    counts = next(iter(made.values())).record["train_counts"]
    return min(labels, key=lambda label: counts[label])


def _lines(shown: dict[str, Shown]) -> Iterator[Line]:
    """Guided methods first; variants of one method mostly share their exemplars, which are then shown once."""
    above: Bytes = np.empty((0, 0), dtype=np.uint8)
    for method in sorted(shown, key=lambda m: not shown[m].exemplars.size):
        one = shown[method]
        if one.exemplars.size and not np.array_equal(one.exemplars, above):
            above = one.exemplars
            yield Line("majority exemplar", above, None)
        yield Line(method, one.samples, one.nearest)


def _width(lines: list[Line], shape: tuple[int, ...]) -> int:
    return max(len(line.left) for line in lines) * (shape[1] + GAP)


def _strip(axis: Axes, rows: Bytes | None, shape: tuple[int, ...], title: str) -> None:
    axis.axis("off")
    axis.set_title(title, color=MUTED, fontsize=9, fontweight="normal", pad=3.5)
    if rows is not None:
        axis.imshow(strip(rows, shape), interpolation="none")  # as it is: the page scales it


def strip(rows: Bytes, shape: tuple[int, ...]) -> Bytes:
    """Pictures side by side on nothing: height, width, RGBA."""
    height, width = shape[:2]
    line = np.zeros((height, len(rows) * (width + GAP) - GAP, 4), dtype=np.uint8)
    step = 255 // (LEVELS - 1)
    pictures = (rows.astype(np.int64) * (LEVELS - 1) + 127) // 255 * step
    for number, picture in enumerate(pictures):
        left = number * (width + GAP)
        line[:, left : left + width, :3] = picture.reshape(height, width, -1)
        line[:, left : left + width, 3] = 255
    return line
