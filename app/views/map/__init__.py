"""The page Map, a section a file."""
