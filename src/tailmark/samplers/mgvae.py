"""MGVAE as a sampler."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from numpy.typing import NDArray
from sklearn.utils._param_validation import StrOptions

from tailmark.samplers.generating import AT_LEAST_ONE, COMMON, NOT_NEGATIVE, Constraints, Generating, appended
from tailmark.samplers.scale import Range


class MGVAE(Generating):
    """Over-sampling by a variational auto-encoder whose prior is the majority class (Ai et al. 2023).

    One model is trained on the largest class and then, for each class that lacks samples, fine-tuned on that class
    while elastic weight consolidation holds it near where it was. Each new sample comes from one majority sample,
    its exemplar, with what the smaller class has that the majority has not.

    Parameters
    ----------
    sampling_strategy, random_state
        As everywhere in imbalanced-learn.
    feature_range : None, (0, 1) or (-1, 1)
        Where the features live. None: each is scaled to -1 .. 1 by its least and greatest value in X, and new
        samples are scaled back. A range declares that X is scaled already; a value outside is an error.
    exemplars : int
        Majority samples that make up the prior in one training step.
    latent, hidden : int
        Latent dimensions; width of the hidden layers.
    variance : "shared" or "diagonal"
        The encoder's variance: one number for all, or its own for each sample and dimension.
    prior : "majority" or "gaussian"
        The Gaussian prior makes it a plain variational auto-encoder a class.
    likelihood : "sse", "gaussian" or "bernoulli"
        Squared error, as published; the same with a learned variance, which is better where features vary little
        in their range; or features as probabilities, which needs `feature_range=(0, 1)`.
    pretraining : bool
        Whether to begin with the majority.
    ewc, ewc_step : float; "penalty" or "proximal"
        How strongly weights are held near the pre-trained ones; "proximal" is stable where this is very large.
    epochs, fine_tuning_epochs, batch, learning_rate
        Training on the majority, training on the smaller class, and Adam's settings in both.
    fisher_samples : int
        Samples that tell how much each weight matters.
    generate : "mean" or "sample"
        The decoder's mean, or with the noise of the likelihood.

    Attributes
    ----------
    sampling_strategy_ : dict
        How many new samples of each class.
    exemplars_ : dict
        For each class with new samples the rows of X that were their exemplars, in order; None without any.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    Notes
    -----
    * New samples come after the originals, which stay as they are; X keeps its type, whole numbers are rounded.
    * No exemplar comes a second time before every majority sample came once, however many samples are asked for.
    * A majority of fewer than `exemplars` samples is the whole prior.
    * A class of one sample is learned like any other. Where two classes are the largest, the first is the majority.
    * A constant feature stays exactly constant. Missing values and sparse matrices are refused.
    """

    _method: ClassVar[str] = "mgvae"
    _parameter_constraints: ClassVar[Constraints] = {
        **COMMON,
        "exemplars": [AT_LEAST_ONE],
        "variance": [StrOptions({"shared", "diagonal"})],
        "prior": [StrOptions({"majority", "gaussian"})],
        "pretraining": ["boolean"],
        "ewc": [NOT_NEGATIVE],
        "ewc_step": [StrOptions({"penalty", "proximal"})],
        "fine_tuning_epochs": [AT_LEAST_ONE],
        "fisher_samples": [AT_LEAST_ONE],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn finds the settings here
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        feature_range: Range | None = None,
        exemplars: int = 700,
        latent: int = 10,
        hidden: int = 300,
        variance: Literal["shared", "diagonal"] = "shared",
        prior: Literal["majority", "gaussian"] = "majority",
        likelihood: Literal["sse", "bernoulli", "gaussian"] = "sse",
        pretraining: bool = True,
        ewc: float = 500.0,
        ewc_step: Literal["penalty", "proximal"] = "penalty",
        epochs: int = 200,
        fine_tuning_epochs: int = 200,
        batch: int = 100,
        learning_rate: float = 5e-3,
        fisher_samples: int = 100,
        generate: Literal["mean", "sample"] = "mean",
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.feature_range = feature_range
        self.exemplars = exemplars
        self.latent = latent
        self.hidden = hidden
        self.variance = variance
        self.prior = prior
        self.likelihood = likelihood
        self.pretraining = pretraining
        self.ewc = ewc
        self.ewc_step = ewc_step
        self.epochs = epochs
        self.fine_tuning_epochs = fine_tuning_epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.fisher_samples = fisher_samples
        self.generate = generate

    def _fit_resample(self, X: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        made = self._new_samples(X, y)
        self.exemplars_ = {label: new.guides for label, new in made.items()}
        return appended(X, y, made)
