"""Import of requests from files."""
