"""Made-up results of suites with several views: pairs of pictures on three test mixes, and a screening test."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tailmark.params import Params
from tailmark.report.content import Content, work_out
from tailmark.report.records import Records
from tailmark.report.results import Results, with_readings

MIXES = ("forward-50", "uniform", "backward-50")
TAIL = (4659, 2792, 1674, 1003, 601, 360, 216, 129, 77, 46)
METHODS: list[Any] = [
    "majority",
    {"name": "one-view", "view": "mnist"},
    "late-fusion",
    "concatenation",
    {"name": "concatenation", "loss": "balanced-softmax"},
    "ensemble",
    "mmd",
    {"name": "sade", "view": "fashion_mnist"},
    "mame",
    {"name": "mame", "weighs": False},
]
MEDICAL: list[Any] = [
    "majority",
    {"name": "concatenation", "loss": "balanced-softmax"},
    "ensemble",
    {"name": "sade", "view": "image"},
    "mame",
    {"name": "mame", "weights": "holdout"},
]

# Recall of the most common class, and of the rarest.
SKILL = {
    "one-view": (0.98, 0.80),
    "late-fusion": (0.99, 0.90),
    "concatenation": (0.99, 0.90),
    "concatenation(loss=balanced-softmax)": (0.98, 0.95),
    "ensemble": (0.985, 0.96),
    "mmd": (0.99, 0.88),
    "sade": (0.90, 0.70),
    "mame": (0.98, 0.94),
    "mame(weighs=False)": (0.98, 0.93),
    "expert-1": (0.999, 0.905),
    "expert-2": (0.97, 0.94),
    "expert-3": (0.80, 0.97),
    "equal": (0.975, 0.93),
    "oracle": (0.985, 0.97),
}
WEIGHTS = {"forward-50": (0.6, 0.3, 0.1), "uniform": (0.3, 0.5, 0.2), "backward-50": (0.1, 0.2, 0.7)}
FITTED = ("sade", "mame")
SEVERAL = {"sade": 3, "mame": 3, "ensemble": 3, "late-fusion": 2}


def _asked() -> Params:
    pairs = {
        "title": "Pairs of pictures",
        "dataset": "mnist+fashion_mnist",
        "views": ["mnist", "fashion_mnist"],
        "splits": [{"kind": "tail", "ratio": ratio, "mixes": list(MIXES)} for ratio in (100, 10)],
        "protocols": ["corrected"],
        "methods": METHODS,
        "seeds": [0, 1, 2],
        "encoders": {"channels": [16, 32], "kernel": 3, "hidden": 64},
        "schedule": {"steps": 1200, "batch": 128, "decay": 1.0},
        "augment": "crops",
        "degraded": 0.3,
        "tables": ["fusion/1", "fusion/2"],
        "stand_in": "Clothes stand in for house numbers.",
    }
    melanoma = {
        "title": "Melanoma against the rest",
        "dataset": "ham10000_small",
        "views": ["metadata", "image"],
        "splits": [{"kind": "holdout", "positive": ["mel"], "grouped": True, "name": "melanoma"}],
        "protocols": ["corrected"],
        "methods": MEDICAL,
        "seeds": [0, 1, 2],
        "encoders": {"channels": [16, 32], "kernel": 3, "shrink": 2},
        "schedule": {"epochs": 20, "batch": 128, "decay": 1.0},
        "tables": ["fusion/4"],
        "stand_in": "HAM10000 stands in for SIIM-ISIC 2020.",
    }
    return Params.model_validate(
        {
            "tier": "small",
            "data": {"datasets": ["mnist+fashion_mnist", "ham10000_small"]},
            "suites": {"pairs": pairs, "melanoma": melanoma},
        }
    )


@pytest.fixture(scope="session")
def views_params() -> Params:
    """Two suites with views; both stand in for the data of printed tables."""
    return _asked()


def _classes(suite: str) -> int:
    return 10 if suite == "pairs" else 2


def _recalls(label: str, reading: str, suite: str, seed: int) -> np.ndarray:
    """From the head to the tail; every method has noise of its own, so that differences vary over seeds."""
    if label == "majority":
        return (np.arange(_classes(suite)) == 0).astype(float)
    head, tail = SKILL.get(reading) or SKILL.get(label) or SKILL[label.partition("(")[0]]
    noise = np.random.default_rng([seed, *label.encode(), *reading.encode()]).normal(0, 0.002)
    return np.clip(np.linspace(head, tail, _classes(suite)) + noise, 0, 1)


def _shares(mix: str, classes: int) -> np.ndarray:
    direction, _, ratio = mix.partition("-")
    if mix == "test":
        return np.array([0.9, 0.1])
    falling = float(ratio or 1) ** (-np.arange(classes) / (classes - 1))
    falling = falling / falling.sum()
    return falling[::-1] if direction == "backward" else falling


def _measured(recalls: np.ndarray, shares: np.ndarray) -> dict[str, float]:
    accuracy = float(shares @ recalls)
    values = {
        "accuracy": accuracy,
        "balanced_accuracy": float(recalls.mean()),
        "worst_recall": float(recalls.min()),
        "gmean": float(np.prod(recalls) ** (1 / len(recalls))),
        "macro_f1": float((recalls.mean() + accuracy) / 2) - 0.001,
        "ece": 0.05,
        **{f"recall/{k}": float(recall) for k, recall in enumerate(recalls)},
        **{f"f1/{k}": float(recall) - 0.01 for k, recall in enumerate(recalls)},
    }
    if len(recalls) == 2:
        values |= {"auroc": 0.8 + recalls[1] / 10, "average_precision": 0.4, "sensitivity_at_90": 0.5}
    return values


def _confidences(views: tuple[str, ...], classes: int) -> dict[str, float]:
    """Lower for rare classes, lower under noise in the view itself, hardly changed by noise in the other."""
    found: dict[str, float] = {}
    for view, k in product(views, range(classes)):
        clean = 0.9 - 0.3 * k / classes
        found[f"confidence/{view}/{k}"] = clean
        for other in views:
            found[f"confidence/{view}/{k}/noise in {other}"] = clean - (0.5 if other == view else 0.02)
    for view in views:
        found |= {f"confidence/{view}/error": 0.05, f"confidence/{view}/constant": 0.10}
        found |= {f"confidence/{view}/low": -0.2, f"confidence/{view}/high": 1.3}
    return found


def _readings(method: str) -> list[str]:
    alone = [f"expert-{number + 1}" for number in range(SEVERAL.get(method, 0))]
    return ["", *(("equal", "oracle") if method in FITTED else ()), *alone]


def _run(params: Params, suite: str, split: str, label: str, seed: int) -> list[dict[str, object]]:
    one, name = params.suites[suite], label.partition("(")[0]
    classes, mixes = _classes(suite), MIXES if suite == "pairs" else ("test",)
    rows: list[dict[str, object]] = []
    for mix, reading in product(mixes, _readings(name)):
        values = _measured(_recalls(label, reading, suite, seed), _shares(mix, classes))
        if name in FITTED and reading in ("", "oracle"):
            values |= {f"weight/{j}": w for j, w in enumerate(WEIGHTS.get(mix, (0.7, 0.2, 0.1)), start=1)}
        if name in ("mame", "mmd") and "False" not in label and not reading and mix in ("uniform", "test"):
            values |= _confidences(one.views, classes)
        place = {"suite": suite, "dataset": one.dataset, "split": split, "protocol": "corrected"}
        place |= {"method": f"{label}@{reading}" if reading else label, "seed": seed, "mix": mix}
        key = f"{suite}-{split}-{label}-{seed}"
        rows += [{**place, "metric": metric, "value": v, "key": key} for metric, v in values.items()]
    return rows


@pytest.fixture(scope="session")
def views_metrics(views_params: Params) -> pd.DataFrame:
    """Every run that the parameters ask for, with all its readings."""
    return pd.DataFrame(
        row
        for name, suite in views_params.suites.items()
        for split, method, seed in product(suite.splits, suite.methods, suite.seeds)
        for row in _run(views_params, name, split.id, method.label, seed)
    )


@pytest.fixture(scope="session")
def views_records() -> Records:
    """What the run files would say, but for learning curves."""
    counts = {("pairs", "tail-100"): TAIL, ("pairs", "tail-10"): TAIL, ("melanoma", "melanoma"): (7000, 800)}
    adapts = {"pairs": True, "melanoma": False}
    return Records({"cpu": 78}, 1.0, {}, counts, {}, (), {}, 0, adapts=adapts)


@pytest.fixture(scope="session")
def readings(views_params: Params, views_metrics: pd.DataFrame) -> Results:
    """The metrics, indexed with the readings among the methods."""
    return with_readings(views_params, views_metrics)


@pytest.fixture(scope="session")
def views(views_params: Params, views_metrics: pd.DataFrame, views_records: Records) -> Content:
    """The whole report before it has a form."""
    return work_out(views_params, views_metrics, views_records)
