"""What a list of customers tells of each, with their loyalty (v1.1's advanced search)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery

from customers.models import Customer
from customers.queries.headings import list_headings
from loyalty.models import Enrollment, Transaction
from loyalty.rules.amounts import ZERO
from loyalty.rules.programs import ProgramRules

# What counts as somebody's last bill: goods that came back are none.
PURCHASES = (Transaction.Type.REGULAR, Transaction.Type.NOT_INTERESTED)


@dataclass(slots=True)
class SoughtCustomer:
    """One row; names, identifiers and fields as v1.1 shows them.

    The balances are what the ledger says. Who is no member has nothing, and no tier.
    """

    id: int
    org_id: int
    registered_at: datetime
    registered_by: str
    first_name: str = ""
    last_name: str = ""
    mobile: str = ""
    email: str = ""
    external_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    points: Decimal = ZERO
    lifetime: Decimal = ZERO
    purchases: Decimal = ZERO
    tier: str = ""
    last_bill: Decimal = ZERO


def describe_customers(
    *, org_id: int, customer_ids: Sequence[int], program: ProgramRules | None
) -> list[SoughtCustomer]:
    """A row for each of these customers of the organization, in the order given.

    Four queries however many there are, none for nobody.
    """
    if not customer_ids:
        return []
    last = Transaction.objects.filter(customer_id=OuterRef("pk"), type__in=PURCHASES).order_by(
        "-billed_at", "-id"
    )
    found = {
        pk: SoughtCustomer(pk, org_id, at, code or "", last_bill=amount or ZERO)
        for pk, at, code, amount in Customer.objects.filter(org_id=org_id, pk__in=customer_ids)
        .annotate(amount=Subquery(last.values("amount")[:1]))
        .values_list("pk", "registered_at", "registered_by__code", "amount")
    }
    for pk, heading in list_headings(org_id=org_id, customer_ids=list(found)).items():
        row, known = found[pk], heading.identifiers
        row.first_name, row.last_name = heading.first_name, heading.last_name
        row.mobile, row.email = known.get("mobile", ""), known.get("email", "")
        row.external_id, row.fields = known.get("externalId", ""), heading.fields
    if program is not None:
        names = {step.id: step.name for step in program.ladder}
        for pk, points, lifetime, purchases, tier_id in Enrollment.objects.filter(
            customer_id__in=found, program_id=program.id
        ).values_list("customer_id", "points", "lifetime", "purchases", "tier_id"):
            row = found[pk]
            row.points, row.lifetime, row.purchases = points, lifetime, purchases
            row.tier = names.get(tier_id, "")
    return [found[pk] for pk in customer_ids if pk in found]
