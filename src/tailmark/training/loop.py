"""One run in plain torch: the path of CPU workers, where one model keeps a core busy."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch

from tailmark.objective import loss
from tailmark.streams import stream
from tailmark.training.order import epochs
from tailmark.training.outcome import Curves, Outcome, is_watched, mean_recall
from tailmark.training.ready import Ready, terms


def train(ready: Ready, device: torch.device) -> Outcome:
    """Train the run to its last epoch and return what it says of the test set."""
    start = time.perf_counter()
    recipe, training = ready.recipe, ready.training
    network = ready.network.to(device)
    test = torch.from_numpy(ready.test).to(device)
    targets = torch.from_numpy(ready.test_targets).to(device)
    curves, steps = Curves(), 0
    if recipe.epochs:
        pool = torch.from_numpy(training.pool).to(device)
        numbers = terms(ready.objective, device)
        optimiser = torch.optim.Adam(
            network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )
        mirrored = flips(ready)
        orders = epochs(training, ready.seed, ready.epoch_length)
        for epoch in range(1, recipe.epochs + 1):
            order = next(orders)
            rows = torch.from_numpy(training.rows[order]).to(device)
            labels = torch.from_numpy(training.labels[order]).to(device)
            losses = []
            for some, truth in zip(rows.split(recipe.batch), labels.split(recipe.batch), strict=True):
                features = pool.index_select(0, some)
                if recipe.flip:
                    features = mirror(features, next(mirrored)[: len(some)].to(device), ready.shape)
                value = loss(network(features), truth, numbers).mean()
                optimiser.zero_grad()
                value.backward()
                optimiser.step()
                losses.append(value.detach() * len(some))
            steps += ready.steps_per_epoch
            curves.add_loss(float(torch.stack(losses).sum()) / len(order))
            for group in optimiser.param_groups:
                group["lr"] *= recipe.decay
            if is_watched(epoch, recipe.epochs):
                curves.eval_epoch.append(epoch)
                curves.test_balanced_accuracy.append(mean_recall(predict(network, test), targets))
    logits = predict(network, test).cpu().numpy()
    return Outcome(logits, curves, steps, time.perf_counter() - start)


def predict(network: torch.nn.Module, features: torch.Tensor) -> torch.Tensor:
    """Logits of many samples, in pieces that fit a cache."""
    network.eval()
    with torch.inference_mode():
        logits = torch.cat([network(part) for part in features.split(1000)])
    network.train()
    return logits


def flips(ready: Ready) -> Iterator[torch.Tensor]:
    """Which images of a batch are mirrored: half of them, from the run's own stream."""
    draws = stream(ready.seed, "flip")
    while True:
        yield torch.from_numpy(draws.random(ready.recipe.batch) < 0.5)


def mirror(features: torch.Tensor, which: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """Left and right changed in some images, which are rows in the order height, width, channel."""
    images = features.unflatten(-1, shape)
    where = which.view(-1, *[1] * len(shape))
    return torch.where(where, images.flip(2), images).flatten(1)
