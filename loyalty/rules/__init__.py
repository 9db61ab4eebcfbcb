"""Decisions about loyalty in plain Python: no rows, no clock, no Django."""
