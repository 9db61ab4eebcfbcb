"""Requests in v2: three read-only lists of a customer's requests."""
