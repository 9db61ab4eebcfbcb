"""Filing and deciding requests; one file for each kind of request."""
