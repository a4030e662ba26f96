"""DVC stage: compare the metrics with the committed reference."""

import sys

from rich.console import Console

from tailmark import files, gate, params
from tailmark.errors import TailmarkError, run_stage
from tailmark.folders import Folders
from tailmark.gate import table


def main() -> None:
    tier, folders = params.load().tier, Folders()
    reference = folders.reference(tier)
    if not reference.exists():
        print(
            f"gate: there is no reference {reference} yet; `tailmark gate --update` makes it", file=sys.stderr
        )
        files.write_text(folders.gated(tier), "no reference\n")
        return
    result = gate.of_tier(tier, folders)
    if not result.passed:
        Console(stderr=True).print(table.terminal(result))
        raise TailmarkError("The gate failed; the table above says where. See `tailmark gate --help`.")
    files.write_text(folders.gated(tier), table.markdown(result))


if __name__ == "__main__":
    run_stage(main)
