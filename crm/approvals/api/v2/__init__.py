"""How v2 shows requests: three lists of one customer, which only read."""
