"""The look of every figure, and its writing as small, repeatable SVG."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from tailmark.report.words import is_reference

INK, MUTED, FAINT = "#22272e", "#6b7280", "#d5d8dd"
BASELINE = "#7b818a"  # ERM, the row that all others are read against
HUES = (
    "#3b7fc4",
    "#df7a33",
    "#2f9e6e",
    "#cf4a5c",
    "#8a67b8",
    "#1f9aa6",
    "#a4724b",
    "#cb62a0",
    "#8b9a2a",
    "#c2941b",
)
"""Of middling lightness, so that they hold on white and on black."""

EXPERTS = (HUES[0], HUES[2], HUES[1])
"""For the tail as it is, for equal classes, for the tail reversed."""

WIDTH = 9.6  # inches

MARKERS = ("o", "s", "D", "^", "v", "P")


@dataclass(frozen=True)
class Picture:
    """A figure for the page and for a file."""

    name: str
    title: str
    caption: str
    alt: str
    suite: str
    svg: str
    shareable: bool = True  # False: for this machine alone


@dataclass(frozen=True)
class Look:
    """How a method is drawn; the same in every figure."""

    colour: str
    marker: str
    dashed: bool


def looks(methods: list[str]) -> dict[str, Look]:
    """A colour for each method; the baseline and the reference rows stay grey."""
    chosen: dict[str, Look] = {}
    coloured = 0
    for method in methods:
        if is_reference(method):
            chosen[method] = Look(MUTED, "|", dashed=True)
        elif method == "erm":
            chosen[method] = Look(BASELINE, "o", dashed=False)
        else:
            marker = MARKERS[(coloured // len(HUES)) % len(MARKERS)]
            chosen[method] = Look(HUES[coloured % len(HUES)], marker, dashed=coloured >= len(HUES))
            coloured += 1
    return chosen


def looks_by_family(methods: list[str]) -> dict[str, Look]:
    """A colour for each name; the settings of one name differ by marker and dash."""
    chosen: dict[str, Look] = {}
    families: dict[str, int] = {}  # name -> how many settings of it have been seen
    for method in methods:
        name = method.partition("(")[0]
        if is_reference(method):
            chosen[method] = Look(MUTED, "|", dashed=True)
            continue
        variant = families.get(name, 0)
        families[name] = variant + 1
        number = list(families).index(name)
        marker = MARKERS[(variant + 3 * (number // len(HUES))) % len(MARKERS)]
        chosen[method] = Look(HUES[number % len(HUES)], marker, dashed=variant > 0)
    return chosen


class Canvas(NamedTuple):
    """An empty figure and its panels, row by row."""

    figure: Figure
    axes: list[Axes]


@contextmanager
def styled() -> Iterator[None]:
    """Seaborn's quiet style; text stays text, and identifiers do not change from run to run."""
    settings: Any = {
        **sns.axes_style("white"),
        "svg.fonttype": "none",
        "svg.hashsalt": "tailmark",
        "font.family": "DejaVu Sans",  # comes with matplotlib: the same layout on every machine
        "font.size": 10.5,
        "axes.titlesize": 11,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelcolor": MUTED,
        "axes.labelsize": 10,
        "axes.edgecolor": FAINT,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "grid.color": FAINT,
        "grid.linewidth": 0.7,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "axes.titlecolor": INK,
        "path.simplify_threshold": 0.3,
    }
    with mpl.rc_context(settings):
        yield


def canvas(
    panels: int, columns: int, row_height: float, *, margin: float = 0.6, share: bool = False
) -> Canvas:
    """A figure without pyplot, so that nothing is kept between figures; as wide as the page's text."""
    columns = min(columns, panels)
    rows = math.ceil(panels / columns)
    figure = Figure(figsize=(WIDTH, margin + row_height * rows), layout=ConstrainedLayoutEngine(wspace=0.05))
    FigureCanvasSVG(figure)
    axes = list(figure.subplots(rows, columns, squeeze=False, sharex=share, sharey=share).flat)
    for spare in axes[panels:]:
        spare.remove()
    return Canvas(figure, axes[:panels])


def name_rows(axes: list[Axes], names: list[str]) -> None:
    """Panels in a row share their rows, so the first of each row of panels names them."""
    for axis in axes:
        position = axis.get_subplotspec()
        first = position is not None and position.is_first_col()
        axis.set_yticks(range(len(names)), names if first else [""] * len(names))
        axis.set_ylim(len(names) - 0.4, -0.6)
        axis.tick_params(axis="y", labelcolor=INK, length=0)
        axis.grid(visible=False, axis="y")


def legend_below(figure: Figure, axis: Axes, *, columns: int) -> None:
    """One legend for all panels, from the entries of one of them."""
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=columns,
        frameon=False,
        fontsize=9.5,
        labelcolor=MUTED,
    )


def svg_of(figure: Figure, name: str) -> str:
    """The figure as inline SVG: no prologue, no date, two decimals, identifiers of its own."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.S)
    text = re.sub(r'<g id="[^"]*">', "<g>", text)
    text = re.sub(r"font-family: [^;\"]*", "font-family: sans-serif", text)
    text = re.sub(r' transform="rotate\(-0 [^)]*\)"', "", text)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r"(?<=[\s\"(,MLCQHVmlcqhv-])(\d+\.\d{3,})", _two_decimals, text)
    return re.sub(r"\n\s*", "\n", text)


def _two_decimals(match: re.Match[str]) -> str:
    return f"{float(match.group(1)):.2f}".rstrip("0").rstrip(".")


def on_white(svg: str) -> str:
    """For a file of its own: viewers in the dark would else show dark text on their own background."""
    head, rest = svg.split(">", 1)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}>\n<rect width="100%" height="100%" fill="#fff"/>{rest}'
