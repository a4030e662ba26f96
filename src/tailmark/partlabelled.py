"""The long tail of which a part is labelled, and a pool of samples whose labels no method sees.

Of each class the first samples of the draw are labelled, the next are tail and pool. So a smaller fraction labels a
part of what a larger one labels, a stronger imbalance a part of what a weaker one does, and the labelled samples are
the same whatever the pool.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np

from tailmark.errors import TailmarkError
from tailmark.splits import Indices, Source, Split, pool_and_test, tail

NAMED = 5  # rows that an error names
ANEW = "Or delete the split's file: `dvc repro` makes it anew."


def partlabelled(  # noqa: PLR0913 - the parts of one definition
    source: Source,
    seed: int,
    *,
    ratio: float,
    head: int | None,
    test_per_class: int | None,
    mixes: tuple[str, ...],
    labelled: float,
    pool: str,
    at_random: bool,
) -> Split:
    """The roles `train` (the whole tail), `labelled`, `pool`, and the test mixes of the tail.

    The pool is as large as what the tail leaves unlabelled. It is that (`same`), or has the same number of samples
    spread evenly (`uniform`) or with the classes in reverse (`reversed`), from all that is not labelled nor tested.
    """
    whole = tail(
        source,
        seed,
        ratio=ratio,
        head=head,
        test_per_class=test_per_class,
        mixes=mixes,
        at_random=at_random,
    )
    sizes = whole.counts("train").tolist()
    known = [labelled_of(n, labelled) for n in sizes]
    wanted = pool_counts(pool, [n - first for n, first in zip(sizes, known, strict=True)])
    rows, _ = pool_and_test(source, seed, test_per_class, at_random)
    chosen: dict[str, list[Indices]] = {"labelled": [], "pool": []}
    for label, (first, more) in enumerate(zip(known, wanted, strict=True)):
        spare = rows[label][first:]
        _enough(source, pool, source.classes[label], more, len(spare))
        chosen["labelled"].append(rows[label][:first])
        chosen["pool"].append(spare[:more])
    if not sum(wanted):
        raise TailmarkError(
            f"The split of '{source.name}' labels {labelled:g} of each class, rounded up, which leaves no sample "
            "for the pool. Lower `labelled` or raise `head` in params.yaml."
        )
    roles = {
        "train": whole.roles["train"],
        **{role: np.sort(np.concatenate(parts)) for role, parts in chosen.items()},
        **{mix: whole.roles[mix] for mix in mixes},
    }
    return Split(whole.targets, whole.classes, roles, mixes)


def labelled_of(size: int, fraction: float) -> int:
    """How many of a class are labelled: the fraction in decimals, rounded up, so that 0.07 of 100 are 7."""
    return ceil(Fraction(str(fraction)) * size)


def pool_counts(profile: str, same: list[int]) -> list[int]:
    """Samples of each class in a pool of this profile, from those that the tail leaves unlabelled."""
    if profile == "reversed":
        return same[::-1]
    if profile == "uniform":
        share, more = divmod(sum(same), len(same))
        return [share + (label < more) for label in range(len(same))]
    return same


def check(split: Split, where: str) -> None:
    """Refuses a pool that is empty or holds tested or labelled samples, and a class without a labelled sample.

    None of this comes out of `partlabelled`; a split file can be made by hand.
    """
    pool, labelled = (split.roles.get(role, np.empty(0, np.int64)) for role in ("pool", "labelled"))
    if not pool.size:
        raise TailmarkError(f"{where}: expected unlabelled samples in the role `pool`, got none. {ANEW}")
    for other, rows in (("tested", split.tested()), ("labelled", labelled)):
        both = np.intersect1d(pool, rows)
        if both.size:
            some = ", ".join(map(str, both[:NAMED])) + " and others" * (both.size > NAMED)
            raise TailmarkError(
                f"{where}: expected a pool of samples that are neither labelled nor tested, but {both.size} of its "
                f"{pool.size} rows are {other} too: {some}. Take them out of the role `pool`. {ANEW}"
            )
    counts = np.bincount(split.targets[labelled], minlength=len(split.classes))
    if lacking := [split.classes[label] for label in np.flatnonzero(counts == 0)]:
        raise TailmarkError(
            f"{where}: expected a labelled sample of every class, but class {', '.join(lacking)} has none, so that "
            f"nothing can be learned of it. Add one to the role `labelled`. {ANEW}"
        )


def _enough(source: Source, pool: str, name: str, needed: int, there: int) -> None:
    if there < needed:
        raise TailmarkError(
            f"The {pool} pool of '{source.name}' needs {needed} samples of class {name} that are neither labelled nor "
            f"tested, but there are {there}. Lower `head` or `test_per_class` of the split in params.yaml, or use "
            "`pool: same`."
        )
