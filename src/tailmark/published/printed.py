"""The papers' tables as data: one YAML file a table, as printed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from tailmark.errors import TailmarkError, nearest
from tailmark.published.attestation import Attestation, attestation
from tailmark.published.by_row import EVERY_ROW, check_complete, check_named, of_row
from tailmark.published.notation import ABSENT, Number, number
from tailmark.published.spread import largest_near
from tailmark.splits import mix_counts

FIELDS = {"paper", "number", "title", "dataset", "test_counts", "runs", "columns", "methods", "cells"}
OPTIONAL = {"attested", "fractions", "known", "note"}
OWN_TEST_SET = "test"  # the mix of a table that names none

Settings = Mapping[str, Any]
Rows = dict[tuple[str, str], dict[str, "PrintedCell"]]


@dataclass(frozen=True)
class PrintedCell:
    """One printed number, and what it is in our words; all values are in points of percent, however printed."""

    row: str  # label as printed
    method: str  # ours, or a reading of it, as in `concatenation@audio`; empty: we have none
    split: str
    column: str  # heading as printed
    metric: str
    mean: float
    sd: float | None  # None: none is printed, or a standard error that no runs have
    unit: float  # of the last printed digit: 0.1 where one decimal is printed
    runs: int  # that the mean was taken over
    emphasis: Literal["underlined"] | None  # None: not shown in our copy of the text, which loses bold
    settings: Settings = field(default_factory=dict, hash=False)  # of the method, where the row changes some
    mix: str = OWN_TEST_SET
    fraction: bool = False  # print is a fraction of 1, not percent
    error: float | None = None  # the standard error, where that is what is printed
    attested: Attestation = "printed"

    @property
    def label(self) -> str:
        """What a suite would call the method of this row: `mgvae`, or `mgvae(ewc=0.0)`."""
        given = ", ".join(f"{key}={value}" for key, value in sorted(self.settings.items()))
        return f"{self.method}({given})" if given else self.method

    @property
    def where(self) -> str:
        """The split, and the test mix where it is not the split's own test set."""
        return self.split if self.mix == OWN_TEST_SET else f"{self.split}, {self.mix}"

    def shown(self, points: float) -> str:
        """Any value as this number is printed: in its unit, with its digits."""
        scale = 100 if self.fraction else 1
        return f"{points / scale:.{-round(math.log10(self.unit / scale))}f}"

    @property
    def text(self) -> str:
        """The mean as printed."""
        return self.shown(self.mean)

    @property
    def printed(self) -> str:
        """The mean and its spread as printed: '87.8 ± 0.5', '97.67 (0.22)', '0.31'."""
        if self.error is not None:
            return f"{self.text} ({self.shown(self.error)})"
        return self.text if self.sd is None else f"{self.text} ± {self.shown(self.sd)}"

    @property
    def low(self) -> float:
        """The least value that rounds to the printed mean."""
        return self.mean - self.unit / 2

    @property
    def high(self) -> float:
        """The greatest value that rounds to the printed mean, end included."""
        return self.mean + self.unit / 2

    @property
    def largest_error(self) -> float:
        """The greatest standard error that this mean can have."""
        return 100 * largest_near(self.low / 100, self.high / 100, self.runs)


@dataclass(frozen=True)
class PublishedTable:
    """A table of a paper, for one data set."""

    id: str
    paper: str
    number: int
    title: str
    dataset: str
    test_counts: (
        tuple[int, ...] | None
    )  # test samples of each class; empty: said to be balanced, without a size;
    # none: not stated; where there are mixes, those of the pool that all mixes are drawn from
    cells: tuple[PrintedCell, ...]
    known: Mapping[str, str] = field(default_factory=dict, hash=False)  # row -> why it may differ from ours
    note: str = ""  # what a reader of the whole table should know

    def rows(self) -> Rows:
        """The cells of each (row label, split and mix), by our name of the metric."""
        rows: Rows = {}
        for cell in self.cells:
            rows.setdefault((cell.row, cell.where), {})[cell.metric] = cell
        return rows

    @property
    def by_mix(self) -> bool:
        """Whether one training is tested on several mixes."""
        return len({cell.mix for cell in self.cells}) > 1

    @property
    def attested(self) -> tuple[Attestation, ...]:
        """How its numbers are attested, in printed order; mostly one."""
        return tuple(dict.fromkeys(cell.attested for cell in self.cells))

    def counts(self, mix: str) -> tuple[int, ...]:
        """Test samples of each class in a mix; empty where they are not known."""
        if mix == OWN_TEST_SET or not self.test_counts:
            return self.test_counts or ()
        return tuple(mix_counts(mix, [np.arange(n) for n in self.test_counts]))

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
    as_printed = yaml.load(text, yaml.BaseLoader)["cells"]  # as text: 0.30 is not 0.3
    return PublishedTable(
        id=name.removesuffix(".yaml").replace("-", "/", 1),
        paper=content["paper"],
        number=content["number"],
        title=content["title"],
        dataset=content["dataset"],
        test_counts=None if content["test_counts"] is None else tuple(content["test_counts"]),
        cells=tuple(_cells(name, content, as_printed)),
        known=content.get("known", {}),
        note=content.get("note", ""),
    )


