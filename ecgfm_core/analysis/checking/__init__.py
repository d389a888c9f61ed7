"""Whether a map may be believed: what changes when its cells are removed, or the weights, or hardly anything."""
