"""Where customers were registered and how they stand, many at once (v1.1's ``get``)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from crm.tenancy.models import OrgEntity
from customers.models import Channel, Customer, Identifier, Interaction
from customers.rules.identity_state import Key

NDNC = "ndnc"


@dataclass(slots=True)
class RegistrationLine:
    """One customer; ``till`` and ``store`` are empty where something else registered them."""

    customer_id: int
    source: str
    by: OrgEntity | None
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
    """By customer; three queries, and one for the register of who wants no calls."""
    people = Customer.objects.filter(org_id=org_id, pk__in=customer_ids).select_related(
        "registered_in", "registered_by__parent", "fraud_marked_by"
    )
    found = {row.pk: _line(row) for row in people}
    for customer_id, kind, value in (
        Identifier.objects.filter(customer_id__in=found)
        .order_by("pk")
        .values_list("customer_id", "type", "value")
    ):
        found[customer_id].identifiers.append((kind, value))
    # The last one written wins: the survey answered last.
    for customer_id, score in (
        Interaction.objects.filter(customer_id__in=found, nps_score__isnull=False)
        .order_by("completed_at", "pk")
        .values_list("customer_id", "nps_score")
    ):
        found[customer_id].nps_score = score
    if with_ndnc:
        _add_ndnc(found)
    return found


def _line(row: Customer) -> RegistrationLine:
    by = row.registered_by
    is_till = by is not None and by.type == OrgEntity.Type.TILL
    store = by.parent if by is not None and is_till else by
    return RegistrationLine(
        customer_id=row.pk,
        source=row.registered_in.source,
        by=by,
        till=by if is_till else None,
        store=store if store is not None and store.type == OrgEntity.Type.STORE else None,
        fraud_status=row.fraud_status,
        fraud_marked_by=str(row.fraud_marked_by) if row.fraud_marked_by else "",
        fraud_marked_at=row.fraud_marked_at,
    )


def _add_ndnc(found: dict[int, RegistrationLine]) -> None:
    """Nobody asks the register for us: who did keeps it as an attribute of the mobile channel."""
    rows = Channel.objects.filter(
        profile__customer_id__in=found, profile__closed_at__isnull=True, type="mobile"
    ).values_list("profile__customer_id", "attributes")
    for customer_id, attributes in rows:
        said = attributes.get(NDNC) if isinstance(attributes, dict) else None
        if said is not None:
            found[customer_id].is_on_ndnc = str(said).lower() in ("true", "1", "yes", "ndnc")
