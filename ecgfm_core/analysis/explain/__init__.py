"""What a score rests on: maps over the samples of a recording, one file a method."""
