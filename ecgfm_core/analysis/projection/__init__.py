"""Embeddings in two dimensions: laying out a cohort, saying what the picture keeps, placing what is new."""
