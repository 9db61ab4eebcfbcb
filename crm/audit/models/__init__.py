"""Models of the audit log."""

from crm.audit.models.event import Event
from crm.audit.models.seal import Seal, SealedEvent

__all__ = ["Event", "Seal", "SealedEvent"]
