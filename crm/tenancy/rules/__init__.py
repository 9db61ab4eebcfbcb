"""Pure rules of tenancy, without database access."""
