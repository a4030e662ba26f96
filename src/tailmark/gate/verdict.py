"""What follows from the evidence, row by row, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tailmark.gate.reference import Cell, Seeds
from tailmark.gate.rule import MARGIN, MUST_CATCH, Evidence

Verdict = Literal["fell", "missing", "seeds", "unsure", "noisy", "rose", "new", "ok"]
FAILURES: tuple[Verdict, ...] = ("fell", "missing", "seeds")
ORDER: tuple[Verdict, ...] = (*FAILURES, "unsure", "noisy", "rose", "new", "ok")


@dataclass(frozen=True)
class Row:
    """A cell, or a method with all its cells: what it was, what it is, and what follows."""

    cells: tuple[Cell, ...]
    verdict: Verdict
    was: float | None  # percent, mean over seeds and cells
    now: float | None
    evidence: Evidence | None  # where the same seeds can be compared
    note: str = ""

    @property
    def name(self) -> str:
        """For a table."""
        first = self.cells[0]
        if len(self.cells) > 1:
            return f"{first.protocol} · {first.method}, all {len(self.cells)} cells"
        return f"{first.suite} · {first.split} · {first.protocol} · {first.method}"


def of_cell(cell: Cell, was: Seeds | None, now: Seeds | None, evidence: Evidence | None) -> Row:
    """The row of one cell, wherever it is known."""
    verdict, note = _cell(was, now, evidence)
    before, after = (None if seeds is None else _mean(seeds) for seeds in (was, now))
    return Row((cell,), verdict, before, after, evidence, note)


def of_method(cells: Mapping[Cell, tuple[Seeds, Seeds]], evidence: Evidence) -> Row:
    """The row of a method whose cells can be compared."""
    was = {cell: _mean(before) for cell, (before, _) in cells.items()}
    now = {cell: _mean(after) for cell, (_, after) in cells.items()}
    changes = {f"{cell.suite} · {cell.split}": now[cell] - was[cell] for cell in cells}
    verdict, note = _judged(evidence, changes)
    return Row(tuple(cells), verdict, _mean(was), _mean(now), evidence, note)


def _cell(was: Seeds | None, now: Seeds | None, evidence: Evidence | None) -> tuple[Verdict, str]:
    if was is None:
        return "new", "not guarded until `tailmark gate --update`"
    if now is None:
        return "missing", "in the reference, not in the metrics"
    if evidence is None:
        return "seeds", f"the reference has seeds {_list(was)}; these runs have {_list(now)}"
    return _judged(evidence, {f"seed {seed}": now[seed] - was[seed] for seed in was})


def _judged(evidence: Evidence, changes: Mapping[str, float]) -> tuple[Verdict, str]:
    if evidence.fell:
        return "fell", ""
    if evidence.rose:
        return "rose", "keep the gain with `tailmark gate --update`"
    if -evidence.change >= MARGIN:
        worst = min(changes, key=lambda part: changes[part])
        return "unsure", f"may be chance: {worst} changed by {changes[worst]:+.1f}; {_wish(evidence)}"
    if evidence.catches > MUST_CATCH:
        return "noisy", _wish(evidence)
    return "ok", ""


def _wish(evidence: Evidence) -> str:
    return f"to catch {MUST_CATCH:g} points here takes {evidence.seeds_needed()} seeds; there are {evidence.seeds}"


def _mean(values: Mapping[Any, float]) -> float:
    return sum(values.values()) / len(values)


def _list(seeds: Seeds) -> str:
    return ", ".join(map(str, sorted(seeds)))
