"""Seeding and firing demo events."""
