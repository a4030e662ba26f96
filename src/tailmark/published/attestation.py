"""How well a number is attested: print says it, or who says it instead.

What is not in print is still worth setting ours beside, but a difference then may lie with the one who says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, cast

from tailmark.errors import TailmarkError, nearest

Attestation = Literal["printed", "log", "second-hand", "by-eye", "reproduction"]

MEANINGS: Mapping[Attestation, str] = MappingProxyType(
    {
        "printed": "in the paper's own text or tables",
        "log": "from the log that the authors released with their code, not from the paper",
        "second-hand": "what another says of the paper, whose own text was not at hand",
        "by-eye": "read by eye from an image of low resolution, so check the digits before you quote one",
        "reproduction": "from the runs of an independent party, not from the paper",
    }
)


def attestation(name: str, given: object) -> Attestation:
    """One of the few, as a file gives it."""
    if given not in MEANINGS:
        raise TailmarkError(
            f"{name}: expected one of {', '.join(MEANINGS)} under `attested`; got {given!r}."
            f"{nearest(str(given), MEANINGS)}"
        )
    return cast(Attestation, given)


def caution(attested: Attestation) -> str:
    """'Attested by-eye: read by eye from ...'; empty for print."""
    return "" if attested == "printed" else f"Attested {attested}: {MEANINGS[attested]}."


def gathered_in(attested: Attestation) -> str:
    """What numbers stand in: a table of the paper, or a list that was put together here."""
    return "Table" if attested in ("printed", "by-eye") else "List"
