"""Files that are whole or as they were."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tailmark.errors import TailmarkError


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to: under another name, flushed and renamed at the end; a failure leaves nothing behind."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise TailmarkError(
            f"{path} could not be written: {error.strerror}. What was there before is as it was; make room or mend "
            "the folder, and start again."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """A whole text file."""
    with whole(path) as file:
        file.write(text.encode("utf-8"))
