"""Explain: what a score rests on, and whether to believe it."""
