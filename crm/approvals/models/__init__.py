"""Models of the approvals app."""

from crm.approvals.models.batch import Batch, BatchItem
from crm.approvals.models.decision import Decision
from crm.approvals.models.request import Request

__all__ = ["Batch", "BatchItem", "Decision", "Request"]
