"""Mistakes in params.yaml, told all at once, each with its place and the nearest known key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from tailmark.errors import nearest
from tailmark.params.settings import Settings
from tailmark.params.splits import (
    CountsSplit,
    GroupsSplit,
    HoldoutSplit,
    NaturalSplit,
    OfficialSplit,
    SemiSplit,
    TailSplit,
)
from tailmark.params.suites import EncoderSizes, Generators, Network, Schedule, Semi, Suite, Tuning
from tailmark.params.tier import Data, Params, Training

KIND = 4  # where pydantic names a split's kind, after suites.NAME.splits.NUMBER; nobody wrote it there


def explained(error: ValidationError, source: str) -> str:
    mistakes = [dict(item) for item in error.errors(include_url=False)]
    echoes = [
        item for item in mistakes if item["type"] == "too_short" and item["input"]
    ]  # its items were wrong
    lines = [_explain_one(item) for item in mistakes if item not in echoes]
    return f"{source} has {len(lines)} mistake{'s' * (len(lines) > 1)}:\n" + "\n".join(
        f"  {line}" for line in lines
    )


def _explain_one(item: dict[str, Any]) -> str:
    place = [str(part) for part in item["loc"]]
    if place[2:3] == ["splits"]:
        del place[KIND : KIND + 1]
    where = ".".join(place)
    if item["type"] == "extra_forbidden":
        known = _known_keys(place[:-1])
        return f"{where}: unknown key.{nearest(place[-1], known)} Known here: {', '.join(known)}."
    block = item["type"] == "value_error" and isinstance(
        item["input"], dict
    )  # its message names what is wrong
    got = "" if block or item["type"] == "missing" else f" (got {item['input']!r})"
    return f"{where}: {item['msg'].removeprefix('Value error, ')}{got}"


def _known_keys(place: Sequence[str]) -> list[str]:
    """The keys of the block at a place, to name the nearest."""
    match list(place):
        case []:
            block: list[type[Settings]] = [Params]
        case ["data"]:
            block = [Data]
        case ["training"]:
            block = [Training]
        case ["suites", _]:
            block = [Suite]
        case ["suites", _, "network"]:
            block = [Network]
        case ["suites", _, "schedule"]:
            block = [Schedule]
        case ["suites", _, "encoders"]:
            block = [EncoderSizes]
        case ["suites", _, "generators"]:
            block = [Generators]
        case ["suites", _, "semi"]:
            block = [Semi]
        case ["suites", _, "tuning"]:
            block = [Tuning]
        case _:
            block = [
                GroupsSplit,
                NaturalSplit,
                TailSplit,
                CountsSplit,
                HoldoutSplit,
                OfficialSplit,
                SemiSplit,
            ]
    return sorted({key for model in block for key in model.model_fields})
