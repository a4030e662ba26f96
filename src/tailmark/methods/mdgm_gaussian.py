"""The Gaussian control of `mdgm`: the same network and the same objective, with Gaussian distributions throughout.

    l(x, k) = 1/2 sum_j |x_j - mu_j(k, z)|^2 / sigma^2 + beta KL(q(z|x, k) || N(0, I)),   z ~ q(z|x, k)
    L(x, y) = l(x, y) - log pi_y
    U(x)    = sum_k q(k|x) [ l(x, k) - log pi_k + log q(k|x) ]
    J       = N_l / N mean L + N_u / N mean U + strength mean -log q(y|x)                      N = N_l + N_u

q(z|x, k) is MVAE's product of the views' experts and N(0, I); pi is uniform. Where a sample has many more numbers
than nu, the t model's divergence is about tau^2 times a Gaussian one, tau the scale of its prior. So "t or Gaussian"
is confounded with the weight of the divergence, unless beta = tau^2: `beta: matched`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, ClassVar, Literal

from tailmark.mdgm.constants import constants
from tailmark.methods.mdgm import SIGMA, check_sizes
from tailmark.semi.step import Draw, Sees

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from tailmark.mdgm.network import Mdgm
    from tailmark.semi.step import Batch, Facts, Step


@dataclass(frozen=True)
class MdgmGaussian:
    """In all but the distributions as `mdgm`."""

    beta: Literal["one", "matched"] = "matched"  # one: the evidence bound of M2 with a product of experts
    nu: float = 10.0  # of the t model whose tau^2 is matched
    sigma: float = SIGMA  # of the decoders
    latent: int = 16
    strength: float = 1.0  # of the classifier's term

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("strength", (1.0, 0.1, 10.0, 100.0))
    sees: ClassVar[tuple[Sees, ...]] = ("weak",)

    def __post_init__(self) -> None:
        check_sizes(self.sigma, self.latent)
        constants(self.nu, 1, 1, 0.0)  # refuses a nu for which there is nothing to match

    def build(self, facts: Facts) -> Mdgm:
        from tailmark.mdgm.network import Mdgm  # noqa: PLC0415

        return Mdgm(facts, self.latent)

    def noise(self, facts: Facts) -> dict[str, Draw]:
        return {
            "normal": Draw("normal", (facts.batch, 1, self.latent)),
            "pool/normal": Draw("normal", (facts.pool_batch, facts.classes, self.latent)),
        }

    def learn(self, step: Step) -> Tensor:
        """J."""
        from torch.nn.functional import cross_entropy  # noqa: PLC0415

        from tailmark.mdgm.evidence import class_losses, labelled, unlabelled  # noqa: PLC0415

        network, facts = step.network, step.facts
        beta = self.weight(network)

        seen = network.seen(step.labelled)
        own = network.classes[step.labels][:, None]
        losses = class_losses(network, seen, own, step.noise["normal"], self.sigma, beta)
        of_labelled = labelled(losses, facts.classes).mean()
        classification = self.strength * cross_entropy(network.logits(seen), step.labels)
        if not facts.pool:
            return of_labelled + classification

        seen = network.seen(step.weak)
        losses = class_losses(network, seen, network.classes, step.noise["pool/normal"], self.sigma, beta)
        of_pool = unlabelled(losses, network.logits(seen)).mean()
        share = facts.labelled / (facts.labelled + facts.pool)
        return share * of_labelled + (1 - share) * of_pool + classification

    def readings(self, network: Mdgm, batch: Batch, memory: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The class of the smallest l(x, k). Nothing is drawn: z is the posterior's mean."""
        from tailmark.mdgm.evidence import class_losses  # noqa: PLC0415

        losses = class_losses(
            network, network.seen(batch), network.classes, None, self.sigma, self.weight(network)
        )
        return {"generative": -losses}

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

    def weight(self, network: Mdgm) -> float:
        """beta."""
        if self.beta == "one":
            return 1.0
        n = network.dimensions
        return constants(self.nu, n, self.latent, n * log(self.sigma)).tau2


method = MdgmGaussian
