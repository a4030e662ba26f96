"""The network of the deep generative models: the common backbone, an expert and a decoder a view.

classifier   q(y|x)              the backbone's own, as every baseline has it
experts      mu_j, log sigma_j^2  of q(z|x_j, y)
decoders     mu_j(y, z)           the mean of view j
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import nn

from tailmark.errors import TailmarkError, nearest
from tailmark.mdgm.conditional import Conditional
from tailmark.mdgm.decoders import Decoder, squared_error, target, width
from tailmark.nets.seeded import seeded
from tailmark.semi.network import Backbone
from tailmark.semi.step import Batch, Facts

HIDDEN = 128  # of an expert
LARGEST = 10.0  # log-variances stay within -10 and 10


@dataclass(frozen=True)
class Seen:
    """Samples, encoded once: all that the losses need of them."""

    features: Mapping[str, torch.Tensor]  # of each view (B, width), zero where it is missing
    targets: Mapping[str, torch.Tensor]  # rows to reconstruct (B, n_j)
    present: torch.Tensor  # (B, M)
    kept: tuple[int, ...]  # the views that are looked at, by their number

    def keeping(self, kept: tuple[int, ...]) -> Seen:
        """The same samples as if the other views were missing."""
        present = torch.stack(
            [column * (number in kept) for number, column in enumerate(self.present.unbind(-1))], dim=-1
        )
        features = {
            name: value * (number in kept) for number, (name, value) in enumerate(self.features.items())
        }
        return Seen(features, self.targets, present, kept)


class Mdgm(nn.Module):
    """L classes and S latents of each sample are one batch; `onehot` is (K, K), all classes, or (B, 1, K)."""

    def __init__(self, facts: Facts, latent: int, view: str = "", joint: bool = False) -> None:
        super().__init__()
        self.place = _place(facts, view)
        self.shapes = facts.shapes[self.place]
        self.backbone = Backbone(replace(facts, shapes=self.shapes))
        self.classes: torch.Tensor
        self.register_buffer("classes", torch.eye(facts.classes))
        widths = {shape.name: wide for shape, wide in zip(self.shapes, self.backbone.widths, strict=True)}
        if joint:  # one expert that sees all views
            widths = {"+".join(widths): sum(widths.values())}
        self.joint = joint
        self.experts = nn.ModuleList()
        for name, wide in widths.items():
            with seeded(facts.seed, f"init/expert/{name}"):
                self.experts.append(Expert(wide, facts.classes, latent))
        self.decoders = nn.ModuleList()
        for shape in self.shapes:
            with seeded(facts.seed, f"init/decoder/{shape.name}"):
                self.decoders.append(Decoder(shape, facts.sizes, latent, facts.classes))

    def forward(self, batch: Batch) -> torch.Tensor:
        logits: torch.Tensor = self.backbone(self._mine(batch))
        return logits

    def seen(self, batch: Batch) -> Seen:
        """What the losses need of a batch."""
        batch = self._mine(batch)
        targets = {shape.name: target(batch.values[shape.name], shape) for shape in self.shapes}
        return Seen(self.backbone.encoded(batch), targets, batch.present, tuple(range(len(self.shapes))))

    def logits(self, seen: Seen) -> torch.Tensor:
        """The classifier's (B, K)."""
        logits: torch.Tensor = self.backbone.heads[0](self.backbone.joined(seen.features))
        return logits

    def opinions(self, seen: Seen, onehot: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Locations and log-variances (B, L, M, m) of the experts, or (B, L, 1, m) of the joint one."""
        features = list(seen.features.values())
        if self.joint:
            features = [torch.cat(features, dim=-1)]
        said = [expert(given, onehot) for expert, given in zip(self.experts, features, strict=True)]
        location, log_variance = torch.stack(said, dim=-2).chunk(2, dim=-1)
        return location, log_variance.clamp(-LARGEST, LARGEST)

    def decoded(self, latents: torch.Tensor, onehot: torch.Tensor, number: int) -> torch.Tensor:
        """The mean of one view (B, L, S, n_j) at latents (B, L, S, m)."""
        mean: torch.Tensor = self.decoders[number](latents, onehot.unsqueeze(-2))
        return mean

    def squared_errors(self, latents: torch.Tensor, onehot: torch.Tensor, seen: Seen) -> torch.Tensor:
        """sum_j |x_j - mu_j(y, z)|^2 over the views that a sample has (B, L, S)."""
        errors = []
        for number in seen.kept:
            shape = self.shapes[number]
            mean = self.decoded(latents, onehot, number)
            error = squared_error(mean, seen.targets[shape.name], shape)
            errors.append(seen.present[:, number, None, None] * error)
        return torch.stack(errors).sum(0)

    @property
    def dimensions(self) -> int:
        """n, the numbers in all views that it looks at."""
        return sum(width(shape) for shape in self.shapes)

    def _mine(self, batch: Batch) -> Batch:
        """With the views alone that this network looks at."""
        return replace(batch, present=batch.present[:, self.place])


class Expert(nn.Module):
    """From a view's features (B, width) and one-hot classes to (B, L, 2 m)."""

    def __init__(self, features: int, classes: int, latent: int) -> None:
        super().__init__()
        self.first = Conditional(features, classes, HIDDEN)
        self.second = nn.Sequential(nn.ReLU(), nn.Linear(HIDDEN, 2 * latent))

    def forward(self, features: torch.Tensor, onehot: torch.Tensor) -> torch.Tensor:
        said: torch.Tensor = self.second(self.first(features[:, None], onehot))
        return said


def dimensions(facts: Facts, view: str = "") -> int:
    """n, the numbers in all views of a sample, or in one."""
    return sum(width(shape) for shape in facts.shapes[_place(facts, view)])


def _place(facts: Facts, view: str) -> slice:
    """Where the views are that a model looks at: one, or all if none is named."""
    names = [shape.name for shape in facts.shapes]
    if not view:
        return slice(None)
    if view not in names:
        raise TailmarkError(
            f"Expected `view` to be one of {', '.join(names)}; got '{view}'.{nearest(view, names)} "
            "Correct the suite's `methods` in params.yaml."
        )
    return slice(names.index(view), names.index(view) + 1)
