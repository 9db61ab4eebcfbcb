"""The demo's organizations and people, written by the operations that everybody else uses."""
