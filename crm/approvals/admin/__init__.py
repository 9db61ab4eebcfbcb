"""Admin pages of requests. Importing this package registers them."""

from crm.approvals.admin import request_desk

__all__ = ["request_desk"]
