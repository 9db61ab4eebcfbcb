"""Decisions about requests in plain Python."""
