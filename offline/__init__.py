"""Learning from history: import, dataset, baseline, backtest, report and audit."""
