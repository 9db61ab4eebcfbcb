"""What runs store."""

from crm.runs.models.run import Run

__all__ = ["Run"]
