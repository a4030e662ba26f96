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
    models: Path = Path("models")
    evaluated: Path = Path("metrics")
    reports: Path = Path("reports")

    def metrics(self, tier: str) -> Path:
        """The metrics table of a tier."""
        return self.evaluated / tier / "metrics.parquet"

    def gated(self, tier: str) -> Path:
        """The gate's last verdict that passed."""
        return self.evaluated / tier / "gate.md"

    def tracked(self, tier: str) -> Path:
        """What tracking did last."""
        return self.evaluated / tier / "tracked.json"

    def report(self, tier: str) -> Path:
        """The rendered report of a tier."""
        return self.reports / tier

    def reference(self, tier: str) -> Path:
        """The gate's reference metrics of a tier."""
        return self.reports / "reference" / f"{tier}.csv"
