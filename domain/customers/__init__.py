"""Customers: who has bought, and what kind of customer that makes."""
