"""Made-up results of suites whose methods balance views: made data, and digits with another loss and another join."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tailmark.params import Params
from tailmark.report.balance.kept import Watched
from tailmark.report.content import Content, work_out
from tailmark.report.records import Curve, Records
from tailmark.report.results import Results, with_readings

STEPS = np.array([20, 40, 60, 80, 100])
TAIL = (150, 97, 63, 41, 26, 17, 11, 7, 5, 3)

# Points over plain concatenation: with balanced classes, and under a long tail. None: it goes up and down.
GAIN: dict[str, tuple[float | None, float | None]] = {
    "concatenation": (0, 0),
    "arl": (2, None),
    "arl-released": (2, 1),
    "arl-bias-only": (1, 1),
    "ogm": (None, None),
    "ogm-ge": (None, -3),
    "mmpareto": (3, 4),
    "pmr": (None, None),
    "agm": (None, None),
    "g-blending": (1, None),
    "mla": (-1, -5),
    "dgl": (None, None),
    "late-fusion": (-2, -2),
    "one-view": (-6, -6),
    "majority": (-50, -50),
    "sum": (0, 0),
}
METHODS = [name for name in GAIN if name not in ("one-view", "majority", "late-fusion", "sum")]
TRIALS = np.array([(rate, value) for value in (4.0, 1.0, 2.0) for rate in (1.0, 0.3, 3.0)])


def _suite(
    dataset: str, views: list[str], ratios: list[int], methods: list[Any], **more: Any
) -> dict[str, Any]:
    schedule = {"steps": 100, "batch": 64, "learning_rate": 0.03, "decay": 1.0}
    schedule |= {"optimiser": "sgd", "drops": [0.7], "clip": 40}
    return {
        "title": f"Suite of {dataset}",
        "dataset": dataset,
        "views": views,
        "splits": [{"kind": "tail", "ratio": ratio, "test_per_class": 50} for ratio in ratios],
        "protocols": ["corrected"],
        "methods": methods,
        "seeds": [0, 1, 2],
        "encoders": {"columns": 64},
        "schedule": schedule,
        "watch_views": True,
        "tuning": {"held": 0.25, "steps": 40},
    } | more


def _all(views: list[str]) -> list[Any]:
    return ["majority", *({"name": "one-view", "view": view} for view in views), "late-fusion", *METHODS]


@pytest.fixture(scope="session")
def balance_params() -> Params:
    """Four suites; the last joins views in another way."""
    soft = {"loss": "balanced-softmax"}
    rebalanced = [
        {"name": name, **soft} for name in ("concatenation", "arl", "arl-released", "arl-bias-only")
    ]
    made, digits = ["one", "two"], ["pix", "fou"]
    heads = ["sum", *({"name": name, "join": "sum"} for name in ("arl", "arl-released"))]
    suites = {
        "made-far": _suite("made_far", made, [1, 10, 50], _all(made), note="Made data."),
        "made-correlated": _suite("made_correlated", made, [1], _all(made)),
        "digits": _suite("mfeat", digits, [1, 50], [*_all(digits), *rebalanced]),
        "digits-heads": _suite("mfeat", digits, [50], heads),
    }
    datasets = ["made_far", "made_correlated", "mfeat"]
    return Params.model_validate({"tier": "small", "data": {"datasets": datasets}, "suites": suites})


def gain(label: str, seed: int, long: bool) -> float:
    """In points; what goes up and down does so seed by seed."""
    points = GAIN[label.partition("(")[0]][long]
    return (1.5, -1.4, 0.1)[seed % 3] if points is None else points


def _values(split: str, label: str, seed: int, less: float = 0.0) -> dict[str, float]:
    draws = np.random.default_rng([seed, *split.encode(), *label.encode()])
    long = split != "tail-1"
    skill = (0.6 if long else 0.7) + gain(label, seed, long) / 100 + draws.normal(0, 0.0005) - less
    recalls = np.clip(np.linspace(skill + 0.1, skill - 0.1, 10), 0, 1)
    return {
        "balanced_accuracy": float(recalls.mean()),
        "macro_f1": float(recalls.mean()) - 0.01,
        "accuracy": float(recalls.mean()),
        "worst_recall": float(recalls.min()),
        **{f"recall/{k}": float(recall) for k, recall in enumerate(recalls)},
    }


def _is_fusion(label: str) -> bool:
    return not label.startswith(("one-view", "majority", "late-fusion"))


@pytest.fixture(scope="session")
def balance_metrics(balance_params: Params) -> pd.DataFrame:
    """Every run that the parameters ask for; the second view by itself is worse than the first."""
    rows = []
    for name, suite in balance_params.suites.items():
        for split, method, seed in product(suite.splits, suite.methods, suite.seeds):
            readings = {"": 0.0}
            if _is_fusion(method.label):
                readings |= {f"@{suite.views[0]}": 0.1, f"@{suite.views[1]}": 0.3}
            if method.name == "late-fusion":
                readings |= {"@expert-1": 0.1, "@expert-2": 0.3}
            place = {"suite": name, "dataset": suite.dataset, "split": split.id, "protocol": "corrected"}
            place |= {"seed": seed, "mix": "uniform", "key": f"{name}-{split.id}-{method.label}-{seed}"}
            rows += [
                {**place, "method": f"{method.label}{reading}", "metric": of, "value": value}
                for reading, less in readings.items()
                for of, value in _values(split.id, method.label, seed, less).items()
            ]
    return pd.DataFrame(rows)


def _parts(label: str, seed: int) -> dict[str, np.ndarray]:
    rates = TRIALS if label.startswith("arl") else np.array([(rate, 0.0) for rate in (0.1, 0.3, 1.0, 3.0)])
    found = {"search/trials": rates, "search/scores": np.zeros(len(rates)), "search/chosen": rates[seed % 2]}
    if _is_fusion(label):
        first = np.linspace(0.5, 0.9 if label.startswith("arl") else 0.7, len(STEPS)) + 0.001 * seed
        certain = np.linspace(0.5, 0.8, len(STEPS))
        found |= {"watch/steps": STEPS, "watch/recall": np.zeros((len(STEPS), 2))}
        found |= {
            f"watch/{what}": np.stack([share, 1 - share], axis=1)
            for what, share in (("dependence", first), ("certainty", certain))
        }
    return found


@pytest.fixture(scope="session")
def balance_records(balance_params: Params) -> Records:
    """What the run files would say."""
    watched, curves = [], []
    for name, suite in balance_params.suites.items():
        for split, method, seed in product(suite.splits, suite.methods, suite.seeds):
            place = (name, split.id, "corrected", method.label, seed)
            if method.name != "majority":
                fusion = _is_fusion(method.label)
                views = suite.views if fusion else suite.views[:1]
                tuned = "gamma" if method.name.startswith("arl") else ""
                watched.append(Watched(*place, views, tuned, _parts(method.label, seed)))
                epoch = np.linspace(5, 60, 12)
                curves.append(Curve(*place, epoch, 1 / epoch, epoch, 0.6 - 0.3 * np.exp(-epoch / 10)))
    counts = {
        (name, split.id): TAIL if split.id != "tail-1" else (150,) * 10
        for name, suite in balance_params.suites.items()
        for split in suite.splits
    }
    curved = tuple(curves)
    return Records({"a core": len(watched)}, 1.0, {}, counts, {}, curved, {}, 0, watched=tuple(watched))


@pytest.fixture(scope="session")
def balance_readings(balance_params: Params, balance_metrics: pd.DataFrame) -> Results:
    """The metrics, indexed with the readings among the methods."""
    return with_readings(balance_params, balance_metrics)


@pytest.fixture(scope="session")
def balance(balance_params: Params, balance_metrics: pd.DataFrame, balance_records: Records) -> Content:
    """The whole report before it has a form."""
    return work_out(balance_params, balance_metrics, balance_records)
