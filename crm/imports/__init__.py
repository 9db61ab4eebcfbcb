"""Shared parts of all imports: columns, cells, row readers and the background work."""
