"""OGM-GE: the encoder of the view that leads is slowed down, and noise is added (Peng et al. 2022, equations 9 to 13).

    s_m  = sum_b softmax(p_m)[y_b],   p_m what view m says in the classifier of all, with its part of the bias
    rho_m = s_m / min s,   k_m = 1 - tanh(alpha rho_m) where rho_m > 1, else 1
    gradient of encoder m  <-  k_m gradient + N(0, SD(gradient)^2)

For two views rho is s_1 / s_2 and its inverse; for more, the form of BalanceBenchmark. As in the released code the
noise has the SD of the gradient before k, goes to every view, and only kernels of convolutions are touched; of an
encoder that has none, its weight matrices are, or the method would do nothing to a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tailmark.balance import Step
from tailmark.balance.declared import several
from tailmark.fusion.design import Design, Expert
from tailmark.methods import loss_of
from tailmark.objective import Floats

if TYPE_CHECKING:
    from torch import Tensor, nn

TINY = 1e-8  # beside the noise's SD


@dataclass(frozen=True)
class OgmGe:
    """On-the-fly gradient modulation with generalisation enhancement."""

    alpha: float = 0.8  # for CREMA-D; 0.1 for VGGSound
    until: float = 0.5  # share of the training: epochs 0 to 50 of 100
    noise: bool = True  # GE
    loss: str = "erm"  # any method that is a loss

    protocols: ClassVar[tuple[str, ...]] = ("corrected",)
    tuned: ClassVar[tuple[str, tuple[float, ...]]] = ("alpha", (0.8, 0.3))

    @property
    def noisy(self) -> bool:
        return self.noise

    def design(self, counts: Floats, views: tuple[str, ...]) -> Design:
        objective, head = loss_of(self.loss, counts)
        return Design((Expert(objective, several("ogm-ge", views)),), head=head, balance=self)

    def gradients(self, step: Step) -> Tensor:
        import torch  # noqa: PLC0415

        features = step.features()
        loss = step.loss(step.fused(features))
        with torch.no_grad():
            early = step.within(0.0, self.until)
            factors = 1 + early * (self._factors(split(step, features), step.labels) - 1)
        loss.backward()
        self._modulate(step, factors, early)
        return loss.detach()

    def _factors(self, alone: Sequence[Tensor], labels: Tensor) -> Tensor:
        """k of each view, (M,)."""
        import torch  # noqa: PLC0415

        chances = torch.stack(list(alone)).softmax(dim=-1)
        right = labels.expand(len(chances), -1).unsqueeze(-1)
        scores = chances.gather(-1, right).sum(dim=(1, 2))
        ratios = scores / scores.min()
        return torch.where(ratios > 1, 1 - torch.tanh(self.alpha * ratios), torch.ones_like(ratios))

    def _modulate(self, step: Step, factors: Tensor, early: Tensor) -> None:
        import torch  # noqa: PLC0415

        encoders = (modulated(step.encoder(number)) for number in range(len(factors)))
        touched = [
            (weight.grad, k) for weights, k in zip(encoders, factors, strict=True) for weight in weights
        ]
        gradients = [gradient for gradient, _ in touched if gradient is not None]
        spreads = (
            early * (torch.stack([gradient.std() for gradient in gradients]) + TINY) if self.noise else early
        )
        for gradient, factor in touched:
            assert gradient is not None
            gradient.mul_(factor)
        if self.noise:
            for gradient, spread, normal in zip(gradients, spreads, step.normal(gradients), strict=True):
                gradient.addcmul_(normal, spread)


def split(step: Step, features: Sequence[Tensor]) -> list[Tensor]:
    """What each view says, with 1/M of what the classifier says of nothing: a linear one's bias."""
    import torch  # noqa: PLC0415

    alone, nothing = step.alone(features), step.fused([torch.zeros_like(each[:1]) for each in features])
    return [logits - (1 - 1 / len(alone)) * nothing for logits in alone]


def modulated(weights: Sequence[nn.Parameter]) -> list[nn.Parameter]:
    """Kernels of convolutions; of an encoder without any, its weight matrices."""
    several = [weight for weight in weights if weight.numel() > 1]  # one number has no spread
    return [weight for weight in several if weight.ndim == 4] or [w for w in several if w.ndim > 1]


method = OgmGe
