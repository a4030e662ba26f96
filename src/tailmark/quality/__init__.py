"""How good generated samples are, as numbers. NumPy alone is needed, so that training can use it."""

from tailmark.quality.distances import nearest_to
from tailmark.quality.judged import Judge
from tailmark.quality.ofclass import Real, of_class

__all__ = ["Judge", "Real", "nearest_to", "of_class"]
