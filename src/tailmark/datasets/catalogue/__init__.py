"""The datasets there are: one file each in this folder, holding `DATASET` and `read`.

The file `a_and_b.py` holds the dataset `a+b`, which pairs a with b.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tailmark.datasets.declaration import Dataset, Parsed, Paths
from tailmark.errors import TailmarkError, nearest

AND = "_and_"  # a `+` in a file's name, as a module's name may hold none


def names() -> list[str]:
    stems = [path.stem for path in Path(__file__).parent.glob("*.py")]
    return sorted(stem.replace(AND, "+") for stem in stems if not stem.startswith("_"))


def describe(name: str) -> Dataset:
    """The declaration of a dataset."""
    dataset: Dataset = _module(name).DATASET
    return dataset


def reader(name: str) -> Callable[[Paths], Parsed]:
    """The function that turns a dataset's source files into arrays."""
    read: Callable[[Paths], Parsed] = _module(name).read
    return read


def _module(name: str) -> ModuleType:
    if name not in names():
        raise TailmarkError(
            f"Expected a dataset, one of {', '.join(names())}; got '{name}'.{nearest(name, names())}"
        )
    return import_module(f"{__name__}.{name.replace('+', AND)}")
