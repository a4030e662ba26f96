"""Which of our methods answers for a printed row: the same name, and settings that mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tailmark import methods
from tailmark.published import PrintedCell, PublishedTable
from tailmark.readings import MARK

if TYPE_CHECKING:
    from tailmark.params import MethodSpec

SCALE = {"exemplars"}  # settings that only say how much was spent
VIEW = {"view"}  # a setting that names a view, which data that stand in have under another name


def answers(
    cell: PrintedCell,
    table: PublishedTable,
    ours: Sequence[MethodSpec],
    protocol: str,
    *,
    on_other_data: bool = False,
) -> list[str]:
    """Labels of ours, the best first: the row's very settings, or these at one other scale.

    A printed row without settings is also answered by the only method of its name, as long as no other printed row
    has settings of it: then the settings are ours to choose, and the table says them. On data that stand in for the
    table's, a method of one view answers whichever view it sees, unless it was run on several. A row that is a reading
    of a method, `concatenation@audio`, is answered by the same reading of the same runs.
    """
    name, mark, part = cell.method.partition(MARK)
    found = _of_method(name, cell, table, ours, protocol, free=VIEW if on_other_data else set())
    return [f"{label}{mark}{part}" for label in found]


def _of_method(
    name: str,
    cell: PrintedCell,
    table: PublishedTable,
    ours: Sequence[MethodSpec],
    protocol: str,
    free: set[str],
) -> list[str]:
    named = [spec for spec in ours if spec.name == name]
    same = [spec for spec in named if _means_the_same(spec, cell, protocol, SCALE | free)]
    if len({spec.settings.get(name) for spec in same for name in free}) > 1:
        return []
    exact = [spec.label for spec in same if not SCALE & spec.settings.keys()]
    scaled = [spec.label for spec in same if SCALE & spec.settings.keys()]
    if exact or len(scaled) == 1:
        return exact + scaled * (len(scaled) == 1)
    with_settings = any(other.settings for other in table.cells if other.method == cell.method)
    return [spec.label for spec in named] if len(named) == 1 and not with_settings else []


def _means_the_same(spec: MethodSpec, cell: PrintedCell, protocol: str, free: set[str]) -> bool:
    """Defaults count as given; settings that are free do not count."""
    mine, wanted = (
        {key: value for key, value in settings.items() if key not in free}
        for settings in (spec.settings, cell.settings)
    )
    if mine == wanted:
        return True
    made = [methods.make(spec.name, settings, protocol) for settings in (mine, wanted)]
    return bool(made[0] == made[1])
