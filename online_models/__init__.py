"""The models: river learners, warm-started, read as scorecards, kept as JSON. No clock, no I/O."""
