"""The training engine against a plain loop, and against what the cores can do at all.

The plain loop is what published code does: a DataLoader over tensors, Adam with its defaults, one process. Both
train the classifier of paper 003 (784-256-128-2) on 0-4 against 5-9 at ratio 100 with the same initial weights,
and are tested on the same rows: equal accuracy is part of the claim. The limit is the rate of large float32 matrix
products, measured in the same run by as many one-thread processes as the engine uses.

    python benchmarks/engine.py                  cores of this machine
    python benchmarks/engine.py --device cuda    one stack on the GPU
    python benchmarks/engine.py --bundle DIR     the runs of a bundle: needs torch and NumPy alone
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from tailmark import runs
from tailmark.training import bundle
from tailmark.training.executors import device_of, execute
from tailmark.training.outcome import mean_recall
from tailmark.training.ready import Ready, ready
from tailmark.training.task import Job, Task
from tailmark.training.worker import Report, prepare_process

SUITE = """
tier: benchmark
data: {{datasets: [{dataset}]}}
suites:
  engine:
    title: The classifier of Table 2
    dataset: {dataset}
    splits: [{{kind: groups, ratio: 100{test}}}]
    protocols: [corrected]
    methods: [rw]
    seeds: {seeds}
    schedule: {{epochs: {epochs}, batch: 100}}
"""

WIDTHS = (784, 256, 128, 2)  # of that classifier


@dataclass(frozen=True)
class Measured:
    """Seconds a run, and balanced accuracies in percent."""

    seconds: float
    accuracies: list[float]

    def __str__(self) -> str:
        spread = np.std(self.accuracies, ddof=1) if len(self.accuracies) > 1 else float("nan")
        return (
            f"{self.seconds:7.2f} s a run   balanced accuracy {np.mean(self.accuracies):.2f} ± {spread:.2f} %"
        )


def main() -> None:
    options = arguments()
    device, cores = device_of(options.device), os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        tasks = chosen(options, Path(folder)) if options.bundle else planned(options, Path(folder))
        limit = sum(on_every_core(cores)) if device == "cpu" else matrix_rate(device)
        plain = plain_loops([ready(task) for task in tasks[: options.plain]], device)
        start = time.perf_counter()
        execute([*tasks], device=device, workers=cores, listen=complain)
        engine = Measured((time.perf_counter() - start) / len(tasks), [accuracy_of(task) for task in tasks])
        inside = float(np.mean([runs.read(task.into).record["seconds"] for task in tasks]))
    streams = min(cores, len(tasks)) if device == "cpu" else 1
    steady = inside / streams
    rate = streams * products(WIDTHS, tasks[0].recipe.batch) * steps(tasks[0]) / inside
    print(
        f"device            {device}, {cores} cores, torch {torch.__version__}, {steps(tasks[0])} steps a run"
    )
    print(f"plain loop        {plain}   (n = {len(plain.accuracies)})")
    print(f"engine            {engine}   (n = {len(tasks)}, start-up included)")
    print(f"on the same seeds {np.mean(engine.accuracies[: options.plain]):41.2f} % for the engine")
    print(
        f"faster by         {plain.seconds / engine.seconds:7.2f} x; {plain.seconds / steady:.2f} x once started"
    )
    print(f"matrix products   {rate / 1e9:7.1f} GFLOP/s of {limit / 1e9:.1f} that the device can do")
    print(f"share of limit    {100 * rate / limit:7.1f} %")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", default="mnist5k", choices=["mnist", "mnist5k"])
    parser.add_argument("--epochs", type=int, default=300)  # long runs, as in the paper tier, but not as long
    parser.add_argument("--runs", type=int, default=10, help="runs of the engine")
    parser.add_argument("--plain", type=int, default=3, help="runs of the plain loop, of the first seeds")
    parser.add_argument("--device", default="cpu", choices=["auto", "cpu", "cuda"])
    parser.add_argument(
        "--bundle", type=Path, help="take the runs of method rw, protocol corrected, from here"
    )
    return parser.parse_args()


def chosen(options: argparse.Namespace, folder: Path) -> list[Task]:
    """Runs of a bundle of MNIST, in as many copies as are asked for, with other seeds."""
    tasks = [job for job in bundle.jobs_of(options.bundle) if isinstance(job, Task)]
    of_kind = [task for task in tasks if (task.method, task.protocol) == ("rw", "corrected")]
    if not of_kind:
        raise SystemExit(f"{options.bundle} holds no run of method rw, protocol corrected, that is not done.")
    first = replace(of_kind[0], recipe=replace(of_kind[0].recipe, epochs=options.epochs))
    return [
        replace(first, key=f"{seed}", seed=seed, into=folder / f"{seed}.npz") for seed in range(options.runs)
    ]


def planned(options: argparse.Namespace, folder: Path) -> list[Task]:
    """The same runs for both, over data prepared in the project."""
    from tailmark import datasets, params, splitfiles
    from tailmark.folders import Folders
    from tailmark.training.plan import plan

    text = SUITE.format(
        dataset=options.dataset,
        epochs=options.epochs,
        seeds=list(range(options.runs)),
        test=", test_per_class: 100" if options.dataset == "mnist5k" else "",
    )
    made = params.parse(text)
    folders = Folders(splits=folder / "splits", runs=folder / "runs")
    data = datasets.prepare(options.dataset, folders.prepared, mirror=None, cache=Path("data/cache"))
    splitfiles.write_all(made.suites["engine"], datasets.load(data), folders.splits / "engine")
    return [item.task for item in plan(made, "engine", folders)]


def plain_loops(made: list[Ready], device: str) -> Measured:
    """One run after another in this process, as the authors' code would."""
    threads = torch.get_num_threads()
    torch.set_num_threads(os.cpu_count() or 1)  # the default of a plain program
    start = time.perf_counter()
    accuracies = [plain_loop(run, torch.device(device)) for run in made]
    torch.set_num_threads(threads)
    return Measured((time.perf_counter() - start) / len(made), accuracies)


