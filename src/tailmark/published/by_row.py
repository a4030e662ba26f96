"""What a file says once for its whole table, or row by row: `runs: 5`, or `runs: {every row: 5, ARL: 1}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tailmark.errors import TailmarkError

EVERY_ROW = "every row"


def of_row(given: object, row: str) -> Any:
    """The row's own, else what holds of every row."""
    if not isinstance(given, Mapping):
        return given
    return given[row] if row in given else given.get(EVERY_ROW)


def check_named(name: str, content: Mapping[str, Any], key: str) -> None:
    """Only rows that there are."""
    given = content.get(key)
    if isinstance(given, Mapping) and (stray := given.keys() - content["methods"].keys() - {EVERY_ROW}):
        raise TailmarkError(
            f"{name}: expected rows of the table or '{EVERY_ROW}' under `{key}`; got {', '.join(sorted(stray))}."
        )


def check_complete(name: str, content: Mapping[str, Any], key: str) -> None:
    """No row left out."""
    given = content.get(key)
    if not isinstance(given, Mapping) or EVERY_ROW in given:
        return
    if bare := [row for row in content["methods"] if row not in given]:
        raise TailmarkError(
            f"{name}: expected every row under `{key}`; {', '.join(bare)} is missing. Add it, or '{EVERY_ROW}'."
        )
