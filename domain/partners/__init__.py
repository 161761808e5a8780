"""Partner matching: what suits a lead, and why. No clock, no I/O."""
