"""What there is, as tables for the terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from tailmark import datasets as dataset_room
from tailmark import methods as method_room
from tailmark import params
from tailmark.datasets import Dataset, Login, Private, Wheel


def datasets() -> Table:
    """Every dataset, whether or not a suite uses it."""
    table = _table("dataset", "what it is", "samples", "classes", "views", "from", "licence")
    for name in dataset_room.names():
        dataset = dataset_room.describe(name)
        samples, views = f"{sum(dataset.class_counts):,}", ", ".join(dataset.scaling)
        _add(
            table,
            name,
            dataset.title,
            samples,
            len(dataset.classes),
            views,
            _origin(dataset),
            dataset.licence,
        )
    return table


def _origin(dataset: Dataset) -> str:
    """How the files are come by, where nothing is mirrored."""
    kinds = {type(source) for file in dataset.files for source in file.sources[:1]}
    if Private in kinds:
        return "a mirror"
    if Login in kinds:
        return "an account"
    return "a package" if Wheel in kinds else "the network"


def methods() -> Table:
    """Every method, with its hyper-parameters."""
    table = _table("method", "what it is", "settings", "protocols")
    for name in method_room.names():
        found = method_room.describe(name)
        settings = ", ".join(f"{key}={value}" for key, value in found.settings.items())
        _add(table, name, found.summary, settings or "-", ", ".join(found.protocols))
    return table


def suites() -> Table:
    """The suites of the active params.yaml."""
    active = params.load()
    table = _table("suite", "what it is", "dataset", "splits", "methods", "protocols", "seeds", "answers")
    table.title = f"Tier '{active.tier}'"
    for name, suite in active.suites.items():
        splits, protocols = ", ".join(split.id for split in suite.splits), ", ".join(suite.protocols)
        sizes = len(suite.methods), protocols, len(suite.seeds)
        _add(table, name, suite.title, suite.dataset, splits, *sizes, ", ".join(suite.tables) or "-")
    return table


def _table(*headings: str) -> Table:
    table = Table()
    for heading in headings:
        table.add_column(heading)
    return table


def _add(table: Table, *cells: object) -> None:
    table.add_row(*(Text(str(cell)) for cell in cells))  # as text: `[...]` is no markup
