"""Made-up results of suites with few labels: digits in two views, whose pool and made samples were kept, and pairs."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tailmark.params import MethodSpec, Params
from tailmark.report.content import Content, work_out
from tailmark.report.records import Curve, Records
from tailmark.report.results import Results, with_readings
from tailmark.report.semi.kept import Kept
from tailmark.semi import pool

TAIL = (140, 90, 58, 38, 24, 16, 10, 6, 4, 3)
STEPS = np.array([25, 50, 100, 200, 300])

# Points of balanced accuracy over 60 %, and the share of the rarest class that goes to the most common one.
SKILL = {
    "supervised": (0, 0.5),
    "supervised(loss=logit-adjustment)": (2, 0.4),
    "supervised(resampler=smote)": (1, 0.4),
    "supervised(labels=all)": (30, 0.0),
    "fixmatch": (8, 0.9),
    "crest": (9, 0.6),
    "abc": (12, 0.3),
    "cdmad": (13, 0.2),
    "mean-teacher": (5, 0.6),
    "m2": (6, 0.4),
    "mdgm": (10, 0.3),
    "mdgm(sigma=1)": (7, 0.4),
    "mdgm-gaussian(beta=one)": (8, 0.4),
    "mdgm-gaussian(beta=one, sigma=1)": (2, 0.5),
    "mdgm-gaussian(beta=matched)": (10, 0.3),
    "mdgm-gaussian(beta=matched, sigma=1)": (9, 0.3),
    "mdgm(product=concatenation)": (8, 0.4),
    "mdgm(product=raw)": (4, 0.4),
    "mdgm(view=pix)": (3, 0.4),
    "mdgm(view=fou)": (-5, 0.5),
    "mdgm(uses_pool=False)": (2, 0.5),
    "mdgm(unlabelled=power)": (10, 0.3),
    "mdgm(nu=2.1)": (9, 0.3),
    "mdgm(nu=2.1, rho=0.5)": (11, 0.3),
    "mdgm(rho=0.5)": (10, 0.3),
    "majority": (-50, 1.0),
}
TRIED = {"fixmatch": ("threshold", (0.95, 0.9, 0.8, 0.7)), "mdgm": ("strength", (1.0, 0.1, 10.0, 100.0))}


def _spec(label: str) -> Any:
    """'mdgm(nu=2.1, rho=0.5)' as it stands in a params.yaml."""
    name, _, given = label.removesuffix(")").partition("(")
    settings = dict(one.split("=") for one in given.split(", ") if one)
    typed = {"nu": float, "rho": float, "sigma": int, "uses_pool": lambda text: text == "True"}
    return {"name": name, **{key: typed.get(key, str)(value) for key, value in settings.items()}}


@pytest.fixture(scope="session")
def semi_params() -> Params:
    """Two suites; one has several fractions and two profiles of the pool."""
    common = {"protocols": ["corrected"], "augment": "crops", "tuning": {"held": 0.25, "steps": 250}}
    common |= {"schedule": {"steps": 300, "batch": 32, "decay": 1.0}}
    splits = [
        {"kind": "semi", "ratio": 10, "labelled": 0.1, "test_per_class": 50},
        {"kind": "semi", "ratio": 50, "labelled": 0.1, "test_per_class": 50},
        {"kind": "semi", "ratio": 50, "labelled": 0.2, "test_per_class": 50},
        {"kind": "semi", "ratio": 50, "labelled": 0.1, "pool": "reversed", "test_per_class": 50},
    ]
    digits = {
        "title": "Digits with few labels",
        "dataset": "mfeat",
        "views": ["pix", "fou"],
        "splits": splits,
        "methods": [_spec(label) for label in SKILL],
        "seeds": [0, 1, 2],
        "semi": {"pool_batch": 64, "average": 0.99, "missing": 0.1},
        **common,
    }
    pairs = {
        "title": "Pairs with few labels",
        "dataset": "mnist+fashion_mnist",
        "views": ["mnist", "fashion_mnist"],
        "splits": splits[1:2],
        "methods": ["fixmatch", "supervised", "mdgm", _spec("mdgm(product=concatenation)")],
        "seeds": [0, 1, 2],
        **common,
    }
    return Params.model_validate(
        {
            "tier": "small",
            "data": {"datasets": ["mfeat", "mnist+fashion_mnist"]},
            "suites": {"digits": digits, "pairs": pairs},
        }
    )


def _sizes(split: str) -> np.ndarray:
    """Of the pool."""
    sizes = np.array(TAIL) * 9 // 10
    return sizes[::-1] if "reversed" in split else sizes


def _confusion(sizes: np.ndarray, lost: float) -> np.ndarray:
    """Of each class a share goes to the most common one, the more the rarer it is."""
    share = lost * np.arange(len(sizes)) / (len(sizes) - 1)
    away = np.round(share * sizes).astype(np.int64)
    found = np.diag(sizes - away)
    found[:, 0] += away
    return found


def _over_training(split: str, label: str, seed: int) -> np.ndarray:
    """It begins without bias, and drifts; one class in fifty goes astray by chance."""
    lost = SKILL[label][1] * (0.97 + 0.06 * np.random.default_rng([seed, *label.encode()]).random())
    ends = min(lost, 1.0) * np.linspace(0.2, 1, len(STEPS))
    return np.stack([_confusion(_sizes(split), end) for end in ends])


def _values(suite: str, split: str, label: str, seed: int) -> dict[str, float]:
    draws = np.random.default_rng([seed, *split.encode(), *label.encode()])
    skill = 0.6 + SKILL[label][0] / 100 + draws.normal(0, 0.001) + 0.02 * ("labels-20" in split)
    recalls = np.clip(np.linspace(skill + 0.1, skill - 0.1, 10), 0, 1)
    values = {
        "balanced_accuracy": float(recalls.mean()),
        "macro_f1": float(recalls.mean()) - 0.01,
        "accuracy": float(recalls.mean()),
        "worst_recall": float(recalls.min()),
        "gmean": float(np.prod(recalls) ** 0.1),
        **{f"recall/{k}": float(recall) for k, recall in enumerate(recalls)},
    }
    if label != "majority" and "labels=all" not in label:
        last = _over_training(split, label, seed)[-1]
        values |= {f"pool/{name}": value for name, value in pool.measures(last).items()}
    return values


def _readings(method: MethodSpec) -> list[str]:
    return ["", "generative"] if method.name in ("mdgm", "m2") else [""]


@pytest.fixture(scope="session")
def semi_metrics(semi_params: Params) -> pd.DataFrame:
    """Every run that the parameters ask for; the generative reading is a little worse."""
    rows = []
    for name, suite in semi_params.suites.items():
        for split, method, seed in product(suite.splits, suite.methods, suite.seeds):
            for reading in _readings(method):
                values = _values(name, split.id, method.label, seed)
                if reading:
                    values = {
                        key: value - 0.03 for key, value in values.items() if not key.startswith("pool/")
                    }
                said = f"{method.label}@{reading}" if reading else method.label
                place = {"suite": name, "dataset": suite.dataset, "split": split.id, "protocol": "corrected"}
                place |= {"method": said, "seed": seed, "mix": "uniform"}
                key = f"{name}-{split.id}-{method.label}-{seed}"
                rows += [{**place, "metric": of, "value": value, "key": key} for of, value in values.items()]
    return pd.DataFrame(rows)


def _parts(suite: str, split: str, label: str, seed: int) -> dict[str, np.ndarray]:
    found = {
        "cost/seconds": np.array(12.0 if label == "mdgm" else 6.0),
        "cost/epochs": np.array(60.0),
        "cost/parameters": np.array(123456),
        "cost/peak_bytes": np.array(50_000_000 + seed * 1_000_000),
    }
    if "labels=all" not in label:
        found |= {"pool/steps": STEPS, "pool/confusion": _over_training(split, label, seed)}
    if label in TRIED:
        values = TRIED[label][1]
        found |= {"tuning/values": np.array(values), "tuning/chosen": np.array(values[seed % 2])}
    return found | (_made(seed) if label == "mdgm" and suite == "digits" else {})


def _made(seed: int) -> dict[str, np.ndarray]:
    """Pictures of 5 x 4 pixels, and tables of 12 features."""
    draws = np.random.default_rng(seed)
    found: dict[str, np.ndarray] = {}
    for kind, lead in (("", (10, 3)), ("from/", (10,)), ("given/", (10,))):
        found[f"made/{kind}pix"] = draws.integers(0, 256, (*lead, 5, 4, 1), dtype=np.uint8)
        found[f"made/{kind}fou"] = draws.normal(size=(*lead, 12)).astype(np.float32)
    return found


@pytest.fixture(scope="session")
def semi_records(semi_params: Params) -> Records:
    """What the run files would say."""
    kept, curves = [], []
    for name, suite in semi_params.suites.items():
        for split, method, seed in product(suite.splits, suite.methods, suite.seeds):
            place = (name, split.id, "corrected", method.label, seed)
            if method.name != "majority":
                tuned = TRIED[method.label][0] if method.label in TRIED else ""
                kept.append(Kept(*place, "a core", tuned, _parts(name, split.id, method.label, seed)))
                epoch = np.linspace(5, 60, 12)
                score = 0.6 - 0.3 * np.exp(-epoch / 10)
                curves.append(Curve(*place, epoch, 1 / epoch, epoch, score))
    counts = {(name, split.id): TAIL for name, suite in semi_params.suites.items() for split in suite.splits}
    return Records({"a core": len(kept)}, 1.0, {}, counts, {}, tuple(curves), {}, 0, kept=tuple(kept))


@pytest.fixture(scope="session")
def semi_readings(semi_params: Params, semi_metrics: pd.DataFrame) -> Results:
    """The metrics, indexed with the readings among the methods."""
    return with_readings(semi_params, semi_metrics)


@pytest.fixture(scope="session")
def semi(semi_params: Params, semi_metrics: pd.DataFrame, semi_records: Records) -> Content:
    """The whole report before it has a form."""
    return work_out(semi_params, semi_metrics, semi_records)
