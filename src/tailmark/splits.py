"""Splits: labels, an imbalance profile and a seed give index sets. Pure functions; no data are copied.

A split has the roles `train` (long-tailed), `full` (all the training samples there are, for the upper bound), and the
test mixes. The draws of one seed are nested: a stronger imbalance takes a prefix of what a weaker one takes.

Protocols: `corrected` draws at random; `paper` and `released` take the first samples in file order, as the
authors' code does for its minority classes and its tabular test sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tailmark.errors import TailmarkError
from tailmark.streams import stream

Indices = NDArray[np.int64]


class Source(Protocol):
    """What a split needs to know of a dataset."""

    @property
    def name(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def labels(self) -> NDArray[np.int16]: ...
    @property
    def columns(self) -> dict[str, NDArray[np.generic]]: ...


@dataclass(frozen=True)
class Split:
    """Index sets into a dataset, and the label that each row has in this task."""

    targets: NDArray[np.int64]  # (n of the dataset,)
    classes: tuple[str, ...]
    roles: dict[str, Indices]  # train, full or labelled and pool, and test mixes
    mixes: tuple[str, ...]  # which roles are test mixes

    def counts(self, role: str) -> NDArray[np.int64]:
        """Samples of each class in a role."""
        return np.bincount(self.targets[self.roles[role]], minlength=len(self.classes))

    def tested(self) -> Indices:
        """Every row that some mix tests, once, in file order."""
        return np.unique(np.concatenate([self.roles[mix] for mix in self.mixes]))

    def digest(self, role: str) -> str:
        """What training on a role and testing on the mixes depends on."""
        parts = [self.roles[role], self.targets[self.roles[role]], *(self.roles[mix] for mix in self.mixes)]
        content = b"|".join(np.ascontiguousarray(part, dtype="<i8").tobytes() for part in parts)
        return sha256(content).hexdigest()


def groups(
    source: Source,
    seed: int,
    *,
    ratio: float,
    majority: tuple[int, ...],
    test_per_class: int | None,
    at_random: bool,
) -> Split:
    """Majority classes against the others, of which each keeps (mean class size) // ratio samples."""
    pool, test = pool_and_test(source, seed, test_per_class, at_random)
    mean_size = sum(len(rows) for rows in pool.values()) / len(pool)
    keep = int(mean_size // ratio)
    _enough(keep, 1, source, f"a minority class at ratio {ratio:g}")
    train = []
    for label, rows in pool.items():
        if label in majority:
            train.append(rows)
        else:
            _enough(len(rows), keep, source, f"class {source.classes[label]}")
            train.append(rows[:keep])
    targets = np.where(np.isin(source.labels, majority), 0, 1).astype(np.int64)
    names = ("+".join(source.classes[i] for i in majority), "the rest")
    roles = {"train": _sorted(train), "full": _sorted(list(pool.values())), "test": test}
    return Split(targets, names, roles, ("test",))


def natural(
    source: Source,
    seed: int,
    *,
    test_per_class: int,
    positive: tuple[str, ...],
    grouped: bool,
    at_random: bool,
) -> Split:
    """All the data there are, less a balanced test set."""
    targets, names = positive_against_rest(source, positive)
    train, test = [], []
    for label in range(len(names)):
        rows = np.flatnonzero(targets == label)
        _enough(len(rows), test_per_class + 1, source, f"class {names[label]}")
        draws = stream(seed, f"split/{label}")
        if not at_random:
            chosen, left = rows[:test_per_class], rows[test_per_class:]
        elif grouped:
            chosen, left = _whole_groups(rows, group_of(source), test_per_class, draws)
        else:
            mixed = draws.permutation(rows)
            chosen, left = mixed[:test_per_class], mixed[test_per_class:]
        _enough(len(left), 1, source, f"class {names[label]} beside the test set")
        train.append(left)
        test.append(chosen)
    return Split(targets, names, {"train": _sorted(train), "test": _sorted(test)}, ("test",))


def tail(  # noqa: PLR0913 - the parts of one definition
    source: Source,
    seed: int,
    *,
    ratio: float,
    head: int | None,
    test_per_class: int | None,
    mixes: tuple[str, ...],
    at_random: bool,
) -> Split:
    """The exponential long tail over the classes in label order, class 0 the head."""
    pool, test = pool_and_test(source, seed, test_per_class, at_random)
    k = len(source.classes)
    smallest = min(len(rows) for rows in pool.values())
    counts = tail_counts(head or smallest, ratio, k)
    for label, n in enumerate(counts):
        _enough(len(pool[label]), n, source, f"class {source.classes[label]}")
    _enough(min(counts), 1, source, f"the last class at ratio {ratio:g}")
    roles = {
        "train": _sorted([pool[label][:n] for label, n in enumerate(counts)]),
        "full": _sorted([rows[: counts[0]] for rows in pool.values()]),
    }
    by_class = [test[source.labels[test] == label] for label in range(k)]
    by_class = [stream(seed, f"split/test/{label}").permutation(rows) for label, rows in enumerate(by_class)]
    for mix in mixes:
        roles[mix] = _sorted([rows[:n] for rows, n in zip(by_class, mix_counts(mix, by_class), strict=True)])
    return Split(source.labels.astype(np.int64), source.classes, roles, mixes)


def counts(
    source: Source, seed: int, *, train: tuple[int, ...], test_per_class: int, at_random: bool
) -> Split:
    """So many training samples of each class, and a balanced test set.

    An official test set may have too few of some class: then every class gives as many as the smallest has, and
    `counts("test")` says how many. The role `full` is left out where the pool cannot fill a balanced set.
    """
    k = len(source.classes)
    if len(train) != k:
        raise TailmarkError(
            f"'{source.name}' has {k} classes ({', '.join(source.classes)}), but the split counts {len(train)}: "
            f"{', '.join(map(str, train))}. Give one count a class, in this order."
        )
    order = _ordered_classes(source, seed, at_random)
    pool, test = _held_out(source, order, None if "partition" in source.columns else test_per_class)
    for label, n in enumerate(train):
        _enough(len(pool[label]), n, source, f"class {source.classes[label]}")
    tested = [rows[np.isin(rows, test)] for rows in order.values()]
    common = min(test_per_class, *(len(rows) for rows in tested))
    _enough(common, 1, source, "the smallest class of the official test set")
    roles = {"train": _sorted([pool[label][:n] for label, n in enumerate(train)])}
    if min(len(rows) for rows in pool.values()) >= max(train):
        roles["full"] = _sorted([rows[: max(train)] for rows in pool.values()])
    roles["test"] = _sorted([rows[:common] for rows in tested])
    return Split(source.labels.astype(np.int64), source.classes, roles, ("test",))


def tail_counts(head: int, ratio: float, k: int) -> list[int]:
    """int(head * (1/ratio)^(i/(k-1))): truncated, as Cao et al. do; one class keeps the head."""
    return [int(head * (1 / ratio) ** (i / max(k - 1, 1))) for i in range(k)]


def mix_counts(mix: str, by_class: list[Indices]) -> list[int]:
    """How many test samples of each class a mix holds, from the largest size that every class can give."""
    most = min(len(rows) for rows in by_class)
    direction, _, ratio = mix.partition("-")
    counts = tail_counts(most, float(ratio or 1), len(by_class))
    return counts[::-1] if direction == "backward" else counts


def pool_and_test(
    source: Source, seed: int, test_per_class: int | None, at_random: bool
) -> tuple[dict[int, Indices], Indices]:
    """What each class can give to training, in the order in which it is taken, and the test rows."""
    return _held_out(source, _ordered_classes(source, seed, at_random), test_per_class)


def _ordered_classes(source: Source, seed: int, at_random: bool) -> dict[int, Indices]:
    """The rows of each class in the order in which they are taken: drawn once a seed, so ratios nest."""
    rows = {label: np.flatnonzero(source.labels == label) for label in range(len(source.classes))}
    if not at_random:
        return rows
    return {label: stream(seed, f"split/{label}").permutation(members) for label, members in rows.items()}


def _held_out(
    source: Source, order: dict[int, Indices], test_per_class: int | None
) -> tuple[dict[int, Indices], Indices]:
    """The training pool of each class, and the test rows: the official ones, or the first of each class."""
    official = source.columns.get("partition")
    if official is not None:
        if test_per_class is not None:
            raise TailmarkError(
                f"'{source.name}' has an official test set, but the split asks for test_per_class="
                f"{test_per_class}. Leave it out."
            )
        pool = {label: rows[official[rows] == 0] for label, rows in order.items()}
        return pool, np.flatnonzero(official == 1)
    if test_per_class is None:
        raise TailmarkError(
            f"'{source.name}' has no official test set: the split must say how many samples of each class to "
            "hold out (test_per_class)."
        )
    for label, rows in order.items():
        _enough(len(rows), test_per_class + 1, source, f"class {source.classes[label]}")
    pool = {label: rows[test_per_class:] for label, rows in order.items()}
    return pool, _sorted([rows[:test_per_class] for rows in order.values()])


def positive_against_rest(
    source: Source, positive: tuple[str, ...]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The label of each row where some classes form the minority, and the names of the labels."""
    if not positive:
        return source.labels.astype(np.int64), source.classes
    unknown = [name for name in positive if name not in source.classes]
    if unknown:
        raise TailmarkError(
            f"'{source.name}' has no class {', '.join(unknown)}; its classes are {', '.join(source.classes)}."
        )
    codes = [source.classes.index(name) for name in positive]
    return np.isin(source.labels, codes).astype(np.int64), ("the rest", "+".join(positive))


FEWEST_GROUPS = 5  # a test class is never the variants of one or two groups


def _whole_groups(
    rows: Indices, group: NDArray[np.generic], n: int, draws: np.random.Generator
) -> tuple[Indices, Indices]:
    """A test of n rows from whole groups, spread evenly over them; their other rows are left out entirely."""
    of_row = group[rows]
    shuffled = draws.permutation(np.unique(of_row))
    sizes = np.array([np.count_nonzero(of_row == g) for g in shuffled])
    needed = max(FEWEST_GROUPS, int(np.searchsorted(sizes.cumsum(), n)) + 1)
    held = shuffled[:needed]
    members = [draws.permutation(rows[of_row == g]) for g in held]
    turn = np.concatenate([np.arange(len(m)) for m in members])
    dealt = np.concatenate(members)[np.argsort(turn, kind="stable")]
    return dealt[:n], rows[~np.isin(of_row, held)]


def group_of(source: Source) -> NDArray[np.generic]:
    """The group (molecule, patient) of each row."""
    if "group" not in source.columns:
        raise TailmarkError(f"The split is grouped, but '{source.name}' has no groups. Set grouped: false.")
    return source.columns["group"]


def _enough(have: int, need: int, source: Source, what: str) -> None:
    if have < need:
        raise TailmarkError(
            f"The split of '{source.name}' needs {need} samples of {what}, but there are {have}. "
            "Lower the ratio, the counts, the head or the test size in params.yaml."
        )


def _sorted(parts: list[Indices]) -> Indices:
    return np.sort(np.concatenate(parts))
