"""Bytes -> Record. One file a format, each with `looks_like` and `read`; read.py chooses by content."""
