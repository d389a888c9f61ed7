"""Training: sources of labelled recordings, augmentation, plain loops."""
