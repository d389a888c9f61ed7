"""From a record to its measurements: beats, their kinds, a median beat, its boundaries, and what follows from them.

All leads are read together, at one rate (`preparing.FS`). Knows no model; numpy and scipy only.
"""
