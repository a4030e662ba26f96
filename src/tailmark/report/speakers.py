"""Which label of a suite speaks for a method that was run with several settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tailmark import methods
from tailmark.errors import TailmarkError
from tailmark.report.matching import SCALE

if TYPE_CHECKING:
    from tailmark.params import MethodSpec

NONE: Mapping[str, Any] = MappingProxyType({})  # settings


def speaker(
    name: str, ours: Sequence[MethodSpec], protocol: str, settings: Mapping[str, Any] = NONE
) -> str | None:
    """As asked, by default as published; else the same but for one other scale.

    Where no settings are asked for and none of ours is as published: the one that all others of the name vary.
    """
    named = [spec for spec in ours if spec.name == name]
    asked = [spec for spec in named if _is(spec, settings, protocol)]
    exact = [spec for spec in asked if not SCALE & spec.settings.keys()]
    scaled = asked if len(asked) == 1 else []
    common = [s for s in named if all(s.settings.items() <= other.settings.items() for other in named)]
    return next((spec.label for spec in (*exact, *scaled, *(() if settings else common))), None)


def _is(spec: MethodSpec, settings: Mapping[str, Any], protocol: str) -> bool:
    """Defaults count as given, and how much was spent does not count; what contradicts itself was never run."""
    mine = {key: value for key, value in spec.settings.items() if key not in SCALE}
    try:
        wanted = methods.make(spec.name, dict(settings), protocol)
    except TailmarkError:
        return False
    return bool(methods.make(spec.name, mine, protocol) == wanted)
