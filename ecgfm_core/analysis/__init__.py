"""Where records, signals and encoders meet."""
