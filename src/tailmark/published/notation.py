"""Numbers as a paper prints them: '87.8 ± 0.5', '97.67 (0.22)', '0.31'; '-' where a row lacks one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tailmark.errors import TailmarkError

ABSENT = "-"
DIGITS = r"\d+(?:\.\d+)?"
NUMBER = re.compile(
    rf"(?P<mark>_?)(?P<mean>{DIGITS})(?P=mark)(?: ± (?P<sd>{DIGITS})| \((?P<error>{DIGITS})\))?"
)


@dataclass(frozen=True)
class Number:
    """A mean, what is printed of its spread, and the unit of the last printed digit."""

    mean: float
    unit: float
    sd: float | None  # after ±
    error: float | None  # in brackets: a standard error
    emphasis: Literal["underlined"] | None


def number(name: str, text: str, times: int) -> Number:
    """Read one number of a file, in points: `times` is 100 where print is a fraction."""
    match = NUMBER.fullmatch(text)
    if match is None:
        raise TailmarkError(
            f"{name}: expected numbers like '87.8 ± 0.5', '_87.8_ ± 0.5', '87.8 (0.5)' or '87.8'; got '{text}'."
        )
    spreads = (match["sd"], match["error"])
    sd, error = (None if given is None else times * float(given) for given in spreads)
    unit = times * 10.0 ** -len(match["mean"].partition(".")[2])
    return Number(times * float(match["mean"]), unit, sd, error, "underlined" if match["mark"] else None)
