"""The organization's settings for normalising identifiers and fields."""

from crm.tenancy.models import Organization
from customers.models import FieldDefinition
from customers.queries.fields import get_field_rules
from customers.rules.registration import IdentitySettings


def get_identity_settings(org: Organization) -> IdentitySettings:
    """Return the identity settings of an organization; the field rules are cached."""
    return IdentitySettings(
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
