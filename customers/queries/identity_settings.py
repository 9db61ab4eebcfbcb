"""The organization's settings that normalising depends on, in the form that rules take."""

from crm.tenancy.models import Organization
from customers.models import FieldDefinition
from customers.queries.fields import get_field_rules
from customers.rules.registration import Standards


def get_standards(org: Organization) -> Standards:
    """Return the spelling rules of an organization; its fields are remembered for a while."""
    return Standards(
        default_country=org.default_country,
        strict_mobile=org.strict_mobile,
        zone=org.zone,
        fields=get_field_rules(
            org_id=org.pk,
            kind=FieldDefinition.Kind.CUSTOM,
            scope=FieldDefinition.Scope.PROFILE,
        ),
        extended_fields=get_field_rules(
            org_id=org.pk,
            kind=FieldDefinition.Kind.EXTENDED,
            scope=FieldDefinition.Scope.CUSTOMER,
        ),
    )
