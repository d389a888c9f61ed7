"""The network and its weights. Knows tensors only."""
