"""The desks of organizations, access, runs and the audit; importing them puts them on the site.

They live here because tenancy, runs and audit lie below the kit that desks are built on.
"""

from crm.console.admin import audit, credential, org_entity, organization, rate_limit, run, staff
from crm.console.imports import import_desk as imports

__all__ = [
    "audit",
    "credential",
    "imports",
    "org_entity",
    "organization",
    "rate_limit",
    "run",
    "staff",
]
