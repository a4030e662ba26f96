"""Learning from a few labels and a pool without: what a method sees of a step, its network, and what is drawn."""
