"""The method, the suite and the dataset of the documentation work as they stand there."""

from __future__ import annotations

import re
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from tailmark import methods, params
from tailmark.datasets.consistency import check_consistency
from tailmark.fusion.experts import network
from tailmark.nets.views import Encoders, ViewShape

PAGE = Path(__file__).parents[2] / "docs" / "views.md"
TEXT = PAGE.read_text(encoding="utf-8")
METHOD, DATASET = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
(SUITE,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def module(name: str, code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A block of the page as the module that it would be."""
    file = folder / f"{name.rpartition('.')[2]}.py"
    file.write_text(code, encoding="utf-8")
    spec = spec_from_file_location(name, file)
    assert isinstance(spec, ModuleSpec) and spec.loader is not None
    made = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, made)
    spec.loader.exec_module(made)
    return made


def test_the_method_is_a_network_that_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(bool(line.strip()) for line in METHOD.splitlines()) <= 40
    made = module("tailmark.methods.attentive", METHOD, tmp_path, monkeypatch)
    design = made.method().design(np.array([9.0, 1.0]), ("a", "b"))
    assert design.numbers()["join"] == "attentive" and design.code == ["tailmark.methods.attentive"]
    shapes = (ViewShape("a", "table", (3,)), ViewShape("b", "image", (8, 8, 1)))
    net = network(design, shapes, 2, Encoders(channels=(4,), kernel=3, hidden=6, columns=5), seed=0)
    said = net({"a": torch.rand(7, 3), "b": torch.rand(7, 8, 8, 1)})
    said.logits.sum().backward()
    assert said.logits.shape == (7, 1, 2)
    assert all(parameter.grad is not None for parameter in net.parameters())


def test_the_suite_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module("tailmark.methods.attentive", METHOD, tmp_path, monkeypatch)
    known = methods.names()
    monkeypatch.setattr(methods, "names", lambda: [*known, "attentive"])
    suite = params.parse(f"tier: mine\ndata: {{datasets: [mfeat]}}\n{SUITE}").suites["mine"]
    assert suite.methods[-1].name == "attentive" and suite.views == ("pix", "fou")


def test_the_dataset_reads_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = module("tailmark.datasets.catalogue.leaves", DATASET, tmp_path, monkeypatch)
    n = sum(made.DATASET.class_counts)
    draws = np.random.default_rng(0)
    measured = np.column_stack([draws.normal(size=n), draws.integers(3, size=n)])
    measured[0, 0] = np.nan
    species, tree = np.repeat([0, 1, 2], made.DATASET.class_counts), np.arange(n) // 3
    photo = draws.integers(256, size=(n, 16, 16, 3), dtype=np.uint8)
    np.savez(tmp_path / "leaves.npz", photo=photo, measured=measured, species=species, tree=tree)
    parsed = made.read({"leaves.npz": tmp_path / "leaves.npz"})
    check_consistency(made.DATASET, parsed)
    assert parsed.views["photo"].dtype == np.uint8 and parsed.views["measured"].dtype == np.float32
