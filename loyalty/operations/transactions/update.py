"""Change what may change of a transaction after it was entered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import Notice
from crm.kernel.ids import read_id
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import notices as customer_notices
from customers.rules.registration import check_fields
from loyalty import errors
from loyalty.models import Transaction
from loyalty.queries.transactions.settings import get_sale_settings
from loyalty.rules.movements import read_short_text


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionChange:
    """What is to change; None leaves it, and a field with None is cleared."""

    delivery_status: str | None = None
    custom_fields: Mapping[str, Any] | None = None
    extended_fields: Mapping[str, Any] | None = None


@within_unit_of_work
def update_transaction(
    *,
    origin: Origin,
    transaction_id: int,
    change: TransactionChange,
    customer_id: int | None = None,
) -> list[Notice]:
    """Change the delivery status and the fields of a transaction; return warnings.

    Fields that are not named stay. Amounts, lines and points never change: goods that come back
    are a return.

    Raises:
        TransactionUnknown: there is no such transaction, or not of this customer.
        LedgerTextInvalid: the delivery status cannot be stored.
    """
    row = (
        Transaction.objects.filter(org_id=origin.org.pk, pk=read_id(transaction_id) or 0)
        .select_for_update()
        .first()
    )
    if row is None or customer_id not in (None, row.customer_id):
        raise errors.TransactionUnknown(number=transaction_id)
    notices: list[Notice] = []
    settings = get_sale_settings(origin.org)
    values: dict[str, Any] = {}
    if change.delivery_status is not None:
        values["delivery_status"] = read_short_text(
            change.delivery_status, "delivery_status", max_length=30
        )
    for name, fields, rules, code in (
        (
            "custom_fields",
            change.custom_fields,
            settings.custom_fields,
            customer_notices.FIELD_INVALID,
        ),
        (
            "extended_fields",
            change.extended_fields,
            settings.extended_fields,
            customer_notices.EXTENDED_FIELD_INVALID,
        ),
    ):
        if fields:
            accepted = check_fields(fields, rules, settings.zone, code, notices)
            merged = {**getattr(row, name), **accepted}
            values[name] = {key: value for key, value in merged.items() if value is not None}
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        Transaction.objects.filter(pk=row.pk).update(**changed)
        before = {name: getattr(row, name) for name in changed}
        record_events(
            origin=origin,
            events=[
                NewEvent("transaction.changed", "transaction", row.pk, before=before, after=changed)
            ],
        )
    return notices
