"""The page: one file, well formed, safe, and the same every time."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from tailmark.params import Params
from tailmark.report.content import Content, work_out
from tailmark.report.figures.style import INK
from tailmark.report.page import inline, page, slug
from tailmark.report.records import Records

VOID = {"meta", "br", "path", "use", "rect", "input"}


class Outline(HTMLParser):
    """Checks that tags close in order, and collects what the tests ask about."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.attributes if name == tag]


@pytest.fixture(scope="module")
def outline(html: str) -> Outline:
    parsed = Outline()
    parsed.feed(html)
    return parsed


def test_tags_close(outline: Outline) -> None:
    assert outline.open == []


def test_one_small_file_without_a_network(html: str, outline: Outline) -> None:
    assert len(html.encode()) < 1_000_000
    assert not re.search(r"https?://(?!www\.w3\.org/)", html)
    assert outline.all("link") == outline.all("img") == []
    assert all("src" not in script for script in outline.all("script"))


def test_every_link_leads_somewhere(outline: Outline) -> None:
    anchors = {attributes["id"] for _, attributes in outline.attributes if "id" in attributes}
    links = {link["href"] for link in outline.all("a")}
    assert links
    assert {link.removeprefix("#") for link in links if link} <= anchors


def test_every_figure_has_an_alternative_text(content: Content, outline: Outline) -> None:
    drawn = [svg for svg in outline.all("svg") if svg.get("role") == "img"]
    assert [svg["aria-label"] for svg in drawn] == [
        picture.alt
        for suite in (*content.params.suites, "")
        for picture in content.pictures
        if picture.suite == suite
    ]


def test_the_first_screen_answers_the_three_questions(html: str) -> None:
    glance = html[html.index('id="glance"') : html.index('id="published"')]
    for question in ("What was run", "What reproduces", "What to distrust"):
        assert question in glance
    assert "2 runs missing" in glance
    assert re.search(r'<b class="t-impossible-as-printed">2</b>', glance)


def test_failures_are_listed_with_their_last_words(html: str) -> None:
    assert "FloatingPointError: loss is nan at epoch 7" in html
    assert "never started" in html


def test_words_from_outside_are_escaped(hostile: Content) -> None:
    text = page(hostile)
    assert "<b>50 %" not in text
    assert "&lt;b&gt;50 % &amp; $x_1$" in text
    parsed = Outline()
    parsed.feed(text)
    assert parsed.open == []


def test_a_tier_without_published_tables_says_how_to_get_them(hostile: Content) -> None:
    text = page(hostile)
    assert "tailmark use paper" in text
    assert 'id="published"' not in text
    assert 'id="collapse"' not in text


def test_a_suite_of_the_released_protocol_alone_brings_out_nothing(
    params: Params, metrics: pd.DataFrame, records: Records
) -> None:
    suite = params.suites["table-2"].model_copy(update={"protocols": ("released",), "tables": ()})
    only = params.model_copy(update={"suites": {"table-2": suite}})
    content = work_out(only, metrics[metrics["protocol"] == "released"], records)
    assert content.outcomes == ()
    text = page(content)
    assert "runs of the released protocol alone" in text
    assert 'id="collapse"' in text


def test_nothing_run_is_still_a_page(params: Params, metrics: pd.DataFrame) -> None:
    text = page(work_out(params, metrics.head(0), Records({}, 0.0, {}, {}, {}, (), {}, 0)))
    assert "Nothing of this suite was run." in text
    assert "0 of 289 done" in text


def test_one_seed_needs_no_spread(params: Params, metrics: pd.DataFrame, records: Records) -> None:
    suites = {
        name: suite.model_copy(update={"seeds": (0,)})
        for name, suite in params.suites.items()
        if name != "table-2"
    }
    few = params.model_copy(update={"suites": suites})
    curves = tuple(curve for curve in records.curves if curve.seed == 0)
    content = work_out(few, metrics[metrics["seed"] == 0], replace(records, curves=curves))
    assert "nan" not in re.sub(r"loss is nan|<svg.*?</svg>", "", page(content), flags=re.S).lower().split()
    assert {outcome.rest for outcome in content.outcomes} == {"One seed allows no test."}


def test_figures_take_the_colours_of_the_page() -> None:
    svg = (
        f'<svg xmlns="x" width="7pt" height="5pt" viewBox="0 0 7 5"><text style="fill: {INK}">a</text></svg>'
    )
    themed = inline(svg, 'a "quoted" <alt>')
    assert "fill: var(--ink)" in themed
    assert 'aria-label="a &quot;quoted&quot; &lt;alt&gt;"' in themed
    assert "width=" not in themed


def test_slug() -> None:
    assert slug("impossible as printed") == "impossible-as-printed"


CLICK = """<script>
const table = document.querySelector("section[id^=suite] table[data-tools]");
table.tHead.rows[0].cells[2].click();
const order = [...table.tBodies[1].rows].map((row) => row.cells[0].firstChild.textContent);
const search = table.closest(".scroll").previousElementSibling.querySelector("input");
search.value = "ldam"; search.dispatchEvent(new Event("input"));
const shown = [...table.querySelectorAll("tbody tr:not(.head)")].filter((row) => !row.hidden).length;
document.title = order.join(" ") + " / " + shown;
</script></body>"""


@pytest.mark.browser
def test_tables_sort_and_filter(content: Content, html: str, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs Chromium")
    (tmp_path / "page.html").write_text(html.replace("</body>", CLICK), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [browser, *options, "--dump-dom", (tmp_path / "page.html").as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    order, _, shown = (re.search(r"<title>(.*?)</title>", dom) or ["", ""])[1].partition(" / ")
    rows = content.tables[0].blocks[0].rows
    ranked = sorted(
        (r for r in rows if not r.reference), key=lambda r: -getattr(r.entries[0].summary, "mean", 0)
    )
    assert order.split() == [r.method for r in ranked] + [r.method for r in rows if r.reference]
    assert shown == "2"
