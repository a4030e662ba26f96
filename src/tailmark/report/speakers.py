"""Which label of a suite speaks for a method that was run with several settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tailmark import methods
from tailmark.report.matching import SCALE

if TYPE_CHECKING:
    from tailmark.params import MethodSpec


def speaker(name: str, ours: Sequence[MethodSpec], protocol: str) -> str | None:
    """As published; else as published but for one other scale; else the one that all others of the name vary."""
    named = [spec for spec in ours if spec.name == name]
    published = [spec for spec in named if _is_published(spec, protocol)]
    exact = [spec for spec in published if not SCALE & spec.settings.keys()]
    scaled = published if len(published) == 1 else []
    common = [s for s in named if all(s.settings.items() <= other.settings.items() for other in named)]
    return next((spec.label for spec in (*exact, *scaled, *common)), None)


def _is_published(spec: MethodSpec, protocol: str) -> bool:
    """Defaults count as given, and how much was spent does not count."""
    mine = {key: value for key, value in spec.settings.items() if key not in SCALE}
    return bool(methods.make(spec.name, mine, protocol) == methods.make(spec.name, {}, protocol))
