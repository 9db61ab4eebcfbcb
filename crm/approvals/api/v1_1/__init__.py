"""Requests in v1.1 (contract, section 5.3)."""
