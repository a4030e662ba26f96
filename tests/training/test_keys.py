"""Keys: what decides a result changes them; what does not, does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tailmark import datasets
from tailmark.datasets import Prepared
from tailmark.errors import TailmarkError
from tailmark.folders import Folders
from tailmark.params import Params
from tailmark.training import keys
from tailmark.training.plan import plan, waiting
from tailmark.training.task import Task

Workspace = Callable[..., tuple[Params, Folders]]


def keys_of(workspace: Workspace, text: str) -> dict[tuple[str, int], str]:
    made, folders = workspace(text)
    return {(i.task.record["method"], i.task.seed): i.task.key for i in plan(made, "tiny", folders)}


@pytest.fixture
def tiny() -> str:
    from textwrap import dedent  # noqa: PLC0415

    return dedent("""
        tier: tiny
        data: {datasets: [mfeat]}
        suites:
          tiny:
            title: A tiny suite
            dataset: mfeat
            splits: [{kind: tail, ratio: 10, head: 40, test_per_class: 20}]
            protocols: [corrected]
            methods: [erm, smote, balanced-softmax, logit-adjustment]
            seeds: [0, 1]
            schedule: {epochs: 2, batch: 20}
        """)


def test_adding_and_renaming_things_keeps_the_keys_of_the_others(workspace: Workspace, tiny: str) -> None:
    before = keys_of(workspace, tiny)
    after = keys_of(
        workspace,
        tiny.replace("[0, 1]", "[1, 0, 5]").replace("[erm", "[focal, erm").replace("A tiny", "Another"),
    )
    assert before.items() <= after.items()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("epochs: 2", "epochs: 3"),
        ("ratio: 10", "ratio: 12"),
        ("head: 40", "head: 41"),
        ("batch: 20", "batch: 21"),
    ],
)
def test_what_decides_the_result_changes_every_key(
    workspace: Workspace, tiny: str, old: str, new: str
) -> None:
    before, after = keys_of(workspace, tiny), keys_of(workspace, tiny.replace(old, new))
    assert not set(before.values()) & set(after.values())


def test_a_methods_setting_changes_its_key_alone(workspace: Workspace, tiny: str) -> None:
    before = keys_of(workspace, tiny)
    after = keys_of(workspace, tiny.replace("logit-adjustment", "{name: logit-adjustment, tau: 2.0}"))
    assert before["erm", 0] == after["erm", 0]
    assert after["logit-adjustment(tau=2.0)", 0] not in before.values()


def test_equal_mathematics_is_trained_once(workspace: Workspace, tiny: str) -> None:
    found = keys_of(workspace, tiny)
    assert found["logit-adjustment", 0] == found["balanced-softmax", 0]
    assert found["logit-adjustment", 0] != found["logit-adjustment", 1] != found["erm", 1]
    made, folders = workspace(tiny)
    items = plan(made, "tiny", folders)
    assert len(items) == 8 and sum(isinstance(job, Task) for job in waiting(items)) == 6


def test_a_comment_is_not_a_change_of_code_but_a_number_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    texts = {
        "first": 'def f(x):\n    """Says one thing."""\n    return x + 1\n',
        "second": 'def f(x: int) -> int:\n    """Says another."""\n\n    return x + 1  # why\n',
        "third": "def f(x):\n    return x + 2\n",
        "bare": 'def f(x):\n    """Only words."""\n',
    }
    for name, text in texts.items():
        (tmp_path / f"tailmark_test_{name}.py").write_text(text)
    first, second, third, bare = (keys.meaning(f"tailmark_test_{name}") for name in texts)
    assert first == second != third
    assert "pass" in bare
    with pytest.raises(ModuleNotFoundError):
        keys.meaning("tailmark_test_none")


def test_a_method_that_needs_more_than_the_split_has_says_so(workspace: Workspace) -> None:
    text = """
        tier: tiny
        data: {datasets: [mfeat]}
        suites:
          tiny:
            title: No full training set
            dataset: mfeat
            splits: [{kind: natural, test_per_class: 20}]
            protocols: [corrected]
            methods: [balanced]
            seeds: [0]
        """
    made, folders = workspace(text)
    with pytest.raises(
        TailmarkError, match="'balanced' trains on the role 'full', which the split 'natural'"
    ):
        plan(made, "tiny", folders)


def test_another_scaling_is_another_run(
    workspace: Workspace, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keys_of(workspace, tiny)
    load = datasets.load

    def otherwise_scaled(folder: Path) -> Prepared:
        made = load(folder)
        return replace(made, scaling={**made.scaling, "mor": "none"})

    monkeypatch.setattr(datasets, "load", otherwise_scaled)
    assert not set(before.values()) & set(keys_of(workspace, tiny).values())
