"""Training over several views: ready, run, fit on a core or side by side on a GPU, and the answers that are kept."""
