"""Rules about requests, in plain Python."""
