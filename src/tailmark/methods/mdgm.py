"""MDGM, a reconstruction: a deep generative model of several views, with t distributions (papers 000 and 001).

The paper's text is not public. This is our reconstruction from the ingredients that its abstract names; every choice
that it leaves open is a setting. With n numbers in all views x_1, ..., x_M, a latent z of m numbers and a class y:

    p(y)      = pi_y                                                  uniform, or as among the labelled samples
    p(z)      = t(0, I, nu)
    p(x|y,z)  = t( mu_j(y, z) for each view j, (nu + |z|^2) / (nu + m) sigma^2 I, nu + m )     one t for all views
    q(y|x)    = softmax f(h_1, ..., h_M),   h_j = encoder_j(x_j)
    q(z|x,y)  = t( mu, nu / (nu + n) Sigma, nu + n ),   mu and Sigma by `product` from an expert a view

    l(x, k)   = 1/2 [ sum_j |x_j - mu_j(k, z)|^2 / sigma^2 + R(mu, Sigma) ],   z ~ q(z|x, k)    the gamma-power loss
    L(x, y)   = l(x, y) - log pi_y
    U(x)      = sum_k q(k|x) [ l(x, k) - log pi_k + log q(k|x) ]                              `unlabelled: shannon`
    J         = N_l / N mean L + N_u / N mean U + strength mean -log q(y|x)                           N = N_l + N_u

R is the gamma-power divergence from the posterior to its prior, scaled to tend to 2 KL as nu grows; gamma is tied to
-2 rho / (nu + n + m). A view that is missing leaves out its expert and its part of the sum; n stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, ClassVar, Literal

from tailmark.errors import TailmarkError
from tailmark.mdgm.constants import constants
from tailmark.semi.step import Draw, Sees

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from tailmark.mdgm import network as networks
    from tailmark.mdgm.network import Seen
    from tailmark.mdgm.objective import Model
    from tailmark.semi.step import Batch, Facts, Step

SIGMA = 0.242  # 1 / sqrt(2 pi e): where the t model's prior has the scale 1 however many numbers a sample has


@dataclass(frozen=True)
class Mdgm:
    """The defaults are ours: the paper's own values are not known."""

    nu: float = 10.0  # degrees of freedom
    rho: float = 1.0  # of gamma: 1 is the t3VAE's, towards 0 the Kullback-Leibler divergence
    sigma: float = SIGMA  # of the decoders
    latent: int = 16  # m; the published size is unknown
    product: Literal["calibrated", "raw", "q-product", "mixture", "concatenation"] = "calibrated"
    unlabelled: Literal["shannon", "power"] = (
        "shannon"  # the class's part of U: its entropy, or the power form
    )
    prior: Literal["uniform", "labelled"] = "uniform"  # pi
    uses_pool: bool = True  # false: the labelled samples alone
    view: str = ""  # one view's name: the others are not looked at
    strength: float = 1.0  # of the classifier's term; lambda

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("strength", (1.0, 0.1, 10.0, 100.0))

    def __post_init__(self) -> None:
        check_sizes(self.sigma, self.latent)
        constants(self.nu, 1, 1, 0.0, self.rho)  # refuses a nu and a rho for which the loss is undefined
        if self.unlabelled == "power" and self.rho != 1:
            raise TailmarkError(
                "The power form of the class's part is derived for rho = 1; "
                f"got `unlabelled: power` with rho {self.rho:g}. Change one of them."
            )

    @property
    def sees(self) -> tuple[Sees, ...]:
        return ("weak",) if self.uses_pool else ()

    def build(self, facts: Facts) -> networks.Mdgm:
        from tailmark.mdgm.network import Mdgm  # noqa: PLC0415

        return Mdgm(facts, self.latent, self.view, joint=self.product == "concatenation")

    def noise(self, facts: Facts) -> dict[str, Draw]:
        from tailmark.mdgm.network import dimensions  # noqa: PLC0415

        views = 1 if self.view else len(facts.shapes)
        parts = views if self.product == "mixture" else 1
        freedom = self.nu + dimensions(facts, self.view)
        of_labelled, of_pool = (facts.batch, 1, parts), (facts.pool_batch, facts.classes, parts)
        return {
            "normal": Draw("normal", (*of_labelled, self.latent)),
            "chisquare": Draw("chisquare", of_labelled, freedom),
            "pool/normal": Draw("normal", (*of_pool, self.latent)),
            "pool/chisquare": Draw("chisquare", of_pool, freedom),
        }

    def memory(self, facts: Facts) -> dict[str, list[float]]:
        counts = facts.counts if self.prior == "labelled" else (1,) * facts.classes
        return {"log_prior": [log(count / sum(counts)) for count in counts]}

    def learn(self, step: Step) -> Tensor:
        """J."""
        from torch.nn.functional import cross_entropy  # noqa: PLC0415

        from tailmark.mdgm.objective import expected, prior_terms, terms  # noqa: PLC0415

        network, noise, facts = step.network, step.noise, step.facts
        model = self.model(network)
        log_prior = prior_terms(step.memory["log_prior"], model)

        seen = network.seen(step.labelled)
        logits = network.logits(seen)
        own = network.classes[step.labels][:, None]
        with_own = terms(network, seen, own, model, (noise["normal"], noise["chisquare"]))
        sure = logits.new_zeros(len(logits), 1)
        labelled = expected(with_own, sure, log_prior[step.labels][:, None], model).mean()
        classification = self.strength * cross_entropy(logits, step.labels)
        if not self.uses_pool or not facts.pool:
            return labelled + classification

        seen = network.seen(step.weak)
        log_q = network.logits(seen).log_softmax(-1)
        with_all = terms(
            network, seen, network.classes, model, (noise["pool/normal"], noise["pool/chisquare"])
        )
        unlabelled = expected(with_all, log_q, log_prior, model).mean()
        share = facts.labelled / (facts.labelled + facts.pool)
        return share * labelled + (1 - share) * unlabelled + classification

    def readings(
        self, network: networks.Mdgm, batch: Batch, memory: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """The class of the smallest l(x, k) - log pi_k. Nothing is drawn: z is the posterior's location."""
        from tailmark.mdgm.objective import class_losses, terms  # noqa: PLC0415

        model = self.model(network)
        given = terms(network, network.seen(batch), network.classes, model, noise=None)
        return {"generative": memory["log_prior"] - class_losses(given, model.constants)}

    def sampling(self, facts: Facts, each: int) -> dict[str, Draw]:
        """The numbers that `samples` takes for so many of each class."""
        from tailmark.mdgm.network import dimensions  # noqa: PLC0415

        n = facts.classes * each
        return {
            "normal": Draw("normal", (n, self.latent)),
            "chisquare": Draw("chisquare", (n,), self.nu + dimensions(facts, self.view)),
        }

    def samples(self, network: networks.Mdgm, noise: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Views (K, s, ...) of each class: the decoders' means at z ~ t(0, tau^2 I, nu + n), where R is zero."""
        from tailmark.mdgm.noise import drawn  # noqa: PLC0415
        from tailmark.mdgm.samples import of_classes  # noqa: PLC0415

        centre = noise["normal"].new_zeros(noise["normal"].shape)
        log_variance = centre + log(self.model(network).constants.s)
        return of_classes(network, drawn(centre, log_variance, noise["normal"], noise["chisquare"], self.nu))

    def crossed(self, network: networks.Mdgm, batch: Batch) -> dict[str, Tensor]:
        """Each view (B, ...) from the others, at the posterior's location."""
        from tailmark.mdgm.posterior import posterior  # noqa: PLC0415
        from tailmark.mdgm.samples import crossed  # noqa: PLC0415

        model = self.model(network)

        def located(network: networks.Mdgm, others: Seen, onehot: Tensor) -> Tensor:
            found = posterior(network, others, onehot, model.product, model.constants)
            return (found.share.unsqueeze(-1) * found.location).sum(-2)

        return crossed(network, batch, located)

    def model(self, network: networks.Mdgm) -> Model:
        """The choices that decide the loss, with their constants."""
        from tailmark.mdgm.objective import Model  # noqa: PLC0415

        n = network.dimensions
        fixed = constants(self.nu, n, self.latent, n * log(self.sigma), self.rho)
        return Model(fixed, self.sigma, self.product, self.unlabelled)


def check_sizes(sigma: float, latent: int) -> None:
    """Settings that the Gaussian models have too."""
    if sigma <= 0 or latent < 1:
        raise TailmarkError(
            f"Expected `sigma` above 0 and `latent` of at least 1; got {sigma:g} and {latent}. Correct the suite's "
            "`methods` in params.yaml."
        )


method = Mdgm
