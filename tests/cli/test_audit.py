"""`tailmark audit`, as a shell would call it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("arguments", [(), ("mgvae",)])
def test_the_audit_needs_no_project(tailmark, arguments: tuple[str, ...]) -> None:
    said = tailmark("audit", *arguments)
    assert (said.code, said.err) == (0, "")
    assert "12 of 261 cannot be right." in said.out
    assert "60.0 - 58.3 = 1.7 [1.6, 1.8]" in said.out
    assert "50 of 261 at the limit of rounding." in said.out
    assert "62.3 - 63.8 = -1.5" in said.out


def test_the_audit_of_one_paper(tailmark) -> None:
    said = tailmark("audit", "fusion")
    assert (said.code, said.err) == (0, "")
    assert "129 of 396 cannot be right." in said.out
    assert "24 of 396 with a standard error that cannot be." in said.out
    assert "Paper mgvae" not in said.out


def test_an_unknown_paper_is_an_error_with_the_nearest(tailmark) -> None:
    said = tailmark("audit", "mgave")
    assert said.code == 1
    assert "got 'mgave'. Did you mean 'mgvae'?" in said.err
    assert "Traceback" not in said.err


def test_the_audit_is_in_the_help(tailmark) -> None:
    assert "audit" in tailmark("--help").out
