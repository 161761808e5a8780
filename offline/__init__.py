"""Learning from history: datasets, training, backtests."""
