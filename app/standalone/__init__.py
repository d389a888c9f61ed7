"""Pages that stand alone: one HTML file each, to open, mail or print without a server or a network."""
