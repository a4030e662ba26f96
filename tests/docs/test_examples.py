"""The example in the documentation runs, is as short as it says, and does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "oversampling.md"


def test_the_example_oversamples_and_scores_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 15
    exec(compile(code, str(PAGE), "exec"), {})
    before, after = map(float, capsys.readouterr().out.split())
    said = re.search(r"about (0\.\d\d) without MGVAE and (0\.\d\d) with", text)
    assert said, "the page says what the example prints"
    assert [before, after] == pytest.approx([float(part) for part in said.groups()], abs=0.03)
