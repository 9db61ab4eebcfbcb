"""Exports: lists that can be downloaded as files, by declaration."""
