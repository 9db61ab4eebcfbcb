"""Readers for uploaded tables, row by row, from any position."""
