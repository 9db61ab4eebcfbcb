"""The loyalty rules as plain Python functions: no rows, no clock, no Django."""
