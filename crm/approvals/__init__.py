"""Requests and their approval: makers, checkers, previews (contract, section 6)."""
