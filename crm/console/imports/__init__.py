"""The pages of an import: upload, column mapping, dry run, confirmation, progress and result."""
