"""Shared building blocks without tables: transactions, bulk writes, errors, fields, caching."""
