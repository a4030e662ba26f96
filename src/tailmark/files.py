"""Text files that are whole or as they were."""

from __future__ import annotations

import os
from pathlib import Path

from tailmark.errors import TailmarkError


def write_text(path: Path, text: str) -> None:
    """Write under another name, then rename; a failure leaves nothing behind."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise TailmarkError(
            f"{path} could not be written: {error.strerror}. It is as it was; make room or mend the folder, and try "
            "again."
        ) from error
