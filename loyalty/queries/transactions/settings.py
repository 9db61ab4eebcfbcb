"""The settings of an organization for parsing transactions."""

from crm.tenancy.models import Organization
from crm.tenancy.queries.settings import get_settings
from customers.models import FieldDefinition
from customers.queries.fields import get_field_rules
from loyalty.rules.transactions import NumberScope, SaleSettings

Kind, Scope = FieldDefinition.Kind, FieldDefinition.Scope


def get_sale_settings(org: Organization) -> SaleSettings:
    """Return the time zone, the fields of transactions and the rule for numbers; all cached."""
    settings = get_settings(org.pk)
    scope: NumberScope = "ORGANIZATION"
    if settings.is_on("CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_TILL"):
        scope = "TILL"
    elif settings.is_on("CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_STORE"):
        scope = "STORE"
    return SaleSettings(
        zone=org.zone,
        custom_fields=get_field_rules(org_id=org.pk, kind=Kind.CUSTOM, scope=Scope.TRANSACTION),
        extended_fields=get_field_rules(org_id=org.pk, kind=Kind.EXTENDED, scope=Scope.TRANSACTION),
        line_fields=get_field_rules(org_id=org.pk, kind=Kind.EXTENDED, scope=Scope.LINE_ITEM),
        number_scope=scope,
        number_days=settings.number("CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS"),
    )
