"""Whom the figures with a line a method show where suites have a dozen methods that balance views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tailmark.report.results import Place, Results

CAST = (
    *("concatenation", "sum", "gated", "low-rank", "late-fusion", "arl", "arl-released", "arl-bias-only"),
    *("ogm-ge", "mmpareto", "pmr"),
)
"""By the name, of any join; few enough for a colour each. Another loss than the plain one is told in tables."""

SOME = "Shown are some of the methods; the tables have all."


def of_cast(results: Results, places: Sequence[Place]) -> Results:
    """Of these places what such figures show."""
    shown = {place: [m for m in results.methods(place) if _is_cast(m)] for place in places}
    frames = {
        (place, name): frame[[method for method in shown[place] if method in frame.columns]]
        for (place, name), frame in results.frames.items()
        if place in shown
    }
    keys = {place: results.keys[place][shown[place]] for place in places}
    return replace(results, places=tuple(places), frames=frames, keys=keys)


def _is_cast(label: str) -> bool:
    name, _, given = label.partition("(")
    return name in CAST and "loss=" not in given
