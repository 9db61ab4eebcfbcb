"""Bringing in files of requests."""
