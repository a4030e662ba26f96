"""Where the stages keep what they make, from the project's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """The places that dvc.yaml names, in one place for Python."""

    prepared: Path = Path("data/prepared")
    splits: Path = Path("splits")
    runs: Path = Path("runs")
    metrics: Path = Path("metrics/metrics.parquet")
    gated: Path = Path("metrics/gate.md")
    tracked: Path = Path("metrics/tracked.json")
    reports: Path = Path("reports")

    def report(self, tier: str) -> Path:
        """The rendered report of a tier."""
        return self.reports / tier

    def reference(self, tier: str) -> Path:
        """The gate's reference metrics of a tier."""
        return self.reports / "reference" / f"{tier}.csv"
