"""Imports and exports in v2."""
