"""The settings of an organization for parsing transactions."""

from crm.kernel.org_cache import forget, get_or_load
from crm.tenancy.models import Organization
from crm.tenancy.queries.settings import get_settings
from customers.models import FieldDefinition
from customers.queries.fields import get_field_rules
from customers.rules.text import fold_name
from loyalty.models import PaymentMode
from loyalty.rules.transactions import NumberScope, SaleSettings

MODES_KIND = "loyalty.payment_modes"
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
        line_custom_fields=get_field_rules(org_id=org.pk, kind=Kind.CUSTOM, scope=Scope.LINE_ITEM),
        payment_modes=get_payment_modes(org.pk),
        max_amount=settings.number("CONF_LOYALTY_MAX_BILL_AMOUNT"),
        max_age_days=settings.number("CONF_LOYALTY_BILLING_MAX_AGE_DAYS"),
        max_ahead_days=settings.number("CONF_LOYALTY_BILLING_MAX_AHEAD_DAYS"),
        allows_unknown_returns=settings.is_on("CONF_ALLOW_NOT_EXISTING_BILL_RETURN"),
        number_days=settings.number("CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS"),
    )


def get_payment_modes(org_id: int) -> frozenset[str]:
    """Return the folded names of the means of payment; empty: any is accepted. Cached."""
    return get_or_load(
        MODES_KIND,
        org_id,
        lambda: frozenset(
            fold_name(name)
            for name in PaymentMode.objects.filter(org_id=org_id, is_active=True).values_list(
                "name", flat=True
            )
        ),
    )


def has_payment_mode(*, org_id: int, name: str, other_than: int | None = None) -> bool:
    """Return whether a means of payment has this name, whatever its case; one query."""
    rows = PaymentMode.objects.filter(org_id=org_id).exclude(pk=other_than or 0)
    folded = fold_name(name)
    return any(fold_name(other) == folded for other in rows.values_list("name", flat=True))


def forget_payment_modes(org_id: int) -> None:
    """Clear the cached means of payment of an organization."""
    forget(MODES_KIND, org_id)
