from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailmark.tracking import entries


def test_a_run_is_told_in_full(project) -> None:
    first = next(entries.runs_of(project.metrics()))
    entry = entries.entry(first, "quick", project.root / "runs")
    assert entry.experiment == "tailmark/tail/tail-20"
    assert entry.name == "logit-adjustment · tail-20 · corrected · seed 0"
    assert entry.tags.items() >= {
        "suite": "tail", "dataset": "mfeat", "split": "tail-20", "protocol": "corrected", "seed": "0",
        "method": "logit-adjustment", "tier": "quick", "tailmark.key": "key0", "torch": "2.13.0",
        "data_digest": "d" * 64, "split_digest": "split", "code_digest": "code",
    }.items()  # fmt: skip
    assert entry.params["recipe.epochs"] == "100"
    assert entry.params["recipe.hidden"] == "[256, 128]"
    assert entry.params["recipe.ends_in_softmax"] == "false"
    assert entry.params["train_counts"] == "[20, 5]"
    assert len(entry.params["objective.prior"]) == 500
    assert "resampler" not in entry.params
    assert entry.dataset == ("mfeat", "d" * 64)


def test_the_main_mix_has_plain_names(project) -> None:
    first = next(entries.runs_of(project.metrics()))
    assert first.metrics["balanced_accuracy"] == 0.7
    assert first.metrics["forward-10/balanced_accuracy"] == 0.8
    assert len(first.metrics) == 6


def test_methods_that_share_a_run_file_are_runs_of_their_own(project) -> None:
    found = list(entries.runs_of(project.metrics()))
    assert len(found) == 4
    assert len({run.identity for run in found}) == 4
    assert len({run.key for run in found}) == 2


def _read_apart(metrics: pd.DataFrame) -> pd.DataFrame:
    """The first method's runs, also read as one expert and with the weights that were fitted."""
    own = metrics[metrics["method"] == "logit-adjustment"]
    alone = own.assign(method="logit-adjustment@expert-1", value=0.4)
    oracle = own[own["metric"] == "accuracy"].assign(
        method="logit-adjustment@oracle", metric="weight/1", value=0.9
    )
    weight = own[own["metric"] == "accuracy"].assign(metric="weight/1", value=0.6)
    return pd.concat([alone, metrics, oracle, weight])


def test_readings_are_metrics_of_their_run_and_no_runs(project) -> None:
    metrics = project.metrics()
    before, found = (list(entries.runs_of(table)) for table in (metrics, _read_apart(metrics)))
    assert {run.identity for run in found} == {run.identity for run in before}
    assert len(found) == len(before)
    first = next(run for run in found if run.place["method"] == "logit-adjustment")
    assert first.metrics["balanced_accuracy"] == 0.7
    assert first.metrics["expert-1/balanced_accuracy"] == 0.4
    assert first.metrics["forward-10/expert-1/accuracy"] == 0.4
    assert (first.metrics["weight/1"], first.metrics["oracle/weight/1"]) == (0.6, 0.9)
    other = next(run for run in found if run.place["method"] == "balanced-softmax")
    assert not any("expert" in name for name in other.metrics)


def test_classes_of_a_reading_are_left_to_the_metrics_table(project) -> None:
    first = next(entries.runs_of(_read_apart(project.metrics())))
    assert "recall/0" in first.metrics
    assert "expert-1/recall/0" not in first.metrics


def test_new_metrics_change_the_digest_and_not_the_identity(project) -> None:
    before = next(entries.runs_of(project.metrics()))
    after = next(entries.runs_of(project.metrics().assign(value=0.5)))
    assert before.identity == after.identity
    assert before.digest != after.digest


def test_a_metric_that_is_no_number_is_left_out(project) -> None:
    metrics = project.metrics()
    metrics.loc[0, "value"] = np.nan
    assert "accuracy" not in next(entries.runs_of(metrics)).metrics


@given(st.integers(0, 500))
def test_thinning_keeps_both_ends_and_the_order(length: int) -> None:
    epochs = np.arange(1, length + 1)
    curve = entries.thinned(epochs, epochs * 2.0)
    assert len(curve) == min(length, 50)
    assert curve == sorted(set(curve))
    assert all(value == 2 * epoch for epoch, value in curve)
    if length:
        assert (curve[0][0], curve[-1][0]) == (1, length)


def test_a_loss_that_is_infinite_is_not_drawn(project) -> None:
    entry = entries.entry(next(entries.runs_of(project.metrics())), "quick", project.root / "runs")
    assert len(entry.curves["train_loss"]) == 49
    assert entry.curves["test_balanced_accuracy"][-1] == (100, pytest.approx(0.8))


def test_the_digest_of_a_folder_is_of_names_and_bytes(tmp_path: Path) -> None:
    digests = set()
    for name, text in (("a", "1"), ("b", "1"), ("a", "2"), ("sub/a", "1")):
        folder = tmp_path / str(len(digests))
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text, encoding="utf-8")
        digests.add(entries.digest_of(folder))
        assert entries.digest_of(folder) in digests
    assert len(digests) == 4


def test_pictures_that_stay_here_are_not_shared(tmp_path: Path) -> None:
    (tmp_path / "figures" / "local").mkdir(parents=True)
    for name in ("report.html", "figures/tail.svg", "figures/local/faces.png"):
        (tmp_path / name).write_text(name)
    before = entries.digest_of(tmp_path)
    assert [path.name for path in entries.shared_files(tmp_path)] == ["tail.svg", "report.html"]
    (tmp_path / "figures" / "local" / "more.png").write_text("more")
    assert entries.digest_of(tmp_path) == before
