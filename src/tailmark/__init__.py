"""A benchmark of learning from long-tailed data."""

__version__ = "0.1.0"
