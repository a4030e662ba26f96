"""MGVAE's training step against what a core can do at all, and the memory that its prior takes.

The step is that of paper 003's pre-training: 784-300-300-40 and back, a batch of 100, S exemplars through the encoder
with gradients. Only matrix products are counted; the limit is the rate of large float32 products on the same core.

    python benchmarks/generator.py                   S = 1,000, one thread
    python benchmarks/generator.py --exemplars 10000
    python benchmarks/generator.py --device cuda --exemplars 10000 --lessons 6
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from itertools import pairwise

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from engine import matrix_rate
from tailmark.generators.fit import fit_vae
from tailmark.generators.lesson import Lesson, Material, Vae
from tailmark.generators.stack import Taught, fit_stack
from tailmark.training.worker import prepare_process

FEATURES, HIDDEN, LATENT, BATCH = 784, 300, 40, 100


def main() -> None:
    options = arguments()
    prepare_process()
    device = torch.device(options.device)
    material = random_material(options.samples)
    steps = -(-options.samples // BATCH)
    limit = matrix_rate(options.device)
    train(options, material, device, epochs=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    train(options, material, device, epochs=options.epochs)
    seconds = (time.perf_counter() - start) / (options.epochs * steps * options.lessons)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    work = products(options.exemplars)
    matrices = 4 * BATCH * options.exemplars / 2**20
    print(f"device            {options.device}, torch {torch.__version__}, S = {options.exemplars:,}")
    print(f"a step            {1000 * seconds:7.2f} ms, {work / 1e9:.2f} GFLOP in matrix products")
    print(f"matrix products   {work / seconds / 1e9:7.1f} GFLOP/s of {limit / 1e9:.1f}")
    print(f"share of limit    {100 * work / seconds / limit:7.1f} %")
    if options.device == "cpu":
        print(
            f"memory            {grown / 1024:7.0f} MiB more after the first epoch; one S x batch is {matrices:.1f}"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exemplars", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lessons", type=int, default=1, help="lessons in one stack; 1 is the plain loop")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    return parser.parse_args()


def random_material(samples: int) -> Material:
    """Bytes as bright as digits; what they show does not change the cost."""
    draws = np.random.default_rng(0)
    pool = draws.random((samples, FEATURES), dtype=np.float32) ** 4
    rows = np.arange(samples)
    return Material(pool, rows, np.zeros(samples, np.int64), rows, 2, (0.0, 1.0))


def train(options: argparse.Namespace, material: Material, device: torch.device, epochs: int) -> None:
    network = Vae("mlp", HIDDEN, LATENT, "shared", "majority", "sse")
    lesson = Lesson(
        "pretraining", network, (0,), 0, epochs, BATCH, learning_rate=5e-3, exemplars=options.exemplars
    )
    if options.lessons == 1:
        fit_vae(lesson, material, 0, None, device)
    else:
        fit_stack([Taught(lesson, material, seed, None) for seed in range(options.lessons)], device)
    if device.type == "cuda":
        torch.cuda.synchronize()


def products(exemplars: int) -> int:
    """Floating-point operations of a step: forward, weight gradients, input gradients (none for the first layer)."""
    rows = BATCH + exemplars
    encoder = [a * b for a, b in pairwise((FEATURES, HIDDEN, HIDDEN, LATENT))]
    decoder = [a * b for a, b in pairwise((LATENT, HIDDEN, HIDDEN, FEATURES))]
    prior = BATCH * exemplars * LATENT
    return 2 * (rows * (3 * sum(encoder) - encoder[0]) + 3 * BATCH * sum(decoder) + 3 * prior)


if __name__ == "__main__":
    main()
