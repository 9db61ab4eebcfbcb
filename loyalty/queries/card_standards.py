"""The organization's settings that reading a card's details depends on."""

from crm.tenancy.models import Organization
from customers.models import FieldDefinition
from customers.queries.fields import get_field_rules
from loyalty.rules.card_details import CardStandards

_Kind = FieldDefinition.Kind


def get_card_standards(org: Organization) -> CardStandards:
    """Return what cards' fields may hold; remembered for a while."""
    scope = FieldDefinition.Scope.CARD
    return CardStandards(
        zone=org.zone,
        custom_fields=get_field_rules(org_id=org.pk, kind=_Kind.CUSTOM, scope=scope),
        extended_fields=get_field_rules(org_id=org.pk, kind=_Kind.EXTENDED, scope=scope),
    )
