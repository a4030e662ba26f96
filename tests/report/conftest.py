"""Made-up results with the shape of real ones: binary groups, a long tail of ten classes, and a printed table."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest

from tailmark.appraisals import AppraisalFile, Shown
from tailmark.params import Params
from tailmark.report.content import Content, work_out
from tailmark.report.page import page
from tailmark.report.records import Curve, Records
from tailmark.report.results import Results, index

# How a method fares, roughly: (skill on the common classes, how much of the tail's loss it takes back).
METHODS = {
    "erm": (4.2, 0.00),
    "focal": (4.1, 0.04),
    "focal(gamma=2)": (4.0, 0.06),
    "rw": (3.8, 0.22),
    "cbrw": (3.9, 0.17),
    "ldam": (4.0, 0.36),
    "logit-adjustment": (3.6, 0.41),
    "balanced-softmax": (3.6, 0.41),
    "ros": (3.9, 0.26),
    "smote": (3.8, 0.31),
    "balanced": (4.3, 1.00),
    "majority": (0.0, 0.00),
}
RELEASED = ("erm", "focal", "rw", "cbrw", "ldam", "ros", "smote", "balanced")
FAILED = ("groups", "smote", 3)
TAIL_COUNTS = (160, 114, 82, 58, 42, 30, 21, 15, 11, 8)


@pytest.fixture(scope="session")
def params() -> Params:
    """Three suites: the two of a quick tier, and one that answers a printed table."""
    every = [*(m for m in METHODS if "(" not in m), {"name": "focal", "gamma": 2}]
    return Params.model_validate(
        {
            "tier": "quick",
            "data": {"datasets": ["mnist5k", "mfeat", "mnist"]},
            "training": {"device": "cpu", "workers": 2},
            "suites": {
                "groups": {
                    "title": "Five digits against five",
                    "dataset": "mnist5k",
                    "splits": [{"kind": "groups", "ratio": r, "test_per_class": 100} for r in (20, 100)],
                    "protocols": ["corrected"],
                    "methods": every,
                    "seeds": [0, 1, 2, 3, 4],
                    "note": "5,000 digits stand in for the full MNIST of paper 003.",
                },
                "tail": {
                    "title": "The exponential long tail",
                    "dataset": "mfeat",
                    "splits": [
                        {
                            "kind": "tail",
                            "ratio": 20,
                            "test_per_class": 40,
                            "mixes": ["uniform", "forward-10", "backward-10"],
                        }
                    ],
                    "protocols": ["corrected"],
                    "methods": [m for m in every if m != "balanced"],
                    "seeds": [0, 1, 2, 3, 4],
                },
                "table-2": {
                    "title": "MNIST, five digits against five",
                    "dataset": "mnist",
                    "splits": [{"kind": "groups", "ratio": r} for r in (100, 600)],
                    "protocols": ["corrected", "released"],
                    "methods": [m for m in METHODS if "(" not in m],
                    "seeds": [0, 1, 2],
                    "tables": ["mgvae/2"],
                },
            },
        }
    )


def _recalls(counts: np.ndarray, method: str, draws: np.random.Generator) -> np.ndarray:
    """Recall falls with rarity; a method takes some of the fall back, and pays for it at the head."""
    skill, repair = METHODS[method]
    if method == "majority":
        return (np.arange(len(counts)) == 0).astype(float)
    rarity = np.log(counts.max() / counts) * (1 - repair)
    logit = skill - 0.95 * rarity + draws.normal(0, 0.12, len(counts)) + draws.normal(0, 0.12)
    return 1 / (1 + np.exp(-logit))


def _measures(recalls: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    k = len(recalls)
    precision = np.clip(recalls + 0.05, 0, 1)
    f1 = 2 * recalls * precision / (recalls + precision)
    values = {
        "accuracy": float(weights @ recalls),
        "balanced_accuracy": float(recalls.mean()),
        "gmean": float(np.prod(recalls) ** (1 / k)),
        "worst_recall": float(recalls.min()),
        "macro_f1": float(f1.mean()),
        "ece": float(0.05 + 0.2 * (1 - recalls.mean())),
        **{f"recall/{i}": float(r) for i, r in enumerate(recalls)},
        **{f"f1/{i}": float(f) for i, f in enumerate(f1)},
    }
    if k == 2:
        values |= {
            "auroc": float(0.9 + 0.1 * recalls[1]),
            "average_precision": float(0.88 + 0.1 * recalls[1]),
            "sensitivity_at_90": float(0.8 + 0.2 * recalls[1]),
        }
    else:
        cuts = [0, 4, 7, k]
        names = ("many_recall", "medium_recall", "few_recall")
        values |= {
            name: float(recalls[a:b].mean()) for name, (a, b) in zip(names, pairwise(cuts), strict=True)
        }
    return values


def _mix_weights(mix: str, k: int, uniform: np.ndarray) -> np.ndarray:
    direction, _, ratio = mix.partition("-")
    if not ratio:
        return uniform
    weights = float(ratio) ** (-np.arange(k) / (k - 1))
    weights = weights / weights.sum()
    return weights[::-1] if direction == "backward" else weights


def _rows(place: dict[str, str], seed: int, counts: np.ndarray, mixes: list[str]) -> list[dict[str, object]]:
    """One run's rows; balanced softmax and logit adjustment are one run under two names."""
    owner = place["method"].replace("balanced-softmax", "logit-adjustment")
    key = "-".join([place["suite"], place["split"], place["protocol"], owner, str(seed)])
    recalls = _recalls(counts, owner, np.random.default_rng([*key.encode()]))
    if place["protocol"] == "released" and owner in ("erm", "focal"):
        recalls = np.array([1.0, 0.0])
    k = len(counts)
    test = np.array([0.5139, 0.4861]) if place["dataset"] == "mnist" else np.full(k, 1 / k)
    rows: list[dict[str, object]] = []
    for mix in mixes:
        values = _measures(recalls, _mix_weights(mix, k, test))
        if place["protocol"] == "released":
            values |= {f"batch_{m}": values[m] for m in ("accuracy", "balanced_accuracy", "gmean")}
        common = {**place, "seed": seed, "mix": mix, "key": key}
        rows += [{**common, "metric": m, "value": v} for m, v in values.items()]
    return rows


