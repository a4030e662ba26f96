"""The networks of paper 004: experts that join several views, and a module that assesses each view.

Every part is drawn under a seed of its own name, so two methods with the same seed begin with the same encoders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import torch
from torch import nn

from tailmark import streams
from tailmark.fusion.design import Design
from tailmark.nets.chosen import encoder
from tailmark.nets.joins import Concatenation, Gated, Joined, LowRank, Shared, Sum
from tailmark.nets.mlp import CosineHead
from tailmark.nets.views import Encoders, ViewShape

Views = Mapping[str, torch.Tensor]
Part = TypeVar("Part", bound=nn.Module)

PAPER_DEVIATION = 0.001  # of every weight that paper 004 draws


class Said(NamedTuple):
    """What a network says of a batch of B samples; labels have no part in it."""

    logits: torch.Tensor  # (B, experts, K)
    assessed: torch.Tensor | None  # f of each view, (B, views, K), the views in the design's order
    confidence: torch.Tensor | None  # g of each view, (B, views)


class Judged(NamedTuple):
    """What the module says of one view."""

    features: torch.Tensor
    logits: torch.Tensor  # f, (B, K)
    confidence: torch.Tensor  # g, (B, 1)


class Judge(nn.Module):
    """The assessment module's part for one view: f and g share all but their last layers."""

    def __init__(self, view: ViewShape, classes: int, sizes: Encoders) -> None:
        super().__init__()
        self.encoder, self.width = encoder(view, sizes)
        self.classifier = nn.Linear(self.width, classes)  # f
        self.confidence = nn.Linear(self.width, 1)  # g

    def forward(self, view: torch.Tensor) -> Judged:
        features = self.encoder(view)
        return Judged(features, self.classifier(features), self.confidence(features))


