"""A share of the data held out for the test, which keeps their imbalance: the split of medical data.

Rows are drawn at random under every protocol. Where the split is grouped, `corrected` holds out whole groups
(patients, lesions), so that no picture is tested of which a near copy was trained on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tailmark.errors import TailmarkError
from tailmark.splits import Indices, Source, Split, group_of, positive_against_rest
from tailmark.streams import stream

Targets = NDArray[np.int64]

ROUNDING = 1e-12  # less than any group changes, so that no two states can follow each other for ever


def holdout(source: Source, seed: int, *, share: float, positive: tuple[str, ...], grouped: bool) -> Split:
    """This share of each class for the test, the rest for training."""
    targets, names = positive_against_rest(source, positive)
    if grouped:
        test = _groups_nearest_to_share(targets, group_of(source), share, seed)
    else:
        test = _share_of_each_class(targets, share, seed)
    train = np.setdiff1d(np.arange(len(targets)), test)
    split = Split(targets, names, {"train": train, "test": test}, ("test",))
    for role, side in (("test", "the test set"), ("train", "the training set")):
        lacking = [name for name, n in zip(names, split.counts(role), strict=True) if n == 0]
        if lacking:
            raise TailmarkError(
                f"The split of '{source.name}' tests a share of {share:g}{' in whole groups' if grouped else ''}, and "
                f"{side} has no sample of class {', '.join(lacking)}. Change `test` or `positive` of the split in "
                "params.yaml."
            )
    return split


def _share_of_each_class(targets: Targets, share: float, seed: int) -> Indices:
    chosen = []
    for label in np.unique(targets).tolist():
        rows = stream(seed, f"split/{label}").permutation(np.flatnonzero(targets == label))
        chosen.append(rows[: round(share * len(rows))])
    return np.sort(np.concatenate(chosen))


def _groups_nearest_to_share(
    targets: Targets, group: NDArray[np.generic], share: float, seed: int
) -> Indices:
    """Groups in random order change sides for as long as that brings the test nearer to the share of every class.

    Distance is the sum over classes of the squared difference in share, so that a rare class counts as much.
    """
    names, of_row = np.unique(group, return_inverse=True)
    holds = np.zeros((len(names), int(targets.max()) + 1))
    np.add.at(holds, (of_row, targets), 1)
    holds /= np.maximum(holds.sum(axis=0), 1)
    order = stream(seed, "split/groups").permutation(len(names))
    missing, tested, settled = np.full(holds.shape[1], share), np.zeros(len(names), bool), False
    while not settled:
        settled = True
        for candidate in order:
            left = missing + holds[candidate] * (1 if tested[candidate] else -1)
            if left @ left < missing @ missing - ROUNDING:
                missing, settled = left, False
                tested[candidate] = not tested[candidate]
    return np.flatnonzero(tested[of_row])
