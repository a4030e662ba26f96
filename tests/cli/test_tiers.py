from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tailmark import params, tiers
from tailmark.errors import TailmarkError

PRESET = "tier: a\nlist: [1, 2]\nnested:\n  deep: {x: 1.5, y: text}\n"


def test_every_tier_is_a_valid_params_file_of_its_name() -> None:
    names = "balance balance-small celeba celeba-subset fusion fusion-small paper quick semi semi-small"
    assert tiers.names() == names.split()
    for name in tiers.names():
        assert params.load(tiers.PRESETS / f"{name}.yaml").tier == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PRESET.replace("1.5", "2"), ["nested.deep.x: 2, in the tier 1.5"]),
        (PRESET.replace("[1, 2]", "[1, 2, 3]"), ["list: [1, 2, 3], in the tier [1, 2]"]),
        (PRESET.replace(", y: text", ""), ["nested.deep.y: absent, in the tier text"]),
        (PRESET + "more: null\n", ["more: null, in the tier absent"]),
        (PRESET + "# a comment\n", ["comments or layout alone"]),
        (PRESET + "a: b: c", ["it is not valid YAML"]),
        ("", ["tier: absent, in the tier a", "list: absent, in the tier [1, 2]"]),
        (PRESET.replace("text", "x" * 99), [f"nested.deep.y: {'x' * 57}..., in the tier text"]),
    ],
)
def test_what_differs_is_said_key_by_key(text: str, said: list[str]) -> None:
    assert list(tiers.differences(PRESET, text))[: len(said)] == said


def test_a_long_list_of_edits_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("\n".join(f"key{n}: {n}" for n in range(99)), encoding="utf-8")
    with pytest.raises(TailmarkError, match=r"and \d+ more\nCommit or copy") as caught:
        tiers.use("quick", path)
    assert len(str(caught.value).splitlines()) == 13


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "params.yaml"
    tiers.use("quick", path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TailmarkError, match=r"params\.yaml could not be written: No space left on device"):
        tiers.use("paper", path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["params.yaml"]
