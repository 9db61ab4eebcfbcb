"""Imports and exports over the API (contract, section 12)."""
