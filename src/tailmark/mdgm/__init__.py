"""The multi-modal deep generative model with Student's t distributions: its mathematics, its network, its samples."""
