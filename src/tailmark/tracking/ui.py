"""MLflow's own server on what was tracked here, for this machine alone."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from tailmark.errors import TailmarkError
from tailmark.tracking import store

LOOPBACK = "127.0.0.1"


def command(root: Path, port: int) -> list[str]:
    """The command line that serves a project's runs; the checks come first."""
    uri = store.address(root)
    file = store.sqlite_file(uri)
    if file is None:
        raise TailmarkError(
            f"MLFLOW_TRACKING_URI names {store.shown(uri)}, so the runs are there: open that in a browser. Unset it "
            "to see what was tracked to a file here."
        )
    if not file.exists():
        raise TailmarkError(f"Expected tracked runs in {file}, found none. `dvc repro` tracks them.")
    if not is_free(port):
        raise TailmarkError(f"Port {port} is taken. Try `tailmark ui --port {next_free(port)}`.")
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--backend-store-uri", uri),
        *("--artifacts-destination", (file.parent / "artifacts").as_uri()),
        *("--host", LOOPBACK, "--port", str(port)),
        *("--workers", "1", "--uvicorn-opts", "--log-level warning"),
    ]


def is_free(port: int) -> bool:
    """Whether a server can listen on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def next_free(port: int) -> int:
    """The next port that is free."""
    return next(other for other in range(port + 1, 65536) if is_free(other))
