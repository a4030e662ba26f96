"""Generators: models that are trained to make new samples of small classes. Needs torch and NumPy alone."""
