"""What balancing views adds to a training step: every method against plain concatenation, step by step in turns.

Two sizes of encoder, at both of which the step of `concatenation` is the measure; random bytes cost what digits cost.

    python benchmarks/balance.py                      one thread
    python benchmarks/balance.py --device cuda        as captured graphs
"""

from __future__ import annotations

import argparse
import os
import time
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from tailmark import methods
from tailmark.fusion.pools import scales
from tailmark.fusion.recipe import FusionRecipe
from tailmark.nets.views import Encoders, ViewShape
from tailmark.training.task import Recipe
from tailmark.training.views.ready import Ready
from tailmark.training.views.run import Training
from tailmark.training.worker import prepare_process
from tailmark.trainingset import TrainingSet

METHODS = (
    *("concatenation", "arl", "arl-released", "ogm", "ogm-ge", "mmpareto"),
    *("pmr", "agm", "dgl", "g-blending", "mla"),
)
LIMITS = {"arl": 1.15, "ogm-ge": 1.15, "mmpareto": 2.2}  # times the step of concatenation
CLASSES = 10
SIZES = {
    "an image and a table, 16 and 32 channels, batch 64": (
        (ViewShape("image", "image", (16, 15, 1)), ViewShape("table", "table", (76,))),
        Encoders(channels=(16, 32), kernel=3, hidden=64),
        64,
    ),
    "two images of 28 x 28, 32 and 64 channels, batch 128": (
        (ViewShape("one", "image", (28, 28, 1)), ViewShape("two", "image", (28, 28, 1))),
        Encoders(hidden=64, columns=64),
        128,
    ),
}


def main() -> None:
    options = arguments()
    prepare_process()
    device = torch.device(options.device)
    print(f"device {options.device}, torch {torch.__version__}; medians of {options.rounds} rounds in turns")
    for title, (shapes, sizes, batch) in SIZES.items():
        found = timed({name: made(name, shapes, sizes, batch, options) for name in METHODS}, device, options)
        print(f"{title}: concatenation takes {1000 * found['concatenation']:.3f} ms a step")
        for name, seconds in found.items():
            times = seconds / found["concatenation"]
            limit = f", of at most {LIMITS[name]:g}" if name in LIMITS else ""
            print(f"  {name:15s} {times:5.2f} x{limit}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=20, help="of each method, in each round")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    return parser.parse_args()


def made(
    name: str, shapes: tuple[ViewShape, ...], sizes: Encoders, batch: int, options: argparse.Namespace
) -> Ready:
    """A run on random samples, an epoch of which is a round."""
    draws, n = np.random.default_rng(0), (options.steps + 1) * batch
    pools = {shape.name: values(shape, n, draws) for shape in shapes}
    labels, rows = np.arange(n) % CLASSES, np.arange(n)
    train, test = rows[:-batch], rows[-batch:]
    views = tuple(shape.name for shape in shapes)
    method = methods.make(name, {}, "corrected")
    counts = np.bincount(labels[train])
    return Ready(
        seed=0,
        method=method,
        recipe=Recipe("experts", (), "linear", False, 1, batch, 1e-3, 1.0, False, optimiser="sgd", clip=40.0),
        fusion=FusionRecipe(views, sizes, options.steps * (options.rounds + 1)),
        design=method.design(counts.astype(np.float64), views),
        shapes=shapes,
        pools=pools,
        scales={shape.name: scales(pools[shape.name], train, shape) for shape in shapes},
        training=TrainingSet(np.empty((n, 0), np.float32), train, labels[train], CLASSES),
        counts=counts,
        held=train[:batch],
        held_labels=labels[:batch],
        test=test,
        test_labels=labels[test],
        mixes={},
    )


def values(shape: ViewShape, n: int, draws: np.random.Generator) -> np.ndarray:
    if shape.kind == "table":
        return draws.standard_normal((n, *shape.shape)).astype(np.float32)
    return draws.integers(256, size=(n, *shape.shape), dtype=np.uint8)


def timed(runs: dict[str, Ready], device: torch.device, options: argparse.Namespace) -> dict[str, float]:
    """Seconds a step: methods take turns, so that whatever slows the machine slows all. Dealing is not counted."""
    trainings = {name: Training(run, device) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(options.rounds + 1):
        for name, training in trainings.items():
            chunk = training.chunk()
            next(chunk)  # dealing, what a method does between epochs, and the first step
            _wait(device)
            start = time.perf_counter()
            for _ in range(training.length - 1):
                next(chunk)
            _wait(device)
            if number:  # the first round warms up
                seconds[name].append((time.perf_counter() - start) / (training.length - 1))
            for _ in chunk:
                pass
    return {name: median(found) for name, found in seconds.items()}


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
