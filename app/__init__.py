"""The dashboard and the command line. Computes nothing; draws what `ecgfm_core` gives."""
