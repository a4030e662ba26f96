"""The papers' tables as data: one YAML file a table, in percent, as printed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from tailmark.errors import TailmarkError, nearest

CELL = re.compile(r"(?P<mark>_?)(?P<mean>\d+(?:\.(?P<decimals>\d+))?)(?P=mark) ± (?P<sd>\d+(?:\.\d+)?)")
FIELDS = {"paper", "number", "title", "dataset", "test_counts", "runs", "columns", "methods", "cells"}
EVERY_ROW = "every row"

Settings = Mapping[str, Any]
Rows = dict[tuple[str, str], dict[str, "PrintedCell"]]


@dataclass(frozen=True)
class PrintedCell:
    """One printed number, and what it is in our words."""

    row: str  # label as printed
    method: str
    split: str
    column: str  # heading as printed
    metric: str
    mean: float
    sd: float
    unit: float  # of the last printed digit: 0.1 where one decimal is printed
    runs: int  # that the mean was taken over
    emphasis: Literal["underlined"] | None  # None: not shown in our copy of the text, which loses bold
    settings: Settings = field(default_factory=dict, hash=False)  # of the method, where the row changes some

    @property
    def label(self) -> str:
        """What a suite would call the method of this row: `mgvae`, or `mgvae(ewc=0.0)`."""
        given = ", ".join(f"{key}={value}" for key, value in sorted(self.settings.items()))
        return f"{self.method}({given})" if given else self.method

    @property
    def text(self) -> str:
        """The mean with the digits that are printed."""
        return f"{self.mean:.{-round(math.log10(self.unit))}f}"

    @property
    def low(self) -> float:
        """The least value that rounds to the printed mean."""
        return self.mean - self.unit / 2

    @property
    def high(self) -> float:
        """The greatest value that rounds to the printed mean, end included."""
        return self.mean + self.unit / 2


@dataclass(frozen=True)
class PublishedTable:
    """A table of a paper, for one data set."""

    id: str
    paper: str
    number: int
    title: str
    dataset: str
    test_counts: tuple[int, ...]  # test samples of each class; empty: said to be balanced, without a size
    cells: tuple[PrintedCell, ...]
    known: Mapping[str, str] = field(default_factory=dict, hash=False)  # row -> why it may differ from ours

    def rows(self) -> Rows:
        """The cells of each (row label, split), by our name of the metric."""
        rows: Rows = {}
        for cell in self.cells:
            rows.setdefault((cell.row, cell.split), {})[cell.metric] = cell
        return rows

    def known_of(self, row: str, released: bool) -> str:
        """Why a row may differ from ours; what holds of every row is also in our released runs, where there are any."""
        return self.known.get(row, "" if released else self.known.get(EVERY_ROW, ""))


@cache
def tables() -> Mapping[str, PublishedTable]:
    """Every transcribed table by its id, such as 'mgvae/2', in the order of the papers."""
    sources = [source for source in files(__package__).iterdir() if source.name.endswith(".yaml")]
    read = [parse(source.name, source.read_text(encoding="utf-8")) for source in sources]
    read.sort(key=lambda table: (table.paper, table.number, table.id))
    return MappingProxyType({table.id: table for table in read})


def table(id: str) -> PublishedTable:
    """The transcribed table of this id."""
    if id not in tables():
        known = ", ".join(tables())
        raise TailmarkError(f"Expected a published table, one of {known}; got '{id}'.{nearest(id, tables())}")
    return tables()[id]


def parse(name: str, text: str) -> PublishedTable:
    """Read one YAML file; its name, less the ending, gives the id: mgvae-2.yaml holds mgvae/2."""
    import yaml  # noqa: PLC0415 - training must not need it

    content: dict[str, Any] = yaml.safe_load(text)
    _check_keys(name, content)
    return PublishedTable(
        id=name.removesuffix(".yaml").replace("-", "/", 1),
        paper=content["paper"],
        number=content["number"],
        title=content["title"],
        dataset=content["dataset"],
        test_counts=tuple(content["test_counts"]),
        cells=tuple(_cells(name, content)),
        known=content.get("known", {}),
    )


def _check_keys(name: str, content: dict[str, Any]) -> None:
    if content.keys() - {"known"} != FIELDS:
        wrong = ", ".join(sorted(content.keys() - {"known"} ^ FIELDS))
        expected = ", ".join(sorted(FIELDS))
        raise TailmarkError(
            f"{name}: expected the keys {expected}, and perhaps known; missing or unknown: {wrong}."
        )
    if stray := content.get("known", {}).keys() - content["methods"].keys() - {EVERY_ROW}:
        raise TailmarkError(
            f"{name}: expected rows of the table or '{EVERY_ROW}' under `known`; got {', '.join(sorted(stray))}."
        )


def _cells(name: str, content: dict[str, Any]) -> Iterator[PrintedCell]:
    columns = content["columns"]
    methods = {row: _method(name, row, given) for row, given in content["methods"].items()}
    for split, rows in content["cells"].items():
        for row, printed in rows.items():
            if row not in methods or len(printed) != len(columns):
                raise TailmarkError(
                    f"{name}: expected row '{row}' of {split} under `methods`, with {len(columns)} numbers; "
                    f"got {len(printed)} numbers and the methods {', '.join(methods)}."
                )
            method, settings = methods[row]
            for (column, metric), text in zip(columns.items(), printed, strict=True):
                mean, sd, unit, emphasis = _number(name, text)
                of_row, number = (row, method, split, column, metric), (mean, sd, unit, content["runs"])
                yield PrintedCell(*of_row, *number, emphasis, settings)


def _method(name: str, row: str, given: object) -> tuple[str, Settings]:
    """`ros`, or `{name: mgvae, prior: gaussian}` where the row changes settings."""
    if isinstance(given, str):
        return given, {}
    if isinstance(given, dict) and isinstance(given.get("name"), str):
        return given["name"], {key: value for key, value in given.items() if key != "name"}
    raise TailmarkError(
        f"{name}: expected the method of row '{row}', or its name and settings; got {given!r}."
    )


def _number(name: str, text: str) -> tuple[float, float, float, Literal["underlined"] | None]:
    """'87.8 ± 0.5', or '_87.8_ ± 0.5' where the mean is underlined."""
    match = CELL.fullmatch(str(text))
    if match is None:
        raise TailmarkError(f"{name}: expected numbers like '87.8 ± 0.5' or '_87.8_ ± 0.5'; got '{text}'.")
    unit = 10.0 ** -len(match["decimals"] or "")
    return float(match["mean"]), float(match["sd"]), unit, "underlined" if match["mark"] else None
