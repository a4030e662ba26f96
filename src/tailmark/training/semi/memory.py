"""How much memory a training takes, above what its process had when it began."""

from __future__ import annotations

import ctypes
import gc
from pathlib import Path

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
RESET_PEAK = "5"


class Memory:
    """Of this process, on systems that tell; elsewhere nothing is said."""

    def __init__(self) -> None:
        _give_back()
        self.known = _forget_peak()
        self.before = _kibibytes("VmRSS") if self.known else 0

    def peak(self) -> int | None:
        """Bytes, at most, above the beginning."""
        return max(_kibibytes("VmHWM") - self.before, 0) * 1024 if self.known else None


def _give_back() -> None:
    """What an earlier training has freed is still the process's, and would hide what this one takes."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of the GNU library
    if trim is not None:
        trim(0)


def _forget_peak() -> bool:
    try:
        CLEAR.write_text(RESET_PEAK)
        return _kibibytes("VmHWM") > 0
    except OSError:
        return False


def _kibibytes(name: str) -> int:
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
