"""What the generators made: numbers, flags, and the figures of it."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tailmark import appraisals
from tailmark.params import Params
from tailmark.report import folder, latex, markdown, numbers
from tailmark.report import records as run_records
from tailmark.report.content import Content, work_out
from tailmark.report.figures.lambdas import at, short, sweep
from tailmark.report.figures.samples import strip
from tailmark.report.generated import Maker, collapses
from tailmark.report.licences import WITHHELD, may_be_shown
from tailmark.report.page import page
from tailmark.report.records import Records
from tailmark.report.scale import reduced
from tailmark.report.setting import setting
from tailmark.report.words import QUALITY

FLAT = "mgvae(ewc=0.0, exemplars=1000)"


@pytest.fixture(scope="module")
def rows(guided: Content) -> dict[str, Maker]:
    """The table's rows by method."""
    (made,) = guided.made
    return {maker.method: maker for maker in made.makers}


def test_numbers_are_not_percent_and_stand_beside_their_ceiling(rows: dict[str, Maker]) -> None:
    named = dict(zip(QUALITY, rows["smote"].numbers, strict=True))
    assert named["recall"].text == "0.30 ± 0.01"
    assert named["recall"].limit == "0.85"
    assert named["precision"].limit == "0.95"
    assert named["judged"].limit == ""
    assert named["nearest_exemplar"].text == ""  # SMOTE has no exemplars


def test_only_methods_with_samples_have_a_row(rows: dict[str, Maker]) -> None:
    assert "erm" not in rows
    assert rows["ocvae"].n == 3


def test_collapse_and_memorising_are_flagged(guided: Content, rows: dict[str, Maker]) -> None:
    assert rows[FLAT].flags == ["collapsed in 1 of 3 runs"]
    assert rows["smote"].flags == ["memorises"]
    assert rows["ocvae"].flags == []
    assert collapses(guided.results, guided.results.places[0], "erm") == (0, 0)
    doubts = {doubt.what: doubt.why for doubt in guided.doubts}
    assert doubts["Generators that collapsed on clothes, groups-100"].startswith(f"{FLAT} in 1 of 3 runs.")


def test_is_mgvae_more_diverse(guided: Content) -> None:
    told = guided.made[0].diversity
    assert "mgvae(exemplars=1000) has a lower recall than ocvae and mgvae-learned-variance" in told
    assert "cannot be told apart from smote (n = 3)" in told
    assert re.search(r"ocvae -0\.10 \[-0\.\d\d, -0\.0\d\]", told)
    assert FLAT not in told  # a variant of its own is no rival


def test_diversity_is_not_answerable_with_one_seed(
    guided_params: Params, guided_metrics: pd.DataFrame, guided_records: Records
) -> None:
    one = work_out(guided_params, guided_metrics[guided_metrics["seed"] == 0], guided_records)
    assert "Not answerable with one seed" in one.made[0].diversity
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", page(one), flags=re.S).split()


def test_a_report_without_generators_has_no_such_table(content: Content) -> None:
    assert content.made == ()
    assert "what the generators made" not in page(content)


def test_every_writer_has_the_table(guided: Content) -> None:
    text, pipes, files = page(guided), markdown.markdown(guided), latex.latex(guided)
    assert "clothes: what the generators made" in text
    assert "⚠ collapsed in 1 of 3 runs" in text
    assert "| smote; memorises | 3 |" in pipes
    assert "0.30 ± 0.01 / 0.85" in pipes
    assert r"0.30 $\pm$ 0.01 / 0.85" in files["clothes-generated.tex"]
    assert "mgvae(exemplars=1000) & 3 &" in files["question.tex"]


