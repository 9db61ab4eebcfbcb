"""Use cases that span several apps, one function each."""
