"""Several views of a sample at once: experts, how they join their views, and how their votes are weighed."""
