"""Split files: what is written is read back, to the byte; and the counts of the real data are the papers'."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tailmark import datasets, params, splitfiles
from tailmark.errors import TailmarkError
from tailmark.params import CountsSplit, GroupsSplit, HoldoutSplit, NaturalSplit, Suite, TailSplit


def suite(**changes: object) -> Suite:
    fields = {
        "title": "t",
        "dataset": "mfeat",
        "splits": [],
        "methods": ["erm"],
        "seeds": [0, 4],
        "protocols": ["corrected"],
    }
    return Suite.model_validate({**fields, **changes})


def test_a_split_is_read_back_as_it_was_made(prepared_root: Path, tmp_path: Path) -> None:
    spec = TailSplit(kind="tail", ratio=20, test_per_class=50, mixes=("uniform", "forward-4"))
    of = datasets.load(prepared_root / "mfeat")
    (path,) = splitfiles.write_all(suite(splits=[spec]), of, tmp_path)
    for seed, read in splitfiles.read(path).items():
        made = splitfiles.make(spec, of, "corrected", seed)
        assert read.mixes == made.mixes and read.classes == made.classes
        assert read.digest("train") == made.digest("train")
        assert list(read.roles) == list(made.roles)
        for role, rows in made.roles.items():
            np.testing.assert_array_equal(read.roles[role], rows)
            np.testing.assert_array_equal(read.targets[rows], made.targets[rows])


def test_a_split_of_counts_is_made_and_kept(prepared_root: Path, tmp_path: Path) -> None:
    train = (150, *range(90, 0, -10))
    spec = CountsSplit(kind="counts", train=train, test_per_class=30)
    assert spec.id == "counts-150"
    of = datasets.load(prepared_root / "mfeat")
    (path,) = splitfiles.write_all(suite(splits=[spec]), of, tmp_path)
    assert path.name == "counts-150-corrected.parquet"
    read = splitfiles.read(path)[4]
    assert read.counts("train").tolist() == list(train)
    assert (read.counts("full").tolist(), read.counts("test").tolist()) == ([150] * 10, [30] * 10)
    assert read.digest("train") == splitfiles.make(spec, of, "corrected", 4).digest("train")


@pytest.mark.parametrize("protocol", ["corrected", "paper", "released"])
def test_only_corrected_holds_out_whole_groups(protocol: str, tmp_path: Path) -> None:
    group = np.repeat(np.arange(50, dtype=np.int32), 4)
    labels = (group % 5 == 0).astype(np.int16)
    of = datasets.Prepared("skin", {}, labels, {"group": group}, ("benign", "mel"), {}, "")
    spec = HoldoutSplit(kind="holdout", test=0.2, positive=("mel",), grouped=True)
    (path,) = splitfiles.write_all(suite(splits=[spec], protocols=[protocol]), of, tmp_path)
    assert path.name == f"holdout-{protocol}.parquet"
    for read in splitfiles.read(path).values():
        assert (read.classes, read.mixes, list(read.roles)) == (
            ("the rest", "mel"),
            ("test",),
            ["train", "test"],
        )
        assert read.counts("test").tolist() == [32, 8]
        shared = np.intersect1d(group[read.roles["train"]], group[read.roles["test"]])
        assert (len(shared) == 0) == (protocol == "corrected")


def test_the_same_suite_gives_the_same_bytes(prepared_root: Path, tmp_path: Path) -> None:
    of = datasets.load(prepared_root / "mfeat")
    specs = [TailSplit(kind="tail", ratio=r, test_per_class=50) for r in (5, 50)]
    first, second = (splitfiles.write_all(suite(splits=specs), of, tmp_path / d) for d in ("a", "b"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_nothing_is_written_when_one_split_cannot_be_made(prepared_root: Path, tmp_path: Path) -> None:
    specs = [TailSplit(kind="tail", ratio=r, test_per_class=50) for r in (5, 5000)]
    with pytest.raises(TailmarkError, match="needs 1 samples of the last class"):
        splitfiles.write_all(suite(splits=specs), datasets.load(prepared_root / "mfeat"), tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_missing_file_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(TailmarkError, match="dvc repro"):
        splitfiles.read(tmp_path / "none.parquet")


@pytest.mark.parametrize("protocol", ["corrected", "paper", "released"])
@pytest.mark.parametrize(
    ("dataset", "spec", "train", "test"),
    [
        ("mnist", GroupsSplit(kind="groups", ratio=100), [30596, 300], [5139, 4861]),
        ("mnist", GroupsSplit(kind="groups", ratio=600), [30596, 50], [5139, 4861]),
        ("fashion_mnist", GroupsSplit(kind="groups", ratio=100), [30000, 300], [5000, 5000]),
        ("musk2", NaturalSplit(kind="natural", test_per_class=200), [5381, 817], [200, 200]),
        ("water_quality", NaturalSplit(kind="natural", test_per_class=300), [6784, 612], [300, 300]),
        (
            "isolet",
            NaturalSplit(kind="natural", test_per_class=200, positive=("A", "B")),
            [6997, 400],
            [200, 200],
        ),
    ],
)
def test_the_counts_of_paper_003(  # noqa: PLR0917
    mirror: Path,
    tmp_path_factory: pytest.TempPathFactory,
    dataset: str,
    spec: params.SplitSpec,
    train: list[int],
    test: list[int],
    protocol: str,
) -> None:
    root = tmp_path_factory.getbasetemp() / "paper"
    of = datasets.load(
        datasets.prepare(dataset, root, mirror=str(mirror), cache=root / "cache", progress=False)
    )
    split = splitfiles.make(spec, of, protocol, seed=1)
    assert split.counts("train").tolist() == train
    assert split.counts("test").tolist() == test
    if protocol != "corrected" and dataset == "mnist":
        five = split.roles["train"][of.labels[split.roles["train"]] == 5]
        np.testing.assert_array_equal(
            five, np.flatnonzero((of.labels == 5) & (of.columns["partition"] == 0))[: len(five)]
        )
