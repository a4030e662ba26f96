"""The `tailmark` command. What a command needs is imported inside it, so that `--help` comes at once."""
# ruff: noqa: PLC0415

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tailmark import __version__
from tailmark.errors import TailmarkError

app = typer.Typer(
    help="A benchmark of learning from long-tailed data. `dvc repro` runs it; these commands are around it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


bundle = typer.Typer(help="Train on another machine, and bring the runs back.", no_args_is_help=True)
app.add_typer(bundle, name="bundle")


class What(StrEnum):
    """What can be listed."""

    datasets = "datasets"
    methods = "methods"
    suites = "suites"


def main() -> None:
    """An error for the user is one red message and exit code 1."""
    try:
        app()
    except TailmarkError as error:
        from rich.console import Console
        from rich.text import Text

        Console(stderr=True).print(Text(f"tailmark: {error}", style="red"), soft_wrap=True)
        sys.exit(1)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"tailmark {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of the command itself."""


@app.command("list")
def list_(what: Annotated[What, typer.Argument(help="What to list.")]) -> None:
    """List the datasets, the methods, or the suites of the active tier."""
    from rich.console import Console

    from tailmark import listing

    Console().print(getattr(listing, what)())


@app.command()
def use(
    tier: Annotated[str, typer.Argument(help="quick: minutes on two cores. paper: the papers' grids.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite edits that are in no tier.")] = False,
) -> None:
    """Switch params.yaml to another tier. Runs of the other tier are kept, and found again."""
    from tailmark import tiers

    if tiers.use(tier, Path("params.yaml"), force=force):
        print(
            f"params.yaml is now tier '{tier}'. See `git diff params.yaml`; `dvc repro` runs what is not done."
        )
    else:
        print(f"params.yaml is tier '{tier}' already.")


@app.command()
def ui(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Where to listen, on this machine alone.")
    ] = 5000,
) -> None:
    """Show the tracked runs in MLflow's UI."""
    from tailmark.tracking import store
    from tailmark.tracking import ui as server

    command = server.command(Path(), port)
    print(f"MLflow: http://{server.LOOPBACK}:{port} (Ctrl-C ends it)", flush=True)
    os.execve(command[0], command, {**store.ENVIRONMENT, **os.environ})


@app.command()
def report(
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    so_far: Annotated[
        bool,
        typer.Option("--so-far", help="Evaluate and render the runs that are done, while others are not."),
    ] = False,
) -> None:
    """Summarise the active tier's results, and say where its report is."""
    from rich.console import Console

    from tailmark import evaluate, params
    from tailmark.folders import Folders
    from tailmark.report import render, terminal

    active, folders = params.load(), Folders()
    page = folders.report(active.tier) / "report.html"
    if so_far:
        evaluate.evaluate(active, folders, folders.metrics(active.tier), so_far=True)
        render(active, evaluate.read(folders.metrics(active.tier)), folders.runs, page.parent)
    if not page.exists():
        raise TailmarkError(
            f"Expected the report of tier '{active.tier}' at {page}, found none. `dvc repro` makes it."
        )
    Console().print(terminal(active, evaluate.read(folders.metrics(active.tier))))
    print(f"Report: {page}")
    if open_:
        typer.launch(page.resolve().as_uri())


@app.command()
def audit(
    paper: Annotated[str | None, typer.Argument(help="Whose tables; those of every paper if none.")] = None,
) -> None:
    """List the printed numbers that cannot be right, each with its arithmetic. Needs no run."""
    from rich.console import Console

    from tailmark.published import listing

    Console().print(listing.audited(paper))


@app.command()
def gate(
    update: Annotated[
        bool, typer.Option("--update", help="Accept the metrics as the new reference.")
    ] = False,
) -> None:
    """Compare the metrics with the committed reference; exit code 1 when a method has fallen."""
    from rich.console import Console

    from tailmark import evaluate, params
    from tailmark import gate as room
    from tailmark.folders import Folders
    from tailmark.gate import table

    tier, folders = params.load().tier, Folders()
    if update:
        metrics = evaluate.read(folders.metrics(tier))
        print(room.update(metrics, folders.reference(tier), room.made_on(metrics, folders.runs)))
        return
    result = room.of_tier(tier, folders)
    Console().print(table.terminal(result))
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(table.markdown(result))
    if not result.passed:
        raise typer.Exit(1)


@bundle.command()
def pack(
    suites: Annotated[list[str] | None, typer.Argument(help="Which suites; all of the tier if none.")] = None,
    to: Annotated[Path, typer.Option(help="The folder to make.")] = Path("bundle"),
) -> None:
    """Collect the runs that are not done, and the data that they need, in one folder."""
    from tailmark import params
    from tailmark.folders import Folders
    from tailmark.training import bundle as room
    from tailmark.training.plan import plan, waiting

    active = params.load()
    planned = [item for name in suites or active.suites for item in plan(active, name, Folders())]
    jobs = waiting(planned)
    room.pack(jobs, to)
    print(f"{len(jobs)} jobs in {to}. Do them there: python -m tailmark.training {to}")


@bundle.command()
def unpack(folder: Annotated[Path, typer.Argument(help="A bundle that was trained elsewhere.")]) -> None:
    """Bring the run files of a bundle back; `dvc repro` then finds them done."""
    from tailmark.folders import Folders
    from tailmark.training import bundle as room

    folders = Folders()
    new = room.unpack(folder, folders.runs, folders.models)
    print(f"{new} new files. `dvc repro` goes on from them.")


if __name__ == "__main__":
    main()
