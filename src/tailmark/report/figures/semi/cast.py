"""Whom the figures of few labels show: enough to compare, and few enough to tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tailmark.report.results import Place, Results
from tailmark.report.speakers import NONE, speaker
from tailmark.report.words import is_reference

if TYPE_CHECKING:
    from tailmark.params import Suite

MATCHED, JOINED = {"beta": "matched"}, {"product": "concatenation"}

CAST: tuple[tuple[str, Mapping[str, Any]], ...] = (
    *(("mdgm", NONE), ("mdgm-gaussian", MATCHED), ("fixmatch", NONE), ("crest", NONE), ("cdmad", NONE)),
    *(("supervised", NONE), ("abc", NONE), ("mean-teacher", NONE), ("m2", NONE), ("mdgm", JOINED)),
)
"""The first first, where there is room for a few alone."""

HANDFUL = 6


def cast(suite: Suite, results: Results, place: Place, most: int = len(CAST)) -> list[str]:
    """The labels of those that were run here."""
    here = results.methods(place)
    specs = [spec for spec in suite.methods if spec.label in here]
    found = [speaker(name, specs, place.protocol, settings) for name, settings in CAST]
    return list(dict.fromkeys(label for label in found if label))[:most]


def of_cast(suite: Suite, results: Results, places: list[Place]) -> Results:
    """Of these places what the figures show: the cast, and the rows that frame it."""
    shown = {place: [*cast(suite, results, place), *_frame(results, place)] for place in places}
    frames = {
        (place, name): frame[[method for method in shown[place] if method in frame.columns]]
        for (place, name), frame in results.frames.items()
        if place in shown
    }
    keys = {place: results.keys[place][shown[place]] for place in places}
    return replace(results, places=tuple(places), frames=frames, keys=keys)


def _frame(results: Results, place: Place) -> list[str]:
    """All labels and the floor."""
    return [method for method in results.methods(place) if is_reference(method)]
