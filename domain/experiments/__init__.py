"""Experiments: what is declared, which arm a lead has, and what the figures say."""
