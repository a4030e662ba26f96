"""The suite and the method of the documentation work as they stand there."""

from __future__ import annotations

import re
import sys
from dataclasses import fields
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import get_args, get_type_hints

import pytest
import torch

from tailmark import methods, params

PAGE = Path(__file__).parents[2] / "docs" / "labels.md"
TEXT = PAGE.read_text(encoding="utf-8")
(METHOD,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
(SUITE,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def entropy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type:
    """The page's method, found as if its file were in the folder."""
    file = tmp_path / "entropy.py"
    file.write_text(METHOD, encoding="utf-8")
    spec = spec_from_file_location("tailmark.methods.entropy", file)
    assert isinstance(spec, ModuleSpec) and spec.loader is not None
    made = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, made)
    spec.loader.exec_module(made)
    known = methods.names()
    monkeypatch.setattr(methods, "names", lambda: [*known, "entropy"])
    found: type = made.method
    return found


def test_the_suite_is_one(entropy: type) -> None:
    suite = params.parse(f"tier: mine\ndata: {{datasets: [mfeat]}}\n{SUITE}").suites["mine"]
    assert suite.methods[-1].name == "entropy"
    assert [split.id for split in suite.splits] == ["tail-50-labels-10", "tail-50-labels-10-reversed"]


def test_the_method_is_what_it_says(entropy: type) -> None:
    network = torch.nn.Linear(3, 4)
    labelled, weak = torch.randn(5, 3), torch.randn(6, 3)
    step = SimpleNamespace(network=network, labelled=labelled, labels=torch.arange(5) % 4, weak=weak)
    loss = entropy(weight=0.7).learn(step)
    expected = torch.nn.functional.cross_entropy(network(labelled), step.labels)
    expected = expected + 0.7 * torch.distributions.Categorical(logits=network(weak)).entropy().mean()
    torch.testing.assert_close(loss, expected)


def test_the_table_has_the_defaults_of_mdgm() -> None:
    cls = type(methods.make("mdgm", {}, "corrected"))
    hints = get_type_hints(cls)
    for field in fields(cls):
        (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| `{field.name}`")] or [""]
        if field.name == "latent":
            continue
        assert row, field.name
        for choice in get_args(hints[field.name]):
            assert f"`{choice}`" in row
        if field.name in ("nu", "rho"):
            assert f"| {field.default:g} |" in row
