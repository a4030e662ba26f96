"""OCVAE as a sampler."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar, Literal

from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from tailmark.samplers.generating import COMMON, Constraints, Generating, appended
from tailmark.samplers.scale import Range


class OCVAE(Generating):
    """Over-sampling by one conditional variational auto-encoder of all classes (Fajardo et al. 2021).

    The model is trained on the imbalanced data as they are and told the class of each sample; new samples are decoded
    from standard Gaussian noise and the class.

    Parameters
    ----------
    sampling_strategy, random_state
        As everywhere in imbalanced-learn.
    feature_range : None, (0, 1) or (-1, 1)
        Where the features live. None: each is scaled to -1 .. 1 by its least and greatest value in X, and new
        samples are scaled back. A range declares that X is scaled already; a value outside is an error.
    latent, hidden : int
        Latent dimensions; width of the hidden layers.
    likelihood : "sse", "gaussian" or "bernoulli"
        Squared error; the same with a learned variance, which is better where features vary little in their range;
        or features as probabilities, which needs `feature_range=(0, 1)`.
    epochs, batch, learning_rate, decay
        Adam's settings; the learning rate is multiplied by `decay` after every epoch.
    generate : "mean" or "sample"
        The decoder's mean, or with the noise of the likelihood.

    Attributes
    ----------
    sampling_strategy_ : dict
        How many new samples of each class.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    Notes
    -----
    * New samples come after the originals, which stay as they are; X keeps its type, whole numbers are rounded.
    * A class of one sample is learned like any other; the largest class gets no new samples.
    * A constant feature stays exactly constant. Missing values and sparse matrices are refused.
    """

    _method: ClassVar[str] = "ocvae"
    _parameter_constraints: ClassVar[Constraints] = {
        **COMMON,
        "decay": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn finds the settings here
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        feature_range: Range | None = None,
        latent: int = 10,
        hidden: int = 300,
        likelihood: Literal["sse", "bernoulli", "gaussian"] = "sse",
        epochs: int = 200,
        batch: int = 100,
        learning_rate: float = 5e-3,
        decay: float = 1.0,
        generate: Literal["mean", "sample"] = "mean",
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.feature_range = feature_range
        self.latent = latent
        self.hidden = hidden
        self.likelihood = likelihood
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.decay = decay
        self.generate = generate

    def _fit_resample(self, X: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        return appended(X, y, self._new_samples(X, y))
