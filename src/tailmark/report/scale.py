"""Where a generator was given fewer exemplars than published: said under the table that has its row."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from tailmark import methods
from tailmark.report.words import listed

if TYPE_CHECKING:
    from tailmark.params import Suite

Shape = tuple[int, ...]


def reduced(suite: Suite, run: Container[str], shape: Shape | None) -> list[str]:
    """One sentence a reduced S; `shape` is that of one sample where it is known, else images are meant."""
    found: dict[tuple[int, int], list[str]] = {}
    for spec in suite.methods:
        ours = spec.settings.get("exemplars", suite.generators.exemplars)
        published = _published(spec.name, spec.settings, shape)
        if spec.label in run and ours is not None and published is not None and ours < published:
            found.setdefault((ours, published), []).append(spec.label)
    return [
        f"Reduced: {listed(labels, most=12)} {'has' if len(labels) == 1 else 'have'} S = {ours:,} majority exemplars "
        f"in the prior, against {published:,} published."
        for (ours, published), labels in found.items()
    ]


def _published(name: str, settings: dict[str, object], shape: Shape | None) -> int | None:
    """None for a method, or an ablation, whose prior has no exemplars."""
    made = methods.make(
        name, {k: v for k, v in settings.items() if k != "exemplars"}, "corrected", kind(shape)
    )
    return getattr(made, "exemplars", None) if getattr(made, "prior", "") == "majority" else None


def kind(shape: Shape | None) -> str:
    """Which of a method's published settings hold."""
    if shape == ():
        return "tabular"
    return "photos" if shape and len(shape) > 2 and shape[2] > 1 else "images"
