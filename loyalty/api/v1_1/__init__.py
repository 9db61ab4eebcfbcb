"""Loyalty in v1.1 (XML and JSON)."""
