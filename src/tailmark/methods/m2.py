"""M2 over several views (Kingma et al. 2014), with the product of experts and sub-sampling of MVAE (Wu & Goodman 2018).

    l_S(x, k) = 1/2 sum_{j in S} |x_j - mu_j(k, z)|^2 / sigma^2 + KL(q(z|x_S, k) || N(0, I)),   z ~ q(z|x_S, k)
    L(x, y)   = sum_S [ l_S(x, y) - log pi_y ]
    U(x)      = sum_S sum_k q(k|x_S) [ l_S(x, k) - log pi_k + log q(k|x_S) ]
    J         = N_l / N mean L + N_u / N mean U + strength mean -log q(y|x)                    N = N_l + N_u

S runs over all views together and each of them alone: each expert and the classifier learn to do without the others.
q(z|x_S, k) is the product of the experts in S and N(0, I); pi is uniform. Neither paper has all of this: M2 has one
view, MVAE no classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tailmark.methods.mdgm import SIGMA, check_sizes
from tailmark.semi.step import Draw, Sees

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from tailmark.mdgm.network import Mdgm, Seen
    from tailmark.semi.step import Batch, Facts, Step


@dataclass(frozen=True)
class M2:
    """The network and its sizes are those of `mdgm`."""

    sigma: float = SIGMA  # of the decoders
    latent: int = 16
    strength: float = 1.0  # of the classifier's term; alpha / N in M2's paper

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("strength", (1.0, 0.1, 10.0, 100.0))
    sees: ClassVar[tuple[Sees, ...]] = ("weak",)

    def __post_init__(self) -> None:
        check_sizes(self.sigma, self.latent)

    def build(self, facts: Facts) -> Mdgm:
        from tailmark.mdgm.network import Mdgm  # noqa: PLC0415

        return Mdgm(facts, self.latent)

    def noise(self, facts: Facts) -> dict[str, Draw]:
        subsets = len(_subsets(len(facts.shapes)))
        return {
            "normal": Draw("normal", (subsets, facts.batch, 1, self.latent)),
            "pool/normal": Draw("normal", (subsets, facts.pool_batch, facts.classes, self.latent)),
        }

    def learn(self, step: Step) -> Tensor:
        """J."""
        from torch.nn.functional import cross_entropy  # noqa: PLC0415

        network, facts = step.network, step.facts
        seen = network.seen(step.labelled)
        of_labelled = self.summed(network, seen, step.noise["normal"], step.labels)
        classification = self.strength * cross_entropy(network.logits(seen), step.labels)
        if not facts.pool:
            return of_labelled + classification
        of_pool = self.summed(network, network.seen(step.weak), step.noise["pool/normal"])
        share = facts.labelled / (facts.labelled + facts.pool)
        return share * of_labelled + (1 - share) * of_pool + classification

    def summed(self, network: Mdgm, seen: Seen, normal: Tensor, labels: Tensor | None = None) -> Tensor:
        """mean L, or without labels mean U. A sample that has none of the views of S adds nothing for S."""
        from tailmark.mdgm.evidence import class_losses, labelled, unlabelled  # noqa: PLC0415

        onehot = network.classes if labels is None else network.classes[labels][:, None]
        total = normal.new_zeros(())
        for views, numbers in zip(_subsets(len(network.shapes)), normal, strict=True):
            some = seen.keeping(views)
            losses = class_losses(network, some, onehot, numbers, self.sigma, beta=1.0)
            if labels is None:
                each = unlabelled(losses, network.logits(some))
            else:
                each = labelled(losses, len(network.classes))
            total = total + (some.present.amax(-1) * each).mean()
        return total

    def readings(self, network: Mdgm, batch: Batch, memory: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The class of the smallest l(x, k), from all views. Nothing is drawn: z is the posterior's mean."""
        from tailmark.mdgm.evidence import class_losses  # noqa: PLC0415

        seen = network.seen(batch)
        return {"generative": -class_losses(network, seen, network.classes, None, self.sigma, beta=1.0)}

    def sampling(self, facts: Facts, each: int) -> dict[str, Draw]:
        """The numbers that `samples` takes for so many of each class."""
        return {"normal": Draw("normal", (facts.classes * each, self.latent))}

    def samples(self, network: Mdgm, noise: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Views (K, s, ...) of each class: the decoders' means at z ~ N(0, I)."""
        from tailmark.mdgm.samples import of_classes  # noqa: PLC0415

        return of_classes(network, noise["normal"])

    def crossed(self, network: Mdgm, batch: Batch) -> dict[str, Tensor]:
        """Each view (B, ...) from the others, at the posterior's mean."""
        from tailmark.mdgm.evidence import location  # noqa: PLC0415
        from tailmark.mdgm.samples import crossed  # noqa: PLC0415

        return crossed(network, batch, location)


def _subsets(views: int) -> tuple[tuple[int, ...], ...]:
    """All views, and each alone."""
    every = tuple(range(views))
    return (every, *((view,) for view in every)) if views > 1 else (every,)


method = M2
