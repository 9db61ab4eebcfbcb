"""Decisions of tenancy that need no rows."""
