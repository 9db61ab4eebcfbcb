"""Bringing in bills and returns, one row a line or one row a bill."""
