"""Training with few labels: ready, run, search for a setting, fit, and the answers that are kept."""
