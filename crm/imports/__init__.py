"""The engine of all imports: files, columns, rows, staged outcomes and the background work."""
