"""The demo: its content is in ``data/``, and these modules write it through the domain."""
