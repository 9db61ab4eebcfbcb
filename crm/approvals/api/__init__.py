"""Requests and decisions over the wire."""