def _check_keys(name: str, content: dict[str, Any]) -> None:
    if content.keys() - OPTIONAL != FIELDS:
        wrong = ", ".join(sorted(content.keys() - OPTIONAL ^ FIELDS))
        expected = ", ".join(sorted(FIELDS))
        raise TailmarkError(
            f"{name}: expected the keys {expected}, and perhaps {', '.join(sorted(OPTIONAL))}; missing or unknown: "
            f"{wrong}."
        )
    if stray := set(content.get("fractions", ())) - content["columns"].keys():
        raise TailmarkError(
            f"{name}: expected columns of the table under `fractions`; got {', '.join(sorted(stray))}."
        )
    for key in ("known", "runs", "attested"):
        check_named(name, content, key)
    for key in ("runs", "attested"):
        check_complete(name, content, key)


def _cells(name: str, content: dict[str, Any], as_printed: dict[str, Any]) -> Iterator[PrintedCell]:
    columns, fractions = content["columns"], content.get("fractions", ())
    methods = {row: _method(name, row, given) for row, given in content["methods"].items()}
    for split, row, mix, texts in _lines(as_printed):
        _check_line(name, (split, row, texts), methods, columns)
        method, settings = methods[row]
        runs = of_row(content["runs"], row)
        attested = attestation(name, of_row(content.get("attested", "printed"), row))
        for (column, metric), text in zip(columns.items(), texts, strict=True):
            if text == ABSENT:
                continue
            fraction = column in fractions
            read = number(name, text, 100 if fraction else 1)
            _check_spread(name, row, read, runs)
            of_place, of_print = (row, method, split, column, metric), (read.mean, read.sd, read.unit, runs)
            cell = PrintedCell(
                *of_place, *of_print, read.emphasis, settings, mix, fraction, read.error, attested
            )
            yield cell if read.error is None else replace(cell, sd=_sd_of(cell, read.error))


def _check_line(
    name: str, line: tuple[str, str, list[str]], methods: Mapping[str, object], columns: Mapping[str, str]
) -> None:
    split, row, texts = line
    if row not in methods or len(texts) != len(columns):
        raise TailmarkError(
            f"{name}: expected row '{row}' of {split} under `methods`, with {len(columns)} numbers; "
            f"got {len(texts)} numbers and the methods {', '.join(methods)}."
        )
    if all(text == ABSENT for text in texts):
        raise TailmarkError(
            f"{name}: expected a number in row '{row}' of {split}; got none. Leave the row out."
        )


def _check_spread(name: str, row: str, read: Number, runs: int) -> None:
    """One run has no spread."""
    if runs < 2 and (read.sd is not None or read.error is not None):
        raise TailmarkError(
            f"{name}: expected no spread beside a number of one run; got one in row '{row}'. Mend `runs` or the number."
        )


def _sd_of(cell: PrintedCell, error: float) -> float | None:
    """SE times the root of n; none where, in the kindest rounding, no runs have that standard error."""
    possible = error - cell.unit / 2 <= cell.largest_error + cell.unit / 10
    return error * math.sqrt(cell.runs) if possible else None


def _lines(as_printed: dict[str, Any]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Split, row, mix and the texts of the numbers; a row lists them, or lists them for each mix."""
    for split, rows in as_printed.items():
        for row, given in rows.items():
            mixes = given if isinstance(given, dict) else {OWN_TEST_SET: given}
            for mix, texts in mixes.items():
                yield split, row, mix, texts


def _method(name: str, row: str, given: object) -> tuple[str, Settings]:
    """`ros`, or `{name: mgvae, prior: gaussian}` where the row changes settings; nothing where we have none."""
    if given is None:
        return "", {}
    if isinstance(given, str):
        return given, {}
    if isinstance(given, dict) and isinstance(given.get("name"), str):
        return given["name"], {key: value for key, value in given.items() if key != "name"}
    raise TailmarkError(
        f"{name}: expected the method of row '{row}', or its name and settings; got {given!r}."
    )
