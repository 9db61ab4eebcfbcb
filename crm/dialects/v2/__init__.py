"""The v2 dialect: JSON."""
