"""Registration data and status of many customers (v1.1's ``get``)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from crm.tenancy.models import OrgEntity
from customers.models import Channel, Customer, Identifier, Interaction
from customers.rules.identifiers import Key

NDNC = "ndnc"


@dataclass(slots=True)
class RegistrationLine:
    """One customer; ``till`` and ``store`` are None if another entity registered the customer."""

    customer_id: int
    source: str
    registered_by: OrgEntity | None
    till: OrgEntity | None
    store: OrgEntity | None
    fraud_status: str
    fraud_marked_by: str
    fraud_marked_at: datetime | None
    identifiers: list[Key] = field(default_factory=list)
    nps_score: int | None = None
    is_on_ndnc: bool | None = None


def list_registrations(
    *, org_id: int, customer_ids: Collection[int], with_ndnc: bool = False
) -> dict[int, RegistrationLine]:
    """Return the lines by customer; three queries, and another one for the NDNC register."""
    customers = Customer.objects.filter(org_id=org_id, pk__in=customer_ids).select_related(
        "registered_in", "registered_by__parent", "fraud_marked_by"
    )
    lines = {row.pk: _build_line(row) for row in customers}
    for customer_id, kind, value in (
        Identifier.objects.filter(customer_id__in=lines)
        .order_by("pk")
        .values_list("customer_id", "type", "value")
    ):
        lines[customer_id].identifiers.append((kind, value))
    # Sorted by date, so the score of the survey answered last wins.
    for customer_id, score in (
        Interaction.objects.filter(customer_id__in=lines, nps_score__isnull=False)
        .order_by("completed_at", "pk")
        .values_list("customer_id", "nps_score")
    ):
        lines[customer_id].nps_score = score
    if with_ndnc:
        _add_ndnc(lines)
    return lines


def _build_line(row: Customer) -> RegistrationLine:
    registered_by = row.registered_by
    is_till = registered_by is not None and registered_by.type == OrgEntity.Type.TILL
    store = registered_by.parent if registered_by is not None and is_till else registered_by
    return RegistrationLine(
        customer_id=row.pk,
        source=row.registered_in.source,
        registered_by=registered_by,
        till=registered_by if is_till else None,
        store=store if store is not None and store.type == OrgEntity.Type.STORE else None,
        fraud_status=row.fraud_status,
        fraud_marked_by=str(row.fraud_marked_by) if row.fraud_marked_by else "",
        fraud_marked_at=row.fraud_marked_at,
    )


def _add_ndnc(lines: dict[int, RegistrationLine]) -> None:
    """Read the NDNC entry, which callers store as an attribute of the mobile channel."""
    rows = Channel.objects.filter(
        profile__customer_id__in=lines, profile__closed_at__isnull=True, type="mobile"
    ).values_list("profile__customer_id", "attributes")
    for customer_id, attributes in rows:
        value = attributes.get(NDNC) if isinstance(attributes, dict) else None
        if value is not None:
            lines[customer_id].is_on_ndnc = str(value).lower() in ("true", "1", "yes", "ndnc")
