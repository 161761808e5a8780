"""The domain: what a lead's history says, and the score, reasons and next action that follow. Pure: no clock, no I/O."""
