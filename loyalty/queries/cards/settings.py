"""The settings of an organization for parsing the fields of cards."""

from crm.tenancy.models import Organization
from customers.models import FieldDefinition
from customers.queries.fields import get_field_rules
from loyalty.rules.card_details import CardFieldSettings

_Kind = FieldDefinition.Kind


def get_card_field_settings(org: Organization) -> CardFieldSettings:
    """Return the time zone and the field rules of cards; the rules are cached."""
    scope = FieldDefinition.Scope.CARD
    return CardFieldSettings(
        zone=org.zone,
        custom_fields=get_field_rules(org_id=org.pk, kind=_Kind.CUSTOM, scope=scope),
        extended_fields=get_field_rules(org_id=org.pk, kind=_Kind.EXTENDED, scope=scope),
    )
