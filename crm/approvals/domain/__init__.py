"""Filing and deciding requests. Each kind of request has a module in ``kinds``."""
