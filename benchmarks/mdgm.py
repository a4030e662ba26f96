"""What a sample without a label costs the deep generative model, against one with a label.

A loss sums over all K classes for a sample of the pool, over one for a labelled sample: at most 0.6 K times the time
is the aim. Pairs of images of 28 x 28 pixels, encoders of (16, 32) channels; a step is forward and backward, without
the optimiser. Products in convolutions and linear layers are counted; the limit is the rate of large float32 products.

    python benchmarks/mdgm.py                       one thread, the t model
    python benchmarks/mdgm.py --method m2
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch.utils.flop_counter import FlopCounterMode

from engine import matrix_rate
from tailmark import methods
from tailmark.nets.views import Encoders, ViewShape
from tailmark.semi.step import Batch, Draw, Facts, Step
from tailmark.training.worker import prepare_process

CLASSES, ROWS = 10, 64
AIM = 0.6 * CLASSES
SIZES = Encoders(channels=(16, 32), kernel=3, hidden=64)
SHAPES = (ViewShape("one", "image", (28, 28, 1)), ViewShape("other", "image", (28, 28, 1)))
FACTS = Facts(SHAPES, SIZES, (ROWS,) * CLASSES, pool=9 * ROWS, batch=ROWS, pool_batch=ROWS, seed=0)


def main() -> None:
    options = arguments()
    prepare_process()
    step = made(options.method)
    method = methods.make(options.method, {}, "corrected")
    alone = replace(step, facts=replace(FACTS, pool=0))  # labelled samples and nothing else
    pairs = [(backward(method, alone), backward(method, step)) for _ in range(options.repeats)]
    labelled, both = (min(times) for times in zip(*pairs, strict=True))
    limit, ratio = matrix_rate("cpu"), (both - labelled) / labelled
    print(
        f"device              one thread, torch {torch.__version__}, {options.method}, {ROWS} rows of each kind"
    )
    for words, given, seconds in (("labelled", alone, labelled), ("both", step, both)):
        rate = operations(method, given) / seconds
        print(
            f"{words:<19} {1000 * seconds:7.1f} ms, {rate / 1e9:6.1f} GFLOP/s, {100 * rate / limit:.0f} % of the limit"
        )
    print(
        f"unlabelled/labelled {ratio:7.2f}, that is {ratio / CLASSES:.2f} K; the aim is {AIM / CLASSES:g} K"
    )
    sys.exit(ratio > AIM)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--method", default="mdgm", choices=["mdgm", "mdgm-gaussian", "m2"])
    parser.add_argument("--repeats", type=int, default=20)
    return parser.parse_args()


def made(name: str) -> Step:
    """A step on random images."""
    method = methods.make(name, {}, "corrected")
    network = method.build(FACTS)
    batch = images()
    memory = method.memory(FACTS) if hasattr(method, "memory") else {}
    return Step(
        facts=FACTS,
        network=network,
        average=network,
        labelled=batch,
        labels=torch.arange(ROWS) % CLASSES,
        weak=images(),
        strong=batch,
        blank=batch,
        noise={name: drawn(draw) for name, draw in method.noise(FACTS).items()},
        memory={name: torch.tensor(value) for name, value in memory.items()},
        progress=torch.zeros(()),
    )


def images() -> Batch:
    values = {shape.name: torch.rand(ROWS, *shape.shape) for shape in SHAPES}
    return Batch(values, values, torch.ones(ROWS, len(SHAPES)))


def drawn(draw: Draw) -> torch.Tensor:
    if draw.kind == "chisquare":
        return torch.distributions.Chi2(draw.freedom).sample(draw.shape)
    return torch.randn(draw.shape)


def backward(method: object, step: Step) -> float:
    """Seconds of one pass forward and back."""
    step.network.zero_grad()
    start = time.perf_counter()
    method.learn(step).backward()
    return time.perf_counter() - start


def operations(method: object, step: Step) -> int:
    with FlopCounterMode(display=False) as counter:
        backward(method, step)
    return counter.get_total_flops()


if __name__ == "__main__":
    main()
