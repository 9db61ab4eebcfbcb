"""Tables that people bring in as files: what is in them, row by row, from wherever one stopped."""
