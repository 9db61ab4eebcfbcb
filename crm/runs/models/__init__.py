"""What runs store."""

from crm.runs.models.duty import Duty
from crm.runs.models.run import Run

__all__ = ["Duty", "Run"]
