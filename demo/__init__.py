"""Invented data for demonstration and tests, each piece marked as such; production has none of it."""
