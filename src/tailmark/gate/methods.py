"""A method as a whole: the mean over all its cells of one protocol.

Noise that makes a cell wobble by 2 points hardly ever moves four cells the same way, so the mean shows a fall that
no single cell can prove. Cells of one dataset share test samples where they share the seed, and may move together.
So their differences are averaged first, seed by seed; what is left of each dataset counts as independent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tailmark.gate.reference import Cell, Seeds
from tailmark.gate.rule import Block, Floats


def with_several_cells(cells: Iterable[Cell]) -> list[tuple[Cell, ...]]:
    """The cells of each method, protocols apart; one cell alone is guarded as it is."""
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell.protocol, cell.method), []).append(cell)
    return [tuple(own) for own in found.values() if len(own) > 1]


def blocks(cells: Sequence[Cell], changes: Mapping[Cell, Seeds]) -> list[Block]:
    """One a dataset; each cell counts alike in the mean."""
    datasets: dict[str, list[Seeds]] = {}
    for cell in cells:
        datasets.setdefault(cell.dataset, []).append(changes[cell])
    return [Block(_by_seed(own), len(own) / len(cells)) for own in datasets.values()]


def _by_seed(cells: Sequence[Seeds]) -> Floats:
    """Each seed's mean over the cells that have it."""
    seeds = sorted(set().union(*cells))
    return np.array([np.mean([cell[seed] for cell in cells if seed in cell]) for seed in seeds])
