"""Which of our methods answers for a printed row."""

from __future__ import annotations

import pytest

from tailmark.params import MethodSpec
from tailmark.published import PrintedCell, table
from tailmark.report.matching import answers


def spec(name: str, **settings: object) -> MethodSpec:
    return MethodSpec(name=name, settings=settings)


def cell_of(id: str, row: str) -> PrintedCell:
    return next(cell for cell in table(id).cells if cell.row == row)


ABLATIONS = (
    spec("mgvae", exemplars=1000),
    spec("mgvae", prior="gaussian", exemplars=1000),
    spec("mgvae", pretraining=False, exemplars=1000),
    spec("mgvae", ewc=0.0, exemplars=1000),
)
LAMBDAS = tuple(spec("mgvae", ewc=value, exemplars=1000) for value in (500, 5e6, 5e8))


def found(id: str, row: str, *ours: MethodSpec, protocol: str = "corrected") -> list[str]:
    return answers(cell_of(id, row), table(id), ours, protocol)


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ("VAE w/ PT+EWC", "mgvae(exemplars=1000, prior=gaussian)"),
        ("MGVAE w/o PT", "mgvae(exemplars=1000, pretraining=False)"),
        ("MGVAE w/o EWC", "mgvae(ewc=0.0, exemplars=1000)"),
        ("MGVAE", "mgvae(exemplars=1000)"),
    ],
)
def test_an_ablation_is_answered_by_its_own_settings(row: str, label: str) -> None:
    """Whatever else of that name was run, and however many exemplars it had."""
    assert found("mgvae/8", row, *ABLATIONS, *LAMBDAS, spec("ocvae"), spec("mgvae-learned-variance")) == [
        label
    ]


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ("5e2", "mgvae(ewc=500, exemplars=1000)"),
        ("5e4", "mgvae(exemplars=1000)"),
        ("5e8", "mgvae(ewc=500000000.0, exemplars=1000)"),
    ],
)
def test_a_default_counts_as_given(row: str, label: str) -> None:
    assert found("mgvae/9", row, *ABLATIONS, *LAMBDAS) == [label]
    assert found("mgvae/2", "FOCAL", spec("focal", gamma=1.0), spec("focal", gamma=2.0)) == [
        "focal(gamma=1.0)"
    ]


def test_the_full_scale_goes_first() -> None:
    plain, reduced = spec("mgvae"), spec("mgvae", exemplars=1000)
    assert found("mgvae/2", "MGVAE", reduced, plain) == ["mgvae", "mgvae(exemplars=1000)"]


def test_of_two_reduced_scales_none_is_chosen() -> None:
    two = spec("mgvae", exemplars=500), spec("mgvae", exemplars=1000)
    assert found("mgvae/2", "MGVAE", *two) == []
    assert found("mgvae/2", "MGVAE", *two, spec("mgvae")) == ["mgvae"]


def test_the_only_one_of_its_name_answers_with_settings_of_its_own() -> None:
    assert found("mgvae/2", "FOCAL", spec("focal", gamma=2)) == ["focal(gamma=2)"]
    assert found("mgvae/2", "FOCAL", spec("focal", gamma=2), spec("focal", gamma=3)) == []


def test_on_other_data_a_view_may_have_another_name() -> None:
    sade = cell_of("fusion/1", "SADE")
    clothes, digits = spec("sade", view="fashion_mnist"), spec("sade", view="mnist")

    def found(*ours: MethodSpec, on_other_data: bool) -> list[str]:
        return answers(sade, table("fusion/1"), ours, "corrected", on_other_data=on_other_data)

    assert found(spec("sade", view="svhn"), digits, on_other_data=False) == ["sade(view=svhn)"]
    assert found(clothes, on_other_data=False) == []
    assert found(clothes, spec("mmd"), on_other_data=True) == ["sade(view=fashion_mnist)"]
    assert found(clothes, digits, on_other_data=True) == []  # which of them, nobody says
    assert found(spec("sade", view="fashion_mnist", tau=2.0), on_other_data=True) == []


def test_an_ablation_never_answers_for_the_whole() -> None:
    assert found("mgvae/8", "MGVAE", spec("mgvae", ewc=0.0)) == []
    assert found("mgvae/8", "MGVAE w/o PT", spec("mgvae")) == []
    assert found("mgvae/2", "MGVAE", spec("mgvae-learned-variance")) == []
