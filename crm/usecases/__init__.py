"""Journeys through several apps: one function each."""
