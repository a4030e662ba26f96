"""What a network must know of a dataset's views, from the prepared arrays."""

from __future__ import annotations

from collections.abc import Sequence

from tailmark.datasets import Category, Column, Prepared
from tailmark.errors import TailmarkError, nearest
from tailmark.nets.views import ViewShape


def view_shapes(prepared: Prepared, names: Sequence[str]) -> tuple[ViewShape, ...]:
    """The shapes of some views, in the order of their names."""
    return tuple(_shape(prepared, name) for name in names)


def _shape(prepared: Prepared, name: str) -> ViewShape:
    if name not in prepared.views:
        raise TailmarkError(
            f"'{prepared.name}' has no view '{name}'; it has {', '.join(prepared.views)}."
            f"{nearest(name, prepared.views)}"
        )
    size = tuple(int(length) for length in prepared.views[name].shape[1:])
    if len(size) == 1:
        return ViewShape(
            name, "table", size, tuple(_levels(column) for column in prepared.tables.get(name, ()))
        )
    return ViewShape(name, "image", size if len(size) == 3 else (*size, 1))


def _levels(column: Column) -> int:
    """Categories beside the missing one; none of a number."""
    return len(column.levels) if isinstance(column, Category) else 0