class ExpertNetwork(nn.Module):
    """One expert: its encoders, none if it builds on the module's, and a classifier of the joined features.

    It may also have a head a view, of that view's features alone.
    """

    def __init__(
        self,
        views: tuple[str, ...],
        encoders: list[nn.Module],
        classifier: Joined | Sum | Shared,
        heads: list[nn.Module],
        widths: Sequence[int],
    ) -> None:
        super().__init__()
        self.views, self.widths = views, tuple(widths)  # features of each view
        self.encoders = nn.ModuleList(encoders)
        self.classifier = classifier
        self.heads = nn.ModuleList(heads)

    def encoded(self, views: Views) -> list[torch.Tensor]:
        """The features of each view."""
        return [encode(views[name]) for name, encode in zip(self.views, self.encoders, strict=True)]

    def alone(self, features: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """What each view says by itself in the classifier of all, the others being absent."""
        return self.classifier.alone(features)

    def apart(self, features: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """What the view's own head says of it."""
        return [head(each) for head, each in zip(self.heads, features, strict=True)]

    def singly(self, features: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """What each view says, by its own head where there is one."""
        return self.apart(features) if self.heads else self.alone(features)

    def forward(self, views: Views, shared: Views, weights: Views) -> torch.Tensor:
        features = self.encoded(views) if self.encoders else [shared[name] for name in self.views]
        if weights:
            features = [weights[name] * each for name, each in zip(self.views, features, strict=True)]
        logits: torch.Tensor = self.classifier(features)
        return logits


class Network(nn.Module):
    """All experts, and a judge a view if the design assesses views."""

    def __init__(self, design: Design, experts: list[ExpertNetwork], judges: list[Judge]) -> None:
        super().__init__()
        self.assessment = design.assessment
        self.views = design.views
        self.experts = nn.ModuleList(experts)
        self.judges = nn.ModuleList(judges)

    @property
    def first(self) -> ExpertNetwork:
        """The first expert, of some designs the only one."""
        expert = self.experts[0]
        assert isinstance(expert, ExpertNetwork)
        return expert

    def forward(self, views: Views) -> Said:
        if self.assessment is None:
            return Said(self._experts(views, {}, {}), None, None)
        judged = {name: judge(views[name]) for name, judge in zip(self.views, self.judges, strict=True)}
        shared, weights = {}, {}
        if self.assessment.shares_encoders:
            shared = {name: word.features for name, word in judged.items()}
        if self.assessment.weighs:
            weights = {name: self._weight(word.confidence) for name, word in judged.items()}
        return Said(
            self._experts(views, shared, weights),
            torch.stack([word.logits for word in judged.values()], dim=-2),
            torch.cat([word.confidence for word in judged.values()], dim=-1),
        )

    def _experts(self, views: Views, shared: Views, weights: Views) -> torch.Tensor:
        return torch.stack([expert(views, shared, weights) for expert in self.experts], dim=-2)

    def _weight(self, confidence: torch.Tensor) -> torch.Tensor:
        passes = self.assessment is not None and self.assessment.passes_confidence
        return confidence if passes else confidence.detach()


def network(
    design: Design, views: tuple[ViewShape, ...], classes: int, sizes: Encoders, seed: int
) -> Network:
    """The design's network with its first weights; `views` may hold more views than the design uses."""
    shapes = {view.name: view for view in views}
    judges = _judges(design, shapes, classes, sizes, seed)
    shares = design.assessment is not None and design.assessment.shares_encoders
    experts = []
    for number, expert in enumerate(design.experts):
        encoders, widths = [], [judges[name].width for name in expert.views if shares]
        for name in expert.views if not shares else ():
            with _draws(seed, f"init/expert/{number}/{name}"):
                encode, width = encoder(shapes[name], sizes)
                encoders.append(_begun(encode, sizes))
                widths.append(width)
        with _draws(seed, f"init/expert/{number}/head"):
            classifier = _begun(_classifier(design, widths, classes), sizes)
        heads = _heads(design, expert.views, widths, classes, seed)
        experts.append(ExpertNetwork(expert.views, encoders, classifier, heads, widths))
    return Network(design, experts, list(judges.values()))


def _heads(
    design: Design, views: tuple[str, ...], widths: list[int], classes: int, seed: int
) -> list[nn.Module]:
    """A head a view, where what balances the views wants them."""
    if not getattr(design.balance, "heads", False):
        return []
    heads: list[nn.Module] = []
    for name, width in zip(views, widths, strict=True):
        with _draws(seed, f"init/alone/{name}"):
            heads.append(nn.Linear(width, classes))
    return heads


def _judges(
    design: Design, shapes: Mapping[str, ViewShape], classes: int, sizes: Encoders, seed: int
) -> dict[str, Judge]:
    """The assessment module, a judge a view; empty if the design has none."""
    judges: dict[str, Judge] = {}
    if design.assessment is None:
        return judges
    for name in design.views:
        with _draws(seed, f"init/module/{name}"):
            judges[name] = _begun(Judge(shapes[name], classes, sizes), sizes)
        if design.assessment.starts_at_chance:
            nn.init.constant_(judges[name].confidence.bias, 1 / classes)
    return judges


def _classifier(design: Design, widths: list[int], classes: int) -> Joined | Sum | Shared:
    """From the views' features to logits."""
    if design.join == "sum":
        return Sum(widths, classes)
    if design.join == "shared":
        return Shared(widths, classes)
    join = _join(design, widths)
    head = nn.Linear if design.head == "linear" else CosineHead
    return Joined(join, head(join.width, classes), rectifies=design.join == "low-rank")


def _join(design: Design, widths: list[int]) -> Any:
    """One of ours, or the method's own: a module that says its `width`."""
    if design.join == "concatenation":
        return Concatenation(widths)
    if design.join == "low-rank":
        return LowRank(widths, design.joined, design.rank)
    if design.join == "gated":
        return Gated(widths, design.joined)
    assert not isinstance(design.join, str)
    return design.join(widths)


@contextmanager
def _draws(seed: int, name: str) -> Iterator[None]:
    """torch's global generator as the named stream, for as long as a part is made."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(streams.integer(seed, name))
        yield


def _begun(part: Part, sizes: Encoders) -> Part:
    """The part as it was made, or as paper 004 draws it; that paper has no ResNet."""
    if sizes.init == "paper" and sizes.network == "small":
        for name, parameter in part.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            else:
                nn.init.normal_(parameter, std=PAPER_DEVIATION)
    return part
