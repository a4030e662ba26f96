from __future__ import annotations

import numpy as np
import pytest

from tailmark.gate.methods import blocks, with_several_cells
from tailmark.gate.reference import Cell


def cell(
    method: str, dataset: str, split: str, protocol: str = "corrected", suite: str | None = None
) -> Cell:
    return Cell(suite or dataset, dataset, split, protocol, method, "test", "balanced_accuracy")


def test_a_method_has_its_cells_protocols_apart_and_one_cell_is_no_method() -> None:
    rw = [cell("rw", "mnist5k", "groups-20"), cell("rw", "mfeat", "tail-10")]
    apart = [cell("rw", "mnist5k", "groups-20", "released"), cell("erm", "mfeat", "tail-10")]
    assert with_several_cells([rw[0], *apart, rw[1]]) == [tuple(rw)]


def test_cells_of_a_dataset_are_averaged_seed_by_seed() -> None:
    cells = [cell("rw", "mnist5k", split) for split in ("groups-20", "groups-100")] + [
        cell("rw", "mfeat", "tail-10")
    ]
    changes = [{0: 1.0, 1: 2.0}, {0: 3.0, 1: -2.0}, {0: 5.0, 1: 6.0}]
    digits, mfeat = blocks(cells, dict(zip(cells, changes, strict=True)))
    assert (digits.differences.tolist(), mfeat.differences.tolist()) == ([2.0, 0.0], [5.0, 6.0])
    assert (digits.weight, mfeat.weight) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    mean = sum(block.weight * block.differences.mean() for block in (digits, mfeat))
    assert mean == pytest.approx(np.mean([np.mean([*change.values()]) for change in changes]))


def test_suites_with_the_same_dataset_are_one_block() -> None:
    cells = [cell("rw", "musk2", "natural", suite=suite) for suite in ("musk", "musk-plain")]
    (only,) = blocks(cells, {cells[0]: {0: 1.0, 1: 2.0, 2: 3.0}, cells[1]: {1: 4.0, 2: 5.0}})
    assert only.differences.tolist() == [1.0, 3.0, 4.0]
    assert only.weight == 1
