"""Training: from a plan to run files. Needs torch, numpy and the prepared files alone."""
