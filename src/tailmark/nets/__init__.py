"""Networks, each written for one model: plain torch, no knowledge of runs or stacks."""
