"""The v1.1 dialect: XML and JSON."""
