"""Queries on requests: the queue, counts, search and a customer's requests."""
