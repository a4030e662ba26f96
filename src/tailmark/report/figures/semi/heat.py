"""Degrees of freedom by the multiplier of gamma: where in the grid mdgm is best, and whether that can be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from tailmark import methods
from tailmark.report.figures.style import FAINT, HUES, INK, MUTED, Picture, canvas, styled, svg_of
from tailmark.report.results import Place, Results
from tailmark.report.tables import percent
from tailmark.report.words import HEADLINE, plural

if TYPE_CHECKING:
    from tailmark.params import Suite

MODEL, AXES = "mdgm", ("nu", "rho")
PALE = LinearSegmentedColormap.from_list("pale", ["#f4f6f9", HUES[0]])
DARK = 0.8  # share of the colour scale above which text is white
ON_PALE = "#1c2126"  # text upon the pale end, which is pale in the dark too

Cells = dict[tuple[float, float], str]  # (nu, rho) -> label


def heat(suite: Suite, results: Results, places: Sequence[Place]) -> Picture | None:
    """A panel a split; None where fewer than three cells of the grid were run."""
    grids = {place: found for place in places if len(found := cells(suite, results, place)) > 2}
    if not grids:
        return None
    name = f"{places[0].suite}-nu-rho"
    with styled():
        figure, axes = canvas(len(grids), 3, 2.6, margin=0.6)
        for axis, (place, found) in zip(axes, grids.items(), strict=True):
            _panel(axis, results, place, found)
        figure.supxlabel("rho, the multiplier of gamma", fontsize=10, color=MUTED)
        figure.supylabel("nu, the degrees of freedom", fontsize=10, color=MUTED)
        svg = svg_of(figure, name)
    place, found = next(iter(grids.items()))
    best = max(found, key=lambda at: results.mean(place, HEADLINE, found[at]))
    return Picture(
        name,
        "Balanced accuracy of mdgm over nu and rho",
        "Percent, mean ± SD over n seeds; every panel has a colour scale of its own. gamma = -2 rho / (nu + N), with N "
        "the number of coordinates of data and latent together: rho = 1 ties gamma to nu. This grid is our reading of "
        "what was asked of paper 000, not its protocol.",
        f"{plural(len(grids), 'split')}. On {place.split} the highest of {len(found)} is at nu {best[0]:g}, rho "
        f"{best[1]:g}: {100 * results.mean(place, HEADLINE, found[best]):.1f} %.",
        place.suite,
        svg,
    )


def cells(suite: Suite, results: Results, place: Place) -> Cells:
    """Those that differ from the default in nu and rho alone."""
    found: Cells = {}
    for spec in suite.methods:
        if spec.name == MODEL and spec.label in results.methods(place) and set(spec.settings) <= set(AXES):
            made = methods.make(spec.name, spec.settings, place.protocol)
            found.setdefault((made.nu, made.rho), spec.label)
    return found


def _panel(axis: Axes, results: Results, place: Place, found: Cells) -> None:
    nus, rhos = (sorted({at[number] for at in found}) for number in range(2))
    means = np.full((len(nus), len(rhos)), np.nan)
    for (nu, rho), label in found.items():
        means[nus.index(nu), rhos.index(rho)] = 100 * results.mean(place, HEADLINE, label)
    axis.imshow(means, cmap=PALE, aspect="auto")
    low, high = np.nanmin(means), np.nanmax(means)
    for (nu, rho), label in found.items():
        row, column = nus.index(nu), rhos.index(rho)
        strength = (means[row, column] - low) / max(high - low, 1e-9)
        of = results.summary(place, HEADLINE, label)
        axis.text(
            column,
            row,
            f"{percent(of)}\nn = {of.n if of else 0}",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if strength > DARK else ON_PALE,
        )
    axis.set_xticks(range(len(rhos)), [f"{rho:g}" for rho in rhos])
    axis.set_yticks(range(len(nus)), [f"{nu:g}" for nu in nus])
    axis.set_title(place.split, color=INK)
    axis.grid(visible=False)
    for spine in axis.spines.values():
        spine.set_color(FAINT)
