"""The figures of few labels: whom they show, what they show of it, and when they are left out."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from io import BytesIO

import numpy as np
import pandas as pd
from PIL import Image

from tailmark.params import Params
from tailmark.report.content import Content, work_out
from tailmark.report.figures.semi import alike
from tailmark.report.figures.semi.cast import CAST, HANDFUL, cast, of_cast
from tailmark.report.figures.semi.heat import cells, heat
from tailmark.report.figures.semi.made import made, mosaic
from tailmark.report.figures.semi.multiples import by_fraction, by_pool
from tailmark.report.figures.semi.pool_curves import pool_curves
from tailmark.report.figures.semi.pool_end import pool_end
from tailmark.report.figures.style import Picture, looks
from tailmark.report.records import Records
from tailmark.report.results import Place

HARD = Place("digits", "tail-50-labels-10", "corrected", "uniform")


def picture(semi: Content, name: str) -> Picture:
    return next(picture for picture in semi.pictures if picture.name == name)


def places(semi: Content) -> list[Place]:
    return semi.results.of("digits")


def test_what_is_drawn(semi: Content) -> None:
    names = [picture.name for picture in semi.pictures if picture.suite]
    assert names == [
        *(
            f"digits-{kind}"
            for kind in ("fractions", "profiles", "pool-curves", "pool-classes", "nu-rho", "made")
        ),
        *(f"digits-{kind}" for kind in ("seeds", "tail", "curves")),
        *(f"pairs-{kind}" for kind in ("pool-curves", "pool-classes", "seeds", "tail", "curves")),
    ]


def test_every_figure_is_told(semi: Content) -> None:
    for one in semi.drawn:
        assert one.alt and one.caption and "nan" not in f"{one.alt} {one.caption}".lower().split()


def test_the_cast_is_what_of_it_was_run(semi: Content, semi_params: Params) -> None:
    digits, pairs = (semi_params.suites[name] for name in ("digits", "pairs"))
    all_of_it = cast(digits, semi.results, HARD)
    assert len(all_of_it) == len(CAST)
    assert all_of_it[:HANDFUL] == cast(digits, semi.results, HARD, HANDFUL)
    assert "mdgm-gaussian(beta=matched)" in all_of_it
    assert cast(pairs, semi.results, semi.results.of("pairs")[0]) == [
        *("mdgm", "fixmatch", "supervised", "mdgm(product=concatenation)"),
    ]


def test_the_usual_figures_leave_ablations_out(semi: Content, semi_params: Params) -> None:
    shown = of_cast(semi_params.suites["digits"], semi.results, [HARD])
    assert set(shown.methods(HARD)) == {
        *cast(semi_params.suites["digits"], semi.results, HARD),
        *("supervised(labels=all)", "majority"),
    }
    assert "mdgm(nu=2.1)" not in picture(semi, "digits-seeds").svg
    assert "supervised(labels=all)" in picture(semi, "digits-seeds").svg


def test_fractions_and_profiles_stand_in_panels(semi: Content, semi_params: Params) -> None:
    splits = semi_params.suites["digits"].splits
    known = list(zip(splits, places(semi), strict=True))
    (fractions,) = by_fraction(known)  # the ratio of 10 has one fraction alone
    assert fractions.title == "Ratio 50"
    assert {at: place.split for at, place in fractions.at.items()} == {
        "10": "tail-50-labels-10",
        "20": "tail-50-labels-20",
    }
    assert list(by_fraction(known[::-1])[0].at) == ["10", "20"]
    (profiles,) = by_pool(known)
    assert profiles.title == "Ratio 50, 10 % labelled"
    assert list(profiles.at) == ["same", "reversed"]
    assert "Ratio 50, with 20 % labelled: the highest is cdmad" in picture(semi, "digits-fractions").alt
    assert "with the pool reversed: the highest is cdmad" in picture(semi, "digits-profiles").alt
    assert by_fraction(known[:2]) == by_pool(known[:2]) == []


def test_training_is_drawn_of_few_splits(semi: Content, semi_params: Params) -> None:
    digits = semi_params.suites["digits"]
    assert alike(digits, places(semi), HARD) == places(semi)
    more = digits.splits[1].model_copy(update={"labelled": 0.05})
    many = digits.model_copy(update={"splits": (*digits.splits, more)})
    found = alike(many, [*places(semi), HARD._replace(split=more.id)], HARD)
    assert [place.split for place in found] == ["tail-50-labels-10", "tail-50-labels-10-reversed"]


def test_the_pool_over_the_training(semi: Content, semi_records: Records) -> None:
    drawn = picture(semi, "digits-pool-curves")
    last = [
        one.divergence[-1]
        for one in semi_records.kept_of("digits", "tail-10-labels-10")
        if one.method == "cdmad"
    ]
    assert f"the nearest in the end is cdmad, {np.mean(last):.3f} nats" in drawn.alt
    assert "Recall of the rarest third, %" in drawn.svg
    assert pool_curves([HARD], ["mdgm"], replace(semi_records, kept=()), looks(["mdgm"])) is None


def test_the_pseudo_labels_at_the_end(semi: Content, semi_records: Records) -> None:
    drawn = picture(semi, "digits-pool-classes")
    best = 100 * semi.results.mean(HARD._replace(split="tail-10-labels-10"), "pool/recall/9", "cdmad")
    assert f"the highest recall is that of cdmad, {best:.1f} %" in drawn.alt
    assert pool_end(semi.results, HARD, ["supervised(labels=all)"], semi_records) is None


def test_a_class_that_nobody_gives_has_no_precision(semi: Content, semi_records: Records) -> None:
    without = {at: frame for at, frame in semi.results.frames.items() if at[1] != "pool/precision/9"}
    drawn = pool_end(replace(semi.results, frames=without), HARD, ["fixmatch"], semi_records)
    assert drawn is not None and "nan" not in drawn.svg


def test_the_grid_of_nu_and_rho(semi: Content, semi_params: Params) -> None:
    digits = semi_params.suites["digits"]
    assert cells(digits, semi.results, HARD) == {
        (10.0, 1.0): "mdgm",
        (2.1, 1.0): "mdgm(nu=2.1)",
        (2.1, 0.5): "mdgm(nu=2.1, rho=0.5)",
        (10.0, 0.5): "mdgm(rho=0.5)",
    }
    drawn = picture(semi, "digits-nu-rho")
    assert "is at nu 2.1, rho 0.5: 70.9 %." in drawn.alt or "is at nu 2.1, rho 0.5: 71.0 %." in drawn.alt
    assert drawn.svg.count("n = 3") == 16
    pairs = semi_params.suites["pairs"]
    assert heat(pairs, semi.results, semi.results.of("pairs")) is None


def pixels(svg: str) -> list[np.ndarray]:
    found = re.findall(r'xlink:href="data:image/png;base64,\s*([^"]*)"', svg)
    return [np.asarray(Image.open(BytesIO(b64decode(png)))) for png in found]


def test_what_is_made_is_shown_as_it_is(semi: Content, semi_records: Records) -> None:
    """Three samples of ten classes, 5 x 4 pixels with a gap of 2; then the true ones above those made."""
    drawn = picture(semi, "digits-made")
    samples, crossed = pixels(drawn.svg)[:2]
    assert samples.shape == (3 * 7 - 2, 10 * 6 - 2, 4)
    assert crossed.shape == (2 * 7 - 2, 10 * 6 - 2, 4)
    run = next(one for one in semi_records.kept_of("digits", "tail-10-labels-10") if one.method == "mdgm")
    third, given = run.parts["made/pix"][3, 2, :, :, 0].astype(int), run.parts["made/given/pix"][7, :, :, 0]
    assert np.abs(samples[14:19, 18:22, 0].astype(int) - third).max() <= 11
    assert np.abs(crossed[:5, 42:46, 0].astype(int) - given.astype(int)).max() <= 11
    assert "seed 0" in drawn.title


def test_without_samples_nothing_is_made(semi: Content, semi_params: Params, semi_records: Records) -> None:
    bare = tuple(
        replace(one, parts={n: part for n, part in one.parts.items() if not n.startswith("made/")})
        for one in semi_records.kept
    )
    assert made(semi_params.suites["digits"], semi.results, HARD, replace(semi_records, kept=bare)) is None


def test_lines_of_pictures_have_a_gap() -> None:
    one = np.full((3, 5, 4), 9, np.uint8)
    found = mosaic([one, one])
    assert found.shape == (8, 5, 4)
    assert (found[3:5] == 0).all()


def test_made_pictures_of_some_datasets_stay_here(
    semi_params: Params, semi_metrics: pd.DataFrame, semi_records: Records
) -> None:
    private = semi_params.suites["digits"].model_copy(update={"dataset": "ham10000_small"})
    params = semi_params.model_copy(update={"suites": {"digits": private}})
    few = semi_metrics[(semi_metrics["suite"] == "digits") & (semi_metrics["method"] == "mdgm")]
    withheld = work_out(params, few, semi_records)
    assert [picture.name for picture in withheld.local] == ["digits-made"]
