"""Where MLflow keeps things: the user's server, or a SQLite file that is created once and written by one process.

Two processes that create MLflow's database at the same moment break it for good, and so does one that is killed on
the way. So the database is made under another name, behind a lock, and renamed when it is whole.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from tailmark.errors import TailmarkError

if TYPE_CHECKING:
    from mlflow import MlflowClient

SQLITE = "sqlite:///"
PATIENCE = 600  # seconds that a second writer waits for the first

# Set before mlflow is imported, and only where the user has not. Its own defaults wait four minutes for a server.
ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
}


@dataclass(frozen=True)
class Place:
    """An open connection; `artifacts` is where new experiments keep files, None where the server decides."""

    client: MlflowClient
    artifacts: str | None


def database(root: Path) -> Path:
    """The SQLite file of a project, where no server is named."""
    return root.resolve() / "mlflow" / "mlflow.db"


def address(root: Path) -> str:
    """MLflow's URI for a project."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{database(root)}"


def sqlite_file(uri: str) -> Path | None:
    """The file behind a SQLite URI."""
    return Path(uri.removeprefix(SQLITE)).resolve() if uri.startswith(SQLITE) else None


def shown(uri: str) -> str:
    """A URI without user, password and query; passwords may hold what URIs should not."""
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


@contextmanager
def connect(root: Path) -> Iterator[Place]:
    """An MLflow client that nobody else writes beside; whatever goes wrong is told without secrets."""
    uri = address(root)
    file = sqlite_file(uri)
    lock = (file or database(root)).with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=PATIENCE):
            yield from _open(uri, file)
    except Timeout:
        raise TailmarkError(
            f"Another process has been writing to {shown(uri)} for {PATIENCE // 60} minutes. Wait for it, or end it "
            "and start again; the runs are safe."
        ) from None


def _open(uri: str, file: Path | None) -> Iterator[Place]:
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import requests  # noqa: PLC0415
    from mlflow import MlflowClient  # noqa: PLC0415 - reads its environment when it is imported
    from mlflow.exceptions import MlflowException  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    logging.getLogger("urllib3.connectionpool").setLevel(
        logging.ERROR
    )  # an absent server is told once, by us
    try:
        if file is None:
            yield Place(MlflowClient(tracking_uri=uri), None)
            return
        with _without_waiting_for_the_disk():
            if file.exists():
                _check(file)
            else:
                create(file)
            yield Place(MlflowClient(tracking_uri=uri), _artifacts(file))
    except (MlflowException, requests.RequestException, SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise TailmarkError(
            f"MLflow at {shown(uri)} did not take the runs: {_reason(error)}. The runs are safe, and the next "
            f"`dvc repro` logs what is missing. {_advice(file)}"
        ) from None  # the exceptions of MLflow quote the URI


def create(file: Path) -> None:
    """An empty database of MLflow, whole or not there."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # noqa: PLC0415

    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    for left in file.parent.glob(f"{file.stem}.*.tmp"):
        left.unlink()
    SqlAlchemyStore(f"{SQLITE}{temporary}", _artifacts(file)).engine.dispose()  # type: ignore[no-untyped-call]
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.replace(file)


def _check(file: Path) -> None:
    """MLflow would try a damaged file again and again, for two minutes."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA schema_version")


def _artifacts(file: Path) -> str:
    return (file.parent / "artifacts").as_uri()


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    """Commits are four fifths of the time, and there are eight a run.

    A killed process still loses nothing; a power cut may, and MLflow's copy can be made again.
    """
    from sqlalchemy import event  # noqa: PLC0415
    from sqlalchemy.engine import Engine  # noqa: PLC0415

    def relax(connection: Any, _: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", relax)
    try:
        yield
    finally:
        event.remove(Engine, "connect", relax)


def _reason(error: BaseException) -> str:
    import requests  # noqa: PLC0415

    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, requests.Timeout | requests.ConnectionError):
            return "it does not answer"
        chain = chain.__cause__ or chain.__context__
    first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
    text = re.sub(r"//\S*@", "//***@", first_line)
    return re.sub(r"(?i)(password|token|secret|pwd)=[^&\s]+", r"\1=***", text)[:300].rstrip(". ")


def _advice(file: Path | None) -> str:
    if file is None:
        return "Start the server, or unset MLFLOW_TRACKING_URI to use a file here."
    return f"If the file is damaged, delete {file}; it holds copies alone."
