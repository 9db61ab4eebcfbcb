"""Bringing in files of what loyalty keeps."""
