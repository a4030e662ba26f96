"""The training step of a multi-modal method against what the device can do at all, and runs side by side on a GPU.

Views of 28 x 28 x 1 and 32 x 32 x 3 pixels, as in paper 004; random bytes cost what digits cost. Products in
convolutions and linear layers are counted, forward and backward; the limit is the rate of large float32 products.

    python benchmarks/fusion.py                                   one thread, the plain fusion
    python benchmarks/fusion.py --method mame --kernel 3
    python benchmarks/fusion.py --device cuda --lanes 1 4 8 16    seconds a step, by how many runs take turns
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine import matrix_rate
from tailmark import methods
from tailmark.fusion.loss import loss
from tailmark.fusion.pools import scales
from tailmark.fusion.recipe import FusionRecipe
from tailmark.nets.views import Encoders, ViewShape
from tailmark.training.task import Recipe
from tailmark.training.views.ready import Ready
from tailmark.training.views.run import Training
from tailmark.training.worker import prepare_process
from tailmark.trainingset import TrainingSet

VIEWS = ("grey", "colour")
SHAPES = (ViewShape("grey", "image", (28, 28, 1)), ViewShape("colour", "image", (32, 32, 3)))
BATCH, CLASSES = 128, 10


def main() -> None:
    options = arguments()
    prepare_process()
    device = torch.device(options.device)
    limit = matrix_rate(options.device)
    work = operations(made(options, 0), device)
    print(
        f"device            {options.device}, torch {torch.__version__}, {options.method}, {options.kernel} x"
    )
    print(f"a step            {work / 1e9:.2f} GFLOP; the limit is {limit / 1e9:.1f} GFLOP/s")
    for lanes in options.lanes:
        seconds = timed(options, device, lanes)
        rate = work / seconds
        print(
            f"{lanes:3d} at a time     {1000 * seconds:8.3f} ms a step, {rate / 1e9:9.1f} GFLOP/s, "
            f"{100 * rate / limit:.1f} % of the limit"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--method", default="concatenation", choices=["concatenation", "mmd", "mame", "sade-lmf"]
    )
    parser.add_argument("--kernel", type=int, default=5)
    parser.add_argument("--augment", default="crops", choices=["none", "crops"])
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--lanes", type=int, nargs="+", default=[1], help="runs that take turns")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    return parser.parse_args()


def made(options: argparse.Namespace, seed: int) -> Ready:
    """A run on random images."""
    draws, n = np.random.default_rng(seed), 40 * BATCH
    pools = {shape.name: draws.integers(256, size=(n, *shape.shape), dtype=np.uint8) for shape in SHAPES}
    labels, rows = np.arange(n) % CLASSES, np.arange(n)
    train, test = rows[:-BATCH], rows[-BATCH:]
    return Ready(
        seed=seed,
        recipe=Recipe("experts", (), "linear", False, 1, BATCH, 1e-4, 1.0, False),
        fusion=FusionRecipe(VIEWS, Encoders(kernel=options.kernel), options.steps, options.augment),
        method=(method := methods.make(options.method, {}, "corrected")),
        design=method.design(np.arange(10.0, 0, -1), VIEWS),
        shapes=SHAPES,
        pools=pools,
        scales={shape.name: scales(pools[shape.name], train, shape) for shape in SHAPES},
        training=TrainingSet(np.empty((n, 0), np.float32), train, labels[train], CLASSES),
        counts=np.bincount(labels[train]),
        held=train[:BATCH],
        held_labels=labels[:BATCH],
        test=test,
        test_labels=labels[test],
        mixes={"test": np.arange(BATCH)},
    )


def operations(run: Ready, device: torch.device) -> int:
    """Of one training step."""
    training = Training(run, torch.device("cpu"))
    labels = torch.from_numpy(run.training.labels[:BATCH])
    with FlopCounterMode(display=False) as counter:
        said = training.network(training.clean(torch.arange(BATCH)))
        loss(said, labels, run.design, training.terms).mean().backward()
    return counter.get_total_flops()


def timed(options: argparse.Namespace, device: torch.device, lanes: int) -> float:
    """Seconds that a step of one run takes when so many take turns; the capture of the graphs is not counted."""
    trainings = [Training(made(options, seed), device) for seed in range(lanes)]
    chunks = [training.chunk() for training in trainings]
    streams = [torch.cuda.Stream(device) if device.type == "cuda" else None for _ in chunks]
    for chunk in chunks:  # the first step, with its dealing
        next(chunk)
    _wait(device)
    start, steps = time.perf_counter(), min(options.steps, trainings[0].length) - 1
    for _ in range(steps):
        for chunk, stream in zip(chunks, streams, strict=True):
            if stream is None:
                next(chunk)
            else:
                with torch.cuda.stream(stream):
                    next(chunk)
    _wait(device)
    return (time.perf_counter() - start) / (steps * lanes)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
