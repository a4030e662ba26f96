"""Views made on a GPU are those of a CPU, and a CUDA graph makes them again from other draws.

Self-contained: `pytest --noconftest tests/gpu` needs torch, NumPy and pytest alone, on a machine without the rest.
"""

from __future__ import annotations

import pytest
import torch

from tailmark.fusion.augment import Policy, augmented, draws
from tailmark.streams import stream

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

policies = pytest.mark.parametrize(
    ("policy", "channels", "blur"),
    [("flips", 3, False), ("crops", 1, False), ("crops", 1, True), ("crops", 3, False), ("crops", 3, True)],
)


def drawn(seed: int, policy: Policy, channels: int, blur: bool) -> torch.Tensor:
    return torch.from_numpy(draws(stream(seed, "augment"), 64, policy, channels, blur))


def pictures(channels: int) -> torch.Tensor:
    return torch.rand(64, 28, 28, channels, generator=torch.Generator().manual_seed(0))


@policies
def test_views_are_those_of_the_cpu(policy: Policy, channels: int, blur: bool) -> None:
    images, rows = pictures(channels), drawn(0, policy, channels, blur)
    found = augmented(images.cuda(), rows.cuda(), policy, blur).cpu()
    torch.testing.assert_close(found, augmented(images, rows, policy, blur), atol=2e-5, rtol=0)


@policies
def test_a_graph_makes_the_views_of_new_draws(policy: Policy, channels: int, blur: bool) -> None:
    images, rows = pictures(channels).cuda(), drawn(0, policy, channels, blur).cuda()
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):  # libraries set themselves up before a capture
        augmented(images, rows, policy, blur)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        views = augmented(images, rows, policy, blur)
    rows.copy_(drawn(1, policy, channels, blur))
    graph.replay()
    torch.testing.assert_close(views, augmented(images, rows, policy, blur), atol=1e-6, rtol=0)
