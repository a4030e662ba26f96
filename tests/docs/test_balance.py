"""The suite and the method of the documentation work as they stand there."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
import torch

from tailmark import datasets, methods, params, splitfiles
from tailmark.training.plan import plan
from tailmark.training.views.fit import fit
from tailmark.training.views.ready import ready

PAGE = Path(__file__).parents[2] / "docs" / "balance.md"
TEXT = PAGE.read_text(encoding="utf-8")
(METHOD,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
(SUITE,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
SMALL = {"seeds: [0, 1, 2, 3, 4]": "seeds: [0]", "steps: 400": "steps: 12", "steps: 150": "steps: 2"}


@pytest.fixture
def boosting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type:
    """The page's method, found as if its file were in the folder."""
    file = tmp_path / "boosting.py"
    file.write_text(METHOD, encoding="utf-8")
    spec = spec_from_file_location("tailmark.methods.boosting", file)
    assert isinstance(spec, ModuleSpec) and spec.loader is not None
    made = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, made)
    spec.loader.exec_module(made)
    known = methods.names()
    monkeypatch.setattr(methods, "names", lambda: [*known, "boosting"])
    monkeypatch.setattr(
        "tailmark.training.plan.code_digest", lambda modules: ""
    )  # no such file in the folder
    found: type = made.method
    return found


def test_the_suite_trains_the_method(boosting: type, workspace: Callable[..., tuple]) -> None:
    text = f"tier: mine\ndata: {{datasets: [mfeat]}}\n{SUITE}"
    for long, short in SMALL.items():
        assert long in text
        text = text.replace(long, short)
    settings = params.parse(text)
    assert settings.suites["mine"].methods[-1].name == "boosting"
    _, folders = workspace()
    suite = settings.suites["mine"]
    prepared = datasets.load(folders.prepared / "mfeat")
    splitfiles.write_all(suite, prepared, folders.splits / "mine")
    task = next(p.task for p in plan(settings, "mine", folders) if p.task.method == "boosting")
    outcome = fit(ready(task), torch.device("cpu"))
    assert np.isfinite(outcome.logits).all()
    assert outcome.parts["search/trials"].shape == (8, 2)
    assert {"reading/pix", "reading/fou", "watch/dependence"} <= outcome.parts.keys()


def test_every_method_of_the_table_is_there() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    with_balance = {
        name
        for name in methods.names()
        if name not in ("arl-released", "arl-bias-only", "ogm") and _balances(name)
    }
    assert with_balance | {"arl-released", "arl-bias-only", "ogm"} == named - {"-ge"}


def _balances(name: str) -> bool:
    return hasattr(methods.make(name, {}, "corrected"), "gradients")
