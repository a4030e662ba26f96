"""What run files keep of a training with few labels, from the file to what is told of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tailmark import runs
from tailmark.report import numbers
from tailmark.report import records as run_records
from tailmark.report.records import Records
from tailmark.report.semi.kept import Kept, about

PLACE = ("digits", "tail-50-labels-10", "corrected")
# Two looks at three classes of 6, 3 and 1 samples: first all right, then all is taken for the first class.
LOOKS = np.array([np.diag([6, 3, 1]), [[6, 0, 0], [3, 0, 0], [1, 0, 0]]])


def kept(**parts: np.ndarray) -> Kept:
    named = {name.replace("__", "/"): values for name, values in parts.items()}
    return Kept(*PLACE, "mdgm", 0, "a core", "", named)


def test_the_histogram_drifts_from_the_truth() -> None:
    one = kept(pool__steps=np.array([5, 10]), pool__confusion=LOOKS.astype(np.int32))
    said, true = np.array([10.5, 0.5, 0.5]) / 11.5, np.array([6.5, 3.5, 1.5]) / 11.5
    assert one.divergence == pytest.approx([0, (said * np.log(said / true)).sum()])
    assert one.pool_counts == (6, 3, 1)
    assert one.steps.tolist() == [5, 10]


def test_rare_classes_are_lost() -> None:
    one = kept(pool__confusion=LOOKS)
    assert one.recall_of(np.array([0, 1])) == pytest.approx([1, 0.5])


def test_a_class_that_the_pool_has_not_does_not_count() -> None:
    one = kept(pool__confusion=np.array([[[4, 0, 0], [1, 1, 0], [0, 0, 0]]]))
    assert one.recall_of(np.array([1, 2])) == pytest.approx([0.5])
    assert np.isnan(one.recall_of(np.array([2]))).all()


def test_who_learns_from_all_labels_has_no_pool() -> None:
    one = kept(cost__seconds=np.array(3.5))
    assert not one.has_pool
    assert one.number("cost/seconds") == 3.5
    assert one.number("cost/peak_bytes") is None


def test_the_parts_of_other_runs_are_not_kept() -> None:
    assert about(
        {"experts": np.zeros(3), "reading/generative": np.zeros(3), "pool/steps": np.zeros(3)}
    ).keys() == {"pool/steps"}


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Records:
    """One run with few labels and one without, through their files."""
    root = tmp_path_factory.mktemp("runs")
    rows = []
    for method, parts in (
        ("mdgm", {"pool/steps": np.array([5, 10]), "pool/confusion": LOOKS, "cost/epochs": np.array(2.0)}),
        ("majority", {}),
    ):
        rows.append((*PLACE, method, 3, "uniform", "accuracy", 0.5, method))
        record = {
            **{"suite": "digits", "split": PLACE[1], "protocol": "corrected", "method": method, "seed": 3},
            **{"dataset": "mfeat", "data_digest": "ab", "seconds": 1.0, "train_counts": [6, 3, 1]},
            **{"test_counts": {"uniform": [2, 2, 2]}, "settings": {"tuned": "strength"}},
            "environment": {"device": "CPU", "torch": "2", "python": "3", "platform": "Linux"},
        }
        curves = {
            "train_loss": np.ones(4),
            "eval_epoch": np.array([1, 2]),
            "test_balanced_accuracy": np.ones(2),
        }
        run = runs.RunFile(record, np.zeros((1, 3), np.float32), np.array([0]), np.array([0]), curves, parts)
        runs.write(runs.path_of(root, "digits", method), run)
    columns = ["suite", "split", "protocol", "method", "seed", "mix", "metric", "value", "key"]
    return run_records.read(root, pd.DataFrame(rows, columns=columns))


def test_run_files_are_read(read: Records) -> None:
    (one,) = read.kept
    assert (one.method, one.seed, one.device, one.tuned) == ("mdgm", 3, "CPU", "strength")
    assert read.kept_of("digits", PLACE[1]) == [one]
    assert read.kept_of("digits") == [one]
    assert read.kept_of("digits", "elsewhere") == read.kept_of("elsewhere") == []


def test_the_loss_is_told_in_epochs(read: Records) -> None:
    """Four losses in two epochs; where no epochs are told a loss is one."""
    curves = {curve.method: curve.epoch.tolist() for curve in read.curves}
    assert curves == {"mdgm": [0.5, 1.0, 1.5, 2.0], "majority": [1.0, 2.0, 3.0, 4.0]}


def test_programs_get_the_loss_where_the_test_set_was_looked_at(read: Records) -> None:
    """Looks at epochs that are rounded, losses between them."""
    (one,) = [
        replace(curve, train_loss=np.array([4.0, 3, 2, 1])) for curve in read.curves if curve.method == "mdgm"
    ]
    assert numbers._mean_curve([one])["train_loss"].tolist() == [3.0, 1.0]
    late = replace(one, eval_epoch=np.array([1.25, 2.0]))
    assert numbers._mean_curve([late])["train_loss"].tolist() == [2.5, 1.0]
