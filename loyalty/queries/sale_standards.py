"""The organization's settings that reading a transaction depends on."""

from crm.tenancy.models import Organization
from customers.models import FieldDefinition
from customers.queries.fields import get_field_rules
from loyalty.rules.transactions import SaleStandards

Kind, Scope = FieldDefinition.Kind, FieldDefinition.Scope


def get_sale_standards(org: Organization) -> SaleStandards:
    """Return the zone and the fields of transactions; they are remembered for a while."""
    return SaleStandards(
        zone=org.zone,
        custom_fields=get_field_rules(org_id=org.pk, kind=Kind.CUSTOM, scope=Scope.TRANSACTION),
        extended_fields=get_field_rules(org_id=org.pk, kind=Kind.EXTENDED, scope=Scope.TRANSACTION),
        line_fields=get_field_rules(org_id=org.pk, kind=Kind.EXTENDED, scope=Scope.LINE_ITEM),
    )
