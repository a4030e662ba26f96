"""MGVAE and OCVAE for your own arrays: over-samplers with the interface of imbalanced-learn.

They have the settings that the benchmark's methods have for tabular data, and give the same lessons.
"""

from tailmark.samplers.mgvae import MGVAE
from tailmark.samplers.ocvae import OCVAE

__all__ = ["MGVAE", "OCVAE"]
