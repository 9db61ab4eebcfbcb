"""Change requests and their approval by a second person (contract, section 6)."""
