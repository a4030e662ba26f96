"""The one exception that is meant for the user's eyes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches


class TailmarkError(Exception):
    """Says what was expected, what was got, and what to do about it."""


class DivergedError(RuntimeError):
    """A training's loss is no longer a number."""


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint that ends an error about an unknown name; empty when nothing is near."""
    close = get_close_matches(name, list(names), n=1, cutoff=0.4)
    return f" Did you mean '{close[0]}'?" if close else ""


def run_stage(main: Callable[..., None], *arguments: str) -> None:
    """Run a stage's function; an error for the user is one message and exit code 1, without a traceback."""
    try:
        main(*arguments)
    except TailmarkError as error:
        print(f"tailmark: {error}", file=sys.stderr)
        sys.exit(1)