def test_tables_are_whole(guided: Content) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", markdown.markdown(guided), flags=re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    for name in ("clothes-generated.tex", "question.tex"):
        text = latex.latex(guided)[name]
        columns = len((re.search(r"\\begin\{tabular\}\{(\w+)\}", text) or ["", ""])[1])
        for line in re.findall(r"^(.*) \\\\$", text, flags=re.M):
            spanned = sum(int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", line))
            assert line.count("&") + 1 + spanned == columns


def test_the_question_stands_high_on_the_page(guided: Content) -> None:
    text = page(guided)
    glance, answer = text.index('id="glance"'), text.index('<section id="question"')
    assert glance < text.index("In 3 paired comparisons MGVAE is shown to win 1") < answer
    assert answer < text.index('id="suite-clothes"')
    assert "<b>clothes, groups-100:</b> mgvae(exemplars=1000) beats erm" in text


def test_programs_get_the_numbers_as_they_are(guided: Content, content: Content) -> None:
    table = numbers.plots(guided)["samples.csv"].set_index("method")
    assert table.loc["smote", "recall"] == pytest.approx(0.3)
    assert "samples.csv" not in numbers.plots(content)
    assert not any(
        "generated" in key for key in numbers.metrics_tree(guided)["clothes"]["groups-100"]["ocvae"]
    )


def test_a_smaller_prior_is_said(guided: Content, guided_params: Params) -> None:
    suite = guided_params.suites["clothes"]
    (told,) = guided.reduced["clothes"]
    assert told.startswith("Reduced: mgvae(exemplars=1000) and mgvae(ewc=0.0, exemplars=1000) have S = 1,000")
    assert told.endswith("against 10,000 published.")
    assert told in page(guided)
    assert reduced(suite, {"erm"}, None) == []
    assert reduced(suite, {"mgvae(exemplars=1000)"}, ()) == []  # tabular data: 700 are published


def test_a_suite_that_cuts_its_generators_says_so(guided_params: Params) -> None:
    cut = {"generators": {"epochs": 10, "exemplars": 50}, "methods": ["mgvae"]}
    cut |= {"network": {"name": "resnet20"}, "schedule": {"weight_decay": 2e-4, "flip": True}}
    suite = guided_params.suites["clothes"].model_validate(
        {**guided_params.suites["clothes"].model_dump(exclude_unset=True), **cut}
    )
    assert "ResNet-20; 100 epochs" in setting(suite)
    assert "weight decay 0.0002, mirrored at random" in setting(suite)
    assert "generators set to epochs 10 and exemplars 50" in setting(suite)
    assert reduced(suite, {"mgvae"}, (32, 32, 3)) == [
        "Reduced: mgvae has S = 50 majority exemplars in the prior, against 5,000 published."
    ]
    assert reduced(suite, {"mgvae"}, (28, 28))[0].endswith("against 10,000 published.")


def test_the_figures_of_generators(guided: Content) -> None:
    names = [picture.name for picture in guided.drawn]
    assert names[-4:] == ["clothes-samples", "clothes-quality", "clothes-lambda", "question"]
    assert guided.local == ()


def pixels(svg: str) -> list[np.ndarray]:
    found = re.findall(r'xlink:href="data:image/png;base64,\s*([^"]*)"', svg)
    return [np.asarray(Image.open(BytesIO(b64decode(png)))) for png in found]


def test_samples_are_drawn_under_their_exemplars(guided: Content, guided_records: Records) -> None:
    (grid,) = [picture for picture in guided.pictures if picture.name == "clothes-samples"]
    drawn = pixels(grid.svg)
    assert len(drawn) == 1 + 2 * 5  # exemplars once, then samples and neighbours of five methods
    assert [image.shape for image in drawn] == [(4, 8, 4)] * 11  # two pictures of 3 pixels, and a gap of 2
    assert (drawn[0][:, :3, :3] >= 248).all()
    guided_first = guided_records.appraisals["clothes", "mgvae(exemplars=1000)-0"].shown[1]
    left = drawn[1][:, :3, 0].astype(int)
    assert np.abs(left - guided_first.samples[0].reshape(4, 3)).max() <= 8
    assert "class 'shoes', seed 0" in grid.title


def test_strips_keep_colours_and_are_empty_between_pictures() -> None:
    rows = np.array([[0, 128, 255] * 4, [255, 0, 0] * 4], dtype=np.uint8)
    line = strip(rows, (2, 2, 3))
    assert line.shape == (2, 6, 4)
    assert line[0, 0, 3] == 255
    assert (line[:, 2:4] == 0).all()
    assert line[0, 4, 0] > 240 > line[0, 4, 1]


def test_pictures_of_some_datasets_stay_here(
    guided_params: Params,
    guided_metrics: pd.DataFrame,
    guided_records: Records,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suite = guided_params.suites["clothes"].model_copy(update={"dataset": "celeba_subset", "tables": ()})
    params = guided_params.model_copy(update={"suites": {"clothes": suite}})
    withheld = work_out(params, guided_metrics, guided_records)
    assert [picture.name for picture in withheld.local] == ["clothes-samples"]
    for text in (page(withheld), markdown.markdown(withheld)):
        assert "data:image/png" not in text
        assert "clothes-samples" not in text
        assert WITHHELD.split(":")[0] in text
    monkeypatch.setattr(folder, "gather", lambda *_: withheld)
    folder.render(params, guided_metrics, tmp_path, tmp_path / "report")
    local = tmp_path / "report" / "figures" / "local"
    assert (local / ".gitignore").read_text() == "*\n"
    holders = [
        p for p in (tmp_path / "report").rglob("*.*") if p.is_file() and b"data:image/png" in p.read_bytes()
    ]
    assert holders == [local / "clothes-samples.svg"]


def test_which_pictures_may_be_shown() -> None:
    assert may_be_shown("mnist")
    people = ("celeba", "celeba_subset", "ham10000", "ham10000_small", "siim_isic")
    assert not any(map(may_be_shown, people))


def test_no_pictures_of_what_is_no_image(
    guided_params: Params, guided_metrics: pd.DataFrame, guided_records: Records
) -> None:
    bare = {key: replace(one, shown={}) for key, one in guided_records.appraisals.items()}
    content = work_out(guided_params, guided_metrics, replace(guided_records, appraisals=bare))
    assert "clothes-samples" not in {picture.name for picture in content.pictures}
    assert "clothes-quality" in {picture.name for picture in content.pictures}


def test_the_same_input_gives_the_same_bytes(
    guided: Content, guided_params: Params, guided_metrics: pd.DataFrame, guided_records: Records
) -> None:
    again = work_out(guided_params, guided_metrics, guided_records)
    assert [picture.svg for picture in guided.drawn] == [picture.svg for picture in again.drawn]


def test_lambda_is_read_from_the_method_and_not_from_its_label(
    guided: Content, guided_params: Params
) -> None:
    suite, places = guided_params.suites["clothes"], [guided.results.places[0]]
    assert sweep(suite, guided.results, places, (28, 28)) == {5e4: "mgvae(exemplars=1000)", 0.0: FLAT}
    assert 500.0 in sweep(suite, guided.results, places, ())  # the default of tabular data


def test_print_is_drawn_where_the_suite_answers_table_9(guided: Content) -> None:
    (drawn,) = [picture for picture in guided.pictures if picture.name == "clothes-lambda"]
    assert "hollow: printed in Table 9" in drawn.caption
    for tick in ("0", "500", "5e4", "5e6", "5e8"):
        assert f">{tick}<" in drawn.svg


def test_one_lambda_is_no_figure(
    guided_params: Params, guided_metrics: pd.DataFrame, guided_records: Records
) -> None:
    few = work_out(guided_params, guided_metrics[guided_metrics["method"] != FLAT], guided_records)
    assert "clothes-lambda" not in {picture.name for picture in few.pictures}


def test_lambda_zero_stands_left_of_the_break() -> None:
    assert at(500.0, [0.0, 500.0]) == pytest.approx(2.69897)
    assert at(0.0, [0.0, 500.0, 5e4]) == pytest.approx(1.19897)
    assert [short(weight) for weight in (0.0, 50.0, 500.0, 5e4, 2.5e6)] == ["0", "50", "500", "5e4", "2.5e6"]


def test_only_appraisals_of_runs_in_the_table_are_read(
    guided_metrics: pd.DataFrame, guided_records: Records, tmp_path: Path
) -> None:
    one = guided_records.appraisals["clothes", "ocvae-0"]
    stale = replace(one, record={**one.record, "key": "of other code"})
    appraisals.write(appraisals.path_of(tmp_path, "clothes", "a"), one)
    appraisals.write(appraisals.path_of(tmp_path, "clothes", "b"), stale)
    found = run_records.read(tmp_path, guided_metrics)
    assert list(found.appraisals) == [("clothes", "ocvae-0")]
    assert found.shape_of("clothes") == (4, 3)
    assert found.shape_of("elsewhere") is None
