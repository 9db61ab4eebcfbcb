"""Decisions about customers in plain Python: no rows, no clock, no Django."""
