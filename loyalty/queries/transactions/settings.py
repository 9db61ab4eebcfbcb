"""The settings of an organization for parsing transactions."""

from crm.tenancy.models import Organization
from customers.models import FieldDefinition
from customers.queries.fields import get_field_rules
from loyalty.rules.transactions import SaleSettings

Kind, Scope = FieldDefinition.Kind, FieldDefinition.Scope


def get_sale_settings(org: Organization) -> SaleSettings:
    """Return the time zone and the fields of transactions; the fields are cached."""
    return SaleSettings(
        zone=org.zone,
        custom_fields=get_field_rules(org_id=org.pk, kind=Kind.CUSTOM, scope=Scope.TRANSACTION),
        extended_fields=get_field_rules(org_id=org.pk, kind=Kind.EXTENDED, scope=Scope.TRANSACTION),
        line_fields=get_field_rules(org_id=org.pk, kind=Kind.EXTENDED, scope=Scope.LINE_ITEM),
    )
