"""Learning from history: import, dataset, baseline, backtest and report."""
