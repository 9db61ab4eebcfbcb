"""What imports of all kinds share: columns, cells, the reading of rows, the long work."""
