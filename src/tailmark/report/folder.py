"""Writing a report's folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tailmark.errors import TailmarkError
from tailmark.report import numbers
from tailmark.report.content import Content, gather
from tailmark.report.figures.style import on_white
from tailmark.report.latex import latex
from tailmark.report.markdown import markdown
from tailmark.report.page import page
from tailmark.report.results import is_reading

if TYPE_CHECKING:
    from tailmark.params import Params

FOLDERS = ("figures", "tables", "plots")
LOCAL = "figures/local"
READINGS = "readings.csv"


def render(params: Params, metrics: pd.DataFrame, runs_root: Path, into: Path) -> None:
    """Write the report of these metrics; the same input gives the same bytes."""
    if metrics.empty:
        raise TailmarkError(
            "Expected metrics to report on; got an empty table. `dvc repro` trains and evaluates."
        )
    files = _files(gather(params, metrics, runs_root))
    for folder in FOLDERS:  # what an earlier report left must not stay beside the new one
        shutil.rmtree(into / folder, ignore_errors=True)
        (into / folder).mkdir(parents=True)
    (into / READINGS).unlink(missing_ok=True)
    for name, text in files.items():
        (into / name).parent.mkdir(exist_ok=True)
        (into / name).write_text(text, encoding="utf-8", newline="\n")


def _files(content: Content) -> dict[str, str]:
    """Path inside the folder -> text."""
    return {
        "report.html": page(content),
        "report.md": markdown(content),
        "metrics.json": json.dumps(numbers.metrics_tree(content), indent=1, ensure_ascii=False) + "\n",
        "summary.csv": _csv(numbers.summary(content.results)),
        **_readings(content),
        "verdicts.csv": _csv(numbers.verdicts(content)),
        **{f"figures/{picture.name}.svg": on_white(picture.svg) for picture in content.drawn},
        **_local(content),
        **{f"tables/{name}": text for name, text in latex(content).items()},
        **{f"plots/{name}": _csv(table) for name, table in numbers.plots(content).items()},
    }


def _readings(content: Content) -> dict[str, str]:
    """The summary of runs of several experts, read in other ways; they are no methods, so they stand apart."""
    table = numbers.summary(content.readings)
    table = table[is_reading(table["method"])]
    return {} if table.empty else {READINGS: _csv(table)}


def _local(content: Content) -> dict[str, str]:
    """Pictures that must not be passed on; the folder itself tells git so, wherever the report stands."""
    pictures = {f"{LOCAL}/{picture.name}.svg": on_white(picture.svg) for picture in content.local}
    return {**pictures, f"{LOCAL}/.gitignore": "*\n"} if pictures else {}


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")
