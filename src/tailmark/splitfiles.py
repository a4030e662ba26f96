"""Makes the splits of a suite from their settings and keeps them as Parquet, one file a split and protocol."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tailmark import files, splits
from tailmark.errors import TailmarkError
from tailmark.holdout import holdout
from tailmark.official import official
from tailmark.params import (
    CountsSplit,
    GroupsSplit,
    HoldoutSplit,
    NaturalSplit,
    OfficialSplit,
    SemiSplit,
    SplitSpec,
    Suite,
)
from tailmark.partlabelled import check, partlabelled
from tailmark.splits import Source, Split


def make(spec: SplitSpec, source: Source, protocol: str, seed: int) -> Split:
    """The split that these settings, this dataset, protocol and seed define."""
    at_random = protocol == "corrected"
    if isinstance(spec, GroupsSplit):
        split = splits.groups(
            source,
            seed,
            ratio=spec.ratio,
            majority=spec.majority,
            test_per_class=spec.test_per_class,
            at_random=at_random,
        )
    elif isinstance(spec, NaturalSplit):
        split = splits.natural(
            source,
            seed,
            test_per_class=spec.test_per_class,
            positive=spec.positive,
            grouped=spec.grouped,
            at_random=at_random,
        )
    elif isinstance(spec, CountsSplit):
        split = splits.counts(
            source, seed, train=spec.train, test_per_class=spec.test_per_class, at_random=at_random
        )
    elif isinstance(spec, HoldoutSplit):
        split = holdout(
            source, seed, share=spec.test, positive=spec.positive, grouped=spec.grouped and at_random
        )
    elif isinstance(spec, OfficialSplit):
        split = official(source)
    elif isinstance(spec, SemiSplit):
        split = partlabelled(
            source,
            seed,
            ratio=spec.ratio,
            head=spec.head,
            test_per_class=spec.test_per_class,
            mixes=spec.mixes,
            labelled=spec.labelled,
            pool=spec.pool,
            at_random=at_random,
        )
    else:
        split = splits.tail(
            source,
            seed,
            ratio=spec.ratio,
            head=spec.head,
            test_per_class=spec.test_per_class,
            mixes=spec.mixes,
            at_random=at_random,
        )
    return split


def path_of(folder: Path, spec: SplitSpec, protocol: str) -> Path:
    """Where a split is kept; `folder` is the suite's."""
    return folder / f"{spec.id}-{protocol}.parquet"


def write_all(suite: Suite, source: Source, folder: Path) -> list[Path]:
    """Every split of a suite; nothing is written unless all can be made."""
    tables = {
        path_of(folder, spec, protocol): _table(
            {seed: make(spec, source, protocol, seed) for seed in suite.seeds}
        )
        for spec in suite.splits
        for protocol in suite.protocols
    }
    for path, table in tables.items():
        with files.whole(path) as file:
            pq.write_table(table, file, compression="zstd", use_dictionary=["role"])
    return list(tables)


def read(path: Path) -> dict[int, Split]:
    """The splits of a file, by seed. Rows in no role have the target -1."""
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise TailmarkError(f"Expected the split file {path}, found none. `dvc repro` makes it.") from None
    meta = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    classes, mixes = tuple(meta["classes"].split("\t")), tuple(meta["mixes"].split("\t"))
    found = {}
    for seed in pc.unique(table["seed"]).to_pylist():
        split = _split(table.filter(pc.equal(table["seed"], seed)), int(meta["rows"]), classes, mixes)
        if {"labelled", "pool"} & split.roles.keys():
            check(split, f"{path}, seed {seed}")
        found[seed] = split
    return found


def _table(by_seed: dict[int, Split]) -> pa.Table:
    first = next(iter(by_seed.values()))
    parts = [
        pa.table(
            {
                "seed": pa.array(np.full(len(rows), seed, dtype=np.int64)),
                "role": pa.array([role] * len(rows)),
                "row": pa.array(rows.astype(np.int32)),
                "target": pa.array(split.targets[rows].astype(np.int16)),
            }
        )
        for seed, split in by_seed.items()
        for role, rows in split.roles.items()
    ]
    metadata = {
        "classes": "\t".join(first.classes),
        "mixes": "\t".join(first.mixes),
        "rows": str(len(first.targets)),
    }
    return pa.concat_tables(parts).replace_schema_metadata(metadata)


def _split(table: pa.Table, n: int, classes: tuple[str, ...], mixes: tuple[str, ...]) -> Split:
    role, row = table["role"].to_numpy(), table["row"].to_numpy().astype(np.int64)
    targets = np.full(n, -1, dtype=np.int64)
    targets[row] = table["target"].to_numpy()
    return Split(targets, classes, {name: row[role == name] for name in dict.fromkeys(role.tolist())}, mixes)
