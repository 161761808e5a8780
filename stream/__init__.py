"""The live consumer: from a committed change to a committed score."""
