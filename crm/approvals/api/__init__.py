"""The APIs of requests and decisions."""
