"""The desk of requests; importing it puts it on the site."""

from crm.approvals.admin import desk

__all__ = ["desk"]
