"""Several modalities as one dataset: samples that belong together, or that are paired class by class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tailmark.datasets.declaration import Array, Parsed, Paths
from tailmark.errors import TailmarkError
from tailmark.streams import stream

Rows = NDArray[np.int64]
Modalities = Mapping[str, Parsed]

PARTS = {0: "training", 1: "test"}


def files_of(folder: str, paths: Paths) -> Paths:
    """The paths of one folder's files by their bare names, as the reader of that dataset wants them."""
    prefix = f"{folder}/"
    return {key.removeprefix(prefix): path for key, path in paths.items() if key.startswith(prefix)}


def joined(dataset: str, modalities: Modalities) -> Parsed:
    """Row i of every modality is the same sample. One that has a single view gives it its own name."""
    _check_agreement(dataset, modalities)
    first = next(iter(modalities.values()))
    views = {
        name if len(parsed.views) == 1 else f"{name}/{view}": array
        for name, parsed in modalities.items()
        for view, array in parsed.views.items()
    }
    columns = {key: column for parsed in modalities.values() for key, column in parsed.columns.items()}
    return Parsed(views, first.labels, columns)


def paired(dataset: str, modalities: Modalities) -> Parsed:
    """A balanced set of pairs: in each class the i-th of one modality with the i-th of the next, all shuffled.

    No sample is in two pairs, and training and test samples are not mixed. Columns `row/MODALITY` say where in its
    source each half of a pair is.
    """
    parts = {name: _part(parsed) for name, parsed in modalities.items()}
    classes = 1 + max(int(parsed.labels.max()) for parsed in modalities.values())
    chosen: dict[str, list[Rows]] = {name: [] for name in modalities}
    for part in np.unique(np.concatenate(list(parts.values()))).tolist():
        members = {
            name: _by_class(parsed, parts[name] == part, classes) for name, parsed in modalities.items()
        }
        size = _common_size(dataset, part, members)
        for name, by_class in members.items():
            for label, rows in enumerate(by_class):
                draws = stream(0, f"pair/{dataset}/{name}/{part}/{label}")
                chosen[name].append(draws.permutation(rows)[:size])
    halves = {name: _taken(parsed, name, np.concatenate(chosen[name])) for name, parsed in modalities.items()}
    return joined(dataset, halves)


def _check_agreement(dataset: str, modalities: Modalities) -> None:
    sizes = {name: len(parsed.labels) for name, parsed in modalities.items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"'{name}' has {n:,}" for name, n in sizes.items())
        raise TailmarkError(
            f"{dataset}: expected every modality to have the same samples, but {told}. Leave out the samples that "
            "one of them lacks."
        )
    (first, one), *others = modalities.items()
    for name, other in others:
        differ = np.flatnonzero(one.labels != other.labels)
        if differ.size:
            row = int(differ[0])
            raise TailmarkError(
                f"{dataset}: expected one label a sample, but {differ.size:,} of {len(one.labels):,} have another in "
                f"'{name}' than in '{first}'; the first is row {row} ({other.labels[row]} and {one.labels[row]}). "
                "Bring the rows of both into the same order."
            )


def _part(parsed: Parsed) -> Array:
    return parsed.columns.get("partition", np.zeros(len(parsed.labels), np.int8))


def _by_class(parsed: Parsed, within: NDArray[np.bool_], classes: int) -> list[Rows]:
    return [np.flatnonzero(within & (parsed.labels == label)) for label in range(classes)]


def _common_size(dataset: str, part: int, members: Mapping[str, list[Rows]]) -> int:
    """How many pairs every class can give."""
    for name, by_class in members.items():
        for label, rows in enumerate(by_class):
            if not rows.size:
                raise TailmarkError(
                    f"{dataset}: expected samples of every class in every modality, but '{name}' has none of class "
                    f"{label} among its {PARTS.get(part, part)} samples, so that nothing can be paired there."
                )
    return min(rows.size for by_class in members.values() for rows in by_class)


def _taken(parsed: Parsed, name: str, rows: Rows) -> Parsed:
    return replace(
        parsed,
        views={view: array[rows] for view, array in parsed.views.items()},
        labels=parsed.labels[rows],
        columns={
            **{key: column[rows] for key, column in parsed.columns.items()},
            f"row/{name}": rows.astype(np.int32),
        },
    )
