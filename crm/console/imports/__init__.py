"""Bringing in files: upload, reading of columns, dry run, confirmation, progress, result."""
