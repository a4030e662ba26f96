"""Against MLflow itself: its SQLite store, a real server, and a server that is away."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tailmark.errors import TailmarkError
from tailmark.tracking import Counts, store, ui

pytestmark = pytest.mark.filterwarnings("ignore:::mlflow", "ignore:::alembic")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """MLflow takes seconds to make one."""
    file = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    os.environ.update(store.ENVIRONMENT)
    store.create(file)
    return file.read_bytes()


@pytest.fixture
def ready(project, empty_database: bytes):
    """The project, with a database that nobody has written to."""
    file = store.database(project.root)
    file.parent.mkdir()
    file.write_bytes(empty_database)
    return project


def runs_in(client, experiment: str) -> list:
    found = client.get_experiment_by_name(experiment)
    return client.search_runs([found.experiment_id]) if found else []


def test_runs_and_report_are_logged_once(ready, client_of) -> None:
    assert ready.track() == Counts(added=5, updated=0, present=0)
    assert ready.track() == Counts(added=0, updated=0, present=5)

    client = client_of(store.address(ready.root))
    runs = runs_in(client, "tailmark/tail/tail-20")
    assert len(runs) == 4
    run = next(run for run in runs if run.info.run_name == "logit-adjustment · tail-20 · corrected · seed 1")
    assert run.info.status == "FINISHED"
    assert run.info.end_time - run.info.start_time == 13_500
    assert run.data.metrics["balanced_accuracy"] == 0.7
    assert run.data.metrics["forward-10/recall/0"] == 0.8
    assert run.data.tags["method"] == "logit-adjustment"
    assert run.data.params["recipe.epochs"] == "100"
    assert not [tag for tag in run.data.tags if "parentRun" in tag]
    (used,) = run.inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest) == ("mfeat", "d" * 36)
    losses = client.get_metric_history(run.info.run_id, "train_loss")
    assert len(losses) == 49
    assert losses[0].step == 1

    (report,) = runs_in(client, "tailmark/reports")
    assert report.data.tags["tier"] == "quick"
    assert {item.path for item in client.list_artifacts(report.info.run_id)} == {"figures", "report.html"}
    assert (ready.root / "mlflow" / "artifacts" / "tailmark-reports").is_dir()


def test_what_is_new_is_added_to_what_is_there(ready, client_of) -> None:
    metrics = ready.metrics()
    metrics[metrics["seed"] == 0].to_parquet(ready.root / "metrics.parquet")
    assert ready.track() == Counts(3, 0, 0)
    metrics.loc[metrics["metric"] == "accuracy", "value"] = 0.25
    metrics.to_parquet(ready.root / "metrics.parquet")
    assert ready.track() == Counts(added=2, updated=2, present=1)
    assert ready.track() == Counts(0, 0, 5)
    runs = runs_in(client_of(store.address(ready.root)), "tailmark/tail/tail-20")
    assert [run.data.metrics["accuracy"] for run in runs] == [0.25] * 4


def test_a_changed_report_is_a_new_run(ready) -> None:
    ready.track()
    (ready.root / "report" / "report.html").write_text("<html>new</html>", encoding="utf-8")
    assert ready.track() == Counts(added=1, updated=0, present=4)


def test_no_report_is_said(ready) -> None:
    (ready.root / "report").rename(ready.root / "elsewhere")
    with pytest.raises(TailmarkError, match=r"rendered report .*report, found none"):
        ready.track()


def test_a_run_that_was_left_unfinished_is_written_anew(ready, client_of, monkeypatch) -> None:
    from mlflow import MlflowClient  # noqa: PLC0415

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_inputs", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            ready.track()
    assert ready.track() == Counts(5, 0, 0)
    runs = runs_in(client_of(store.address(ready.root)), "tailmark/tail/tail-20")
    assert [run.info.status for run in runs] == ["FINISHED"] * 4


TRACK = """
    import sys
    from pathlib import Path
    from tailmark import params, tracking

    root = Path(sys.argv[1])
    counts = tracking.track(
        params.load(root / "params.yaml"), root / "metrics.parquet", root / "runs", root / "report", root
    )
    print(counts.added, counts.present)
