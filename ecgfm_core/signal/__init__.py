"""From a record in millivolts to what the model sees, and what can be said of its quality."""
