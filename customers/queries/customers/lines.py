"""One line per customer, for lists, suggestions and exports."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from customers.models import Customer, Identifier, Profile
from customers.queries.source_accounts import get_source_accounts


@dataclass(slots=True)
class CustomerLine:
    """One line about a customer; ``name`` comes from the oldest profile that has one.

    ``named_by`` is the source account of that profile, among the ``sources`` of all of them.
    """

    id: int
    loyalty_type: str
    status_label: str
    status: str
    registered_at: datetime
    merged_into_id: int | None
    first_name: str = ""
    last_name: str = ""
    identifiers: dict[str, str] = field(default_factory=dict)
    """The identifier of each type that was registered first."""
    sources: list[str] = field(default_factory=list)
    named_by: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def mobile(self) -> str:
        return self.identifiers.get("mobile", "")

    @property
    def email(self) -> str:
        return self.identifiers.get("email", "")

    @property
    def external_id(self) -> str:
        return self.identifiers.get("externalId", "")


def list_lines(*, org_id: int, customer_ids: Sequence[int]) -> list[CustomerLine]:
    """Return one line for each of these customers, in the same order.

    Three queries for any number, and another one if the source accounts are not cached.
    """
    if not customer_ids:
        return []
    lines = {
        row[0]: CustomerLine(*row)
        for row in Customer.objects.filter(org_id=org_id, pk__in=customer_ids).values_list(
            "pk",
            "loyalty_type",
            "status_label__label",
            "status_label__status",
            "registered_at",
            "merged_into_id",
        )
    }
    accounts = {account.id: account for account in get_source_accounts(org_id=org_id)}
    for customer_id, account_id, first, last in (
        Profile.objects.filter(customer_id__in=lines, closed_at__isnull=True)
        .order_by("pk")
        .values_list("customer_id", "source_account_id", "first_name", "last_name")
    ):
        line, account = lines[customer_id], accounts[account_id]
        line.sources.append(f"{account.source} {account.account_id}".strip())
        if not line.name and (first or last):
            line.first_name, line.last_name = first, last
            line.named_by = line.sources[-1]
    for customer_id, kind, value in (
        Identifier.objects.filter(customer_id__in=lines)
        .order_by("pk")
        .values_list("customer_id", "type", "value")
    ):
        lines[customer_id].identifiers.setdefault(kind, value)
    return [lines[pk] for pk in customer_ids if pk in lines]
