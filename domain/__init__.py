"""The domain: from a lead's history to its score, reasons and next action. No clock, no I/O."""