def _counts(dataset: str, split: str) -> np.ndarray:
    if split.startswith("tail"):
        return np.asarray(TAIL_COUNTS)
    common = {"mnist5k": 2000, "mnist": 30596}[dataset]
    return np.asarray([common, round(common / float(split.split("-")[1]))])


@pytest.fixture(scope="session")
def metrics(params: Params) -> pd.DataFrame:
    """Every cell that the parameters ask for, but one seed of one method that failed."""
    rows = []
    for name, suite in params.suites.items():
        for split, protocol, method, seed in product(
            suite.splits, suite.protocols, suite.methods, suite.seeds
        ):
            in_code = protocol != "released" or method.name in RELEASED
            if in_code and (name, method.label, seed) != FAILED:
                place = {"suite": name, "dataset": suite.dataset, "split": split.id}
                place |= {"protocol": protocol, "method": method.label}
                mixes = list(getattr(split, "mixes", ("test",)))
                rows += _rows(place, seed, _counts(suite.dataset, split.id), mixes)
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def records(metrics: pd.DataFrame) -> Records:
    """What the run files of those metrics would say."""
    cells = metrics[["suite", "dataset", "split", "protocol", "method", "seed"]].drop_duplicates()
    epochs = np.arange(1.0, 41.0)
    curves = []
    for row in cells.itertuples(index=False):
        skill, repair = METHODS[row.method]
        settled = 1 - np.exp(-epochs / (4 + 3 * repair))
        wobble = np.random.default_rng([row.seed, *row.method.encode()]).normal(0, 0.006, len(epochs))
        loss = 0.7 * np.exp(-epochs / (5 + 4 * repair)) + 0.004 * (1 + skill)
        score = 0.5 + (0.18 + 0.3 * repair) * settled + wobble
        place = (str(row.suite), str(row.split), str(row.protocol), str(row.method), int(row.seed))
        curves.append(Curve(*place, epochs, loss, epochs[3::4], score[3::4]))
    splits = cells[["suite", "dataset", "split"]].drop_duplicates().itertuples(index=False)
    counts = {
        (str(r.suite), str(r.split)): tuple(int(n) for n in _counts(r.dataset, r.split)) for r in splits
    }
    return Records(
        environments={"cpu, torch 2.13.0, Python 3.12.4, Linux-x86_64": len(cells)},
        seconds=1234.5,
        data_digests={"mnist5k": "ab" * 32, "mfeat": "cd" * 32, "mnist": "ef" * 32},
        train_counts=counts,
        test_counts={key: {"test": (500, 500)} for key in counts},
        curves=tuple(curves),
        failures={
            ("groups", "groups-20", "corrected", "smote"): "FloatingPointError: loss is nan at epoch 7"
        },
        lost=0,
    )


@pytest.fixture(scope="session")
def results(params: Params, metrics: pd.DataFrame) -> Results:
    """The metrics, indexed."""
    return index(params, metrics)


@pytest.fixture(scope="session")
def content(params: Params, metrics: pd.DataFrame, records: Records) -> Content:
    """The whole report before it has a form."""
    return work_out(params, metrics, records)


@pytest.fixture(scope="session")
def html(content: Content) -> str:
    """The page."""
    return page(content)


@pytest.fixture(scope="session")
def hostile(params: Params, metrics: pd.DataFrame, records: Records) -> Content:
    """A small report whose words would break out of HTML, Markdown and LaTeX if they were let."""
    nasty = "<b>50 % & $x_1$ | #*`~^{}\\</b>"
    tail = params.suites["tail"].model_copy(update={"title": nasty, "note": nasty})
    few = params.model_copy(update={"suites": {"tail": tail}})
    return work_out(few, metrics[metrics["suite"] == "tail"], records)


