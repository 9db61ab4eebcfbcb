"""What tenancy stores."""

from crm.tenancy.models.credential import Credential, RateLimit, Scope
from crm.tenancy.models.form_receipt import FormReceipt
from crm.tenancy.models.idempotency import IdempotencyReceipt, IdempotencyRecord
from crm.tenancy.models.links import entity_link, org_link
from crm.tenancy.models.org_entity import OrgEntity
from crm.tenancy.models.organization import Organization
from crm.tenancy.models.setting import Setting
from crm.tenancy.models.staff import StaffUser

__all__ = [
    "Credential",
    "FormReceipt",
    "IdempotencyReceipt",
    "IdempotencyRecord",
    "OrgEntity",
    "Organization",
    "RateLimit",
    "Scope",
    "Setting",
    "StaffUser",
    "entity_link",
    "org_link",
]
