"""Shared admin code: staff see their own organization, and every change is audited."""