def plain_loop(run: Ready, device: torch.device) -> float:
    features, labels = torch.from_numpy(run.training.pool), torch.from_numpy(run.training.labels)
    loader = DataLoader(TensorDataset(features, labels), batch_size=run.recipe.batch, shuffle=True)
    weight = torch.tensor(run.objective.weight, dtype=torch.float32, device=device)
    network = run.network.to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=run.recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, run.recipe.decay)
    for _ in range(run.recipe.epochs):
        for batch, truth in loader:
            x, y = batch.to(device), truth.to(device)
            each = torch.nn.functional.cross_entropy(network(x), y, reduction="none")
            optimiser.zero_grad()
            (weight[y] * each).mean().backward()
            optimiser.step()
        schedule.step()
    with torch.no_grad():
        logits = network(torch.from_numpy(run.test).to(device)).cpu()
    return 100 * mean_recall(logits, torch.from_numpy(run.test_targets))


def accuracy_of(task: Task) -> float:
    run = runs.read(task.into)
    return 100 * mean_recall(torch.from_numpy(run.logits), torch.from_numpy(run.test_targets))


def complain(job: Job, report: Report) -> None:
    if report.error:
        raise SystemExit(f"{job.label}: {report.error}")


def steps(task: Task) -> int:
    return -(-len(task.rows) // task.recipe.batch) * task.recipe.epochs


def products(widths: tuple[int, ...], batch: int) -> int:
    """Floating-point operations of a step's matrix products: forward, weight gradients, input gradients.

    The input of the first layer needs no gradient; element-wise work is not counted.
    """
    layers = [a * b for a, b in pairwise(widths)]
    return 2 * batch * (3 * sum(layers) - layers[0])


def on_every_core(cores: int) -> list[float]:
    """Each core's matrix-product rate while all are busy, as they are in training."""
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        return pool.map(matrix_rate, ["cpu"] * cores, chunksize=1)


def matrix_rate(device: str, n: int = 1024, seconds: float = 2.0) -> float:
    """Floating-point operations a second of large float32 matrix products."""
    prepare_process()
    a, b = torch.rand(n, n, device=device), torch.rand(n, n, device=device)
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        for _ in range(5):
            c = a @ b
        float(c[0, 0])  # waits for a GPU
        best = min(best, (time.perf_counter() - start) / 5)
    return 2 * n**3 / best


if __name__ == "__main__":
    main()
