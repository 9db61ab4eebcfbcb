"""The import of purchases and returns, with one row per line or per transaction."""