@pytest.fixture
def small(params: Params) -> Callable[..., Results]:
    """Results of one suite, split and metric, from a few lines: method -> values by seed."""

    def make(values: dict[str, list[float]], metric: str = "balanced_accuracy") -> Results:
        place = {"suite": "groups", "dataset": "mnist5k", "split": "groups-20", "protocol": "corrected"}
        rows = [
            {
                **place,
                "mix": "test",
                "metric": metric,
                "method": m,
                "seed": seed,
                "value": v,
                "key": f"{m}-{seed}",
            }
            for m, of_method in values.items()
            for seed, v in enumerate(of_method)
        ]
        return index(params, pd.DataFrame(rows))

    return make


# (balanced accuracy, recall of the samples, distance to the nearest training sample) of a method's three seeds.
GUIDED = {
    "erm": ((0.50, 0.51, 0.52), None, None),
    "smote": ((0.70, 0.74, 0.69), (0.30, 0.31, 0.29), (0.10, 0.11, 0.12)),
    "ocvae": ((0.80, 0.81, 0.82), (0.40, 0.41, 0.42), (0.8, 0.8, 0.8)),
    "mgvae(exemplars=1000)": ((0.71, 0.72, 0.73), (0.32, 0.30, 0.31), (0.9, 0.9, 0.9)),
    "mgvae(ewc=0.0, exemplars=1000)": ((0.70, 0.71, 0.72), (0.2, 0.2, 0.2), (0.9, 0.9, 0.9)),
    "mgvae-learned-variance": ((0.81, 0.80, 0.84), (0.5, 0.5, 0.5), (0.9, 0.9, 0.9)),
}


@pytest.fixture(scope="session")
def guided_params() -> Params:
    """One image suite with generators, whose pictures may be shown."""
    return Params.model_validate(
        {
            "tier": "quick",
            "data": {"datasets": ["fashion_mnist"]},
            "suites": {
                "clothes": {
                    "title": "Five against five",
                    "dataset": "fashion_mnist",
                    "splits": [{"kind": "groups", "ratio": 100}],
                    "protocols": ["corrected"],
                    "methods": [
                        *("erm", "smote", "ocvae"),
                        {"name": "mgvae", "exemplars": 1000},
                        {"name": "mgvae", "exemplars": 1000, "ewc": 0.0},
                        "mgvae-learned-variance",
                    ],
                    "seeds": [0, 1, 2],
                    "tables": ["mgvae/9"],
                }
            },
        }
    )


def _of_samples(method: str, seed: int) -> dict[str, float]:
    """Quality numbers of one run; the second seed without the penalty collapsed."""
    _, recall, nearest = GUIDED[method]
    if recall is None or nearest is None:
        return {}
    flat = method.startswith("mgvae(ewc=0.0") and seed == 1
    found = {
        "total_spread": 0.05 if flat else 0.8,
        "spread": 0.7,
        "precision": 0.9,
        "recall": recall[seed],
        "precision_real": 0.95,
        "recall_real": 0.85,
        "judged": 0.9,
        "coverage": 0.95,
        "nearest": nearest[seed],
        "collapsed": float(flat),
        **({"nearest_exemplar": 1.1} if method.startswith("mgvae") else {}),
    }
    return {f"generated/{name}": value for name, value in found.items()}


@pytest.fixture(scope="session")
def guided_metrics() -> pd.DataFrame:
    """Three seeds of every method."""
    place = {"suite": "clothes", "dataset": "fashion_mnist", "split": "groups-100", "protocol": "corrected"}
    rows = []
    for method, (scores, *_) in GUIDED.items():
        for seed, score in enumerate(scores):
            values = {"balanced_accuracy": score, "gmean": score - 0.01, "worst_recall": score - 0.1}
            values |= {"recall/0": score + 0.1, "recall/1": score - 0.1} | _of_samples(method, seed)
            common = {**place, "method": method, "seed": seed, "mix": "test", "key": f"{method}-{seed}"}
            rows += [{**common, "metric": metric, "value": value} for metric, value in values.items()]
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def guided_records() -> Records:
    """Two pictures of 4 x 3 pixels of every run with generated samples; all guided methods share their exemplars."""
    appraisals = {}
    for number, (method, (_, recall, _)) in enumerate(GUIDED.items()):
        for seed in range(3) if recall else ():
            draws = np.random.default_rng([number, seed])
            samples, nearest = draws.integers(0, 256, (2, 2, 12), dtype=np.uint8)
            exemplars = np.full((2 if method.startswith("mgvae") else 0, 12), 255, dtype=np.uint8)
            record = {
                "suite": "clothes",
                "method": method,
                "seed": seed,
                "key": f"{method}-{seed}",
                "classes": ["tops", "shoes"],
                "train_counts": [30000, 300],
                "shape": [4, 3],
            }
            shown = {1: Shown(samples, exemplars, nearest)}
            appraisals["clothes", f"{method}-{seed}"] = AppraisalFile(record, {1: {"spread": 0.7}}, shown)
    counts = {("clothes", "groups-100"): (30000, 300)}
    return Records({"cpu": 18}, 1.0, {}, counts, {}, (), {}, 0, appraisals)


@pytest.fixture(scope="session")
def guided(guided_params: Params, guided_metrics: pd.DataFrame, guided_records: Records) -> Content:
    """A report with generators in it."""
    return work_out(guided_params, guided_metrics, guided_records)
