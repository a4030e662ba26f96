"""The report: one self-contained page, and the same in Markdown, LaTeX, CSV and the terminal."""

from tailmark.report.console import terminal
from tailmark.report.folder import render

__all__ = ["render", "terminal"]
