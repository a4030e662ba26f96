"""The papers' tables as data, the audit of what they print, and the verdict on each number.

Only numpy is imported here, because `metrics` takes its bounds from this package.
"""

from tailmark.published.attestation import caution, gathered_in
from tailmark.published.auditing import audit
from tailmark.published.bounds import macro_f1_bounds
from tailmark.published.findings import Finding
from tailmark.published.printed import PrintedCell, PublishedTable, table, tables
from tailmark.published.verdicts import RULE, Verdict, verdict

__all__ = [
    "RULE",
    "Finding",
    "PrintedCell",
    "PublishedTable",
    "Verdict",
    "audit",
    "caution",
    "gathered_in",
    "macro_f1_bounds",
    "table",
    "tables",
    "verdict",
]
