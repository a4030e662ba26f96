"""Where bytes are written before they are checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def incoming(target: Path) -> Iterator[Path]:
    """A path beside `target`; what is there is removed when writing it fails."""
    path = target.with_name(target.name + ".incoming")
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise
