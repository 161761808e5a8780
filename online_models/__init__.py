"""The models: river learners warm-started offline, read as scorecards, kept as JSON. Pure: no clock, no I/O."""