"""


def start_tracking(root: Path, script: Path) -> subprocess.Popen[str]:
    script.write_text(textwrap.dedent(TRACK), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, script, root], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_two_at_once_make_one_whole_database_and_say_nothing_more(project, tmp_path: Path) -> None:
    both = [start_tracking(project.root, tmp_path / "track.py") for _ in range(2)]
    outputs = [process.communicate(timeout=120) for process in both]
    assert sorted(out.strip() for out, _ in outputs) == ["0 5", "5 0"]
    assert [err for _, err in outputs] == ["", ""]
    with sqlite3.connect(store.database(project.root)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not list((project.root / "mlflow").glob("*.tmp"))


def test_a_killed_creation_leaves_no_half_database(project, empty_database: bytes, monkeypatch) -> None:
    file = store.database(project.root)
    file.parent.mkdir()
    (file.parent / "mlflow.1.tmp").write_bytes(b"half")
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    with FileLock(file.with_suffix(".lock")):
        with pytest.raises(TailmarkError, match="Another process has been writing"):
            project.track()
        assert not file.exists()


@pytest.fixture
def server(tmp_path: Path, empty_database: bytes) -> Iterator[str]:
    """A real MLflow server, as `tailmark ui` starts it."""
    root = tmp_path / "server"
    (root / "mlflow").mkdir(parents=True)
    store.database(root).write_bytes(empty_database)
    port = ui.next_free(5000)
    with (root / "log").open("wb") as log:
        command, environment = ui.command(root, port), {**os.environ, **store.ENVIRONMENT}
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            assert process.poll() is None
            time.sleep(0.1)
    raise AssertionError(f"no server at {address}")


@pytest.mark.slow
def test_a_real_server_gets_the_runs(project, server: str, monkeypatch, client_of) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.replace("//", "//someone:hunter2@"))
    assert project.track() == Counts(added=5, updated=0, present=0)
    assert project.track() == Counts(added=0, updated=0, present=5)
    client = client_of(server)
    assert len(runs_in(client, "tailmark/tail/tail-20")) == 4
    (report,) = runs_in(client, "tailmark/reports")
    assert {item.path for item in client.list_artifacts(report.info.run_id)} == {"figures", "report.html"}
    assert not store.database(project.root).exists()


def test_a_server_that_is_away_is_told_fast_and_without_its_password(
    project, monkeypatch, capfd, caplog
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        uri = f"http://someone:hunter2@127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        start = time.monotonic()
        with pytest.raises(TailmarkError) as caught:
            project.track()
    assert time.monotonic() - start < 30
    message = str(caught.value)
    assert message.startswith(f"MLflow at {store.shown(uri)} did not take the runs: it does not answer.")
    assert "The runs are safe" in message
    assert "unset MLFLOW_TRACKING_URI" in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    said = message + caplog.text + "".join(capfd.readouterr())
    assert "hunter2" not in said
    assert "Retrying" not in said


def test_a_damaged_database_is_told(project) -> None:
    file = store.database(project.root)
    file.parent.mkdir()
    file.write_bytes(b"this is no database" * 100)
    with pytest.raises(TailmarkError, match=r"did not take the runs: .*delete .*mlflow\.db"):
        project.track()


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://someone:hunter2@host:5000/base", "http://host:5000/base"),
        ("postgresql://me:p@ss/w@db/mlflow?password=x", "postgresql://db/mlflow"),
        ("https://host?token=x", "https://host"),
        ("sqlite:////home/me/mlflow.db", "sqlite:////home/me/mlflow.db"),
    ],
)
def test_an_address_is_shown_without_secrets(uri: str, shown: str) -> None:
    assert store.shown(uri) == shown


def test_the_users_own_sqlite_file_is_used(
    project, empty_database: bytes, tmp_path: Path, monkeypatch
) -> None:
    file = tmp_path / "mine" / "all.db"
    file.parent.mkdir()
    file.write_bytes(empty_database)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
    assert project.track().added == 5
    assert (file.parent / "artifacts" / "tailmark-reports").is_dir()
    assert not (project.root / "mlflow").exists()
