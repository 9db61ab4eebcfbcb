"""API documentation: the OpenAPI schema, its page, and the list of codes."""
