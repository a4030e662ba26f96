"""DVC stage: compare the metrics with the committed reference."""

import sys

from rich.console import Console

from tailmark import evaluate, gate, params
from tailmark.errors import TailmarkError, run_stage
from tailmark.folders import Folders
from tailmark.gate import table


def main() -> None:
    folders = Folders()
    metrics, reference = evaluate.read(folders.metrics), folders.reference(params.load().tier)
    if not reference.exists():
        print(
            f"gate: there is no reference {reference} yet; `tailmark gate --update` makes it", file=sys.stderr
        )
        folders.gated.write_text("no reference\n", encoding="utf-8")
        return
    result = gate.check(metrics, reference, gate.made_on(metrics, folders.runs))
    if not result.passed:
        Console(stderr=True).print(table.terminal(result))
        raise TailmarkError("The gate failed; the table above says where. See `tailmark gate --help`.")
    folders.gated.write_text(table.markdown(result), encoding="utf-8")


if __name__ == "__main__":
    run_stage(main)
