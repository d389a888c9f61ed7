"""The demo encoder: `python -m ecgfm_core.training.demo RECORDINGS FOLDER` makes it from the development recordings.

recordings  who is kept apart, what is known of whom
recipe      the trainings, one after another and side by side
judging     what encoders say of recordings that they did not learn from
making      all of it, in order
"""
