"""Words that every room speaks; no tables, no app."""
