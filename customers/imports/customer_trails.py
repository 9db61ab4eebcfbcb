"""What an undo of imported customers needs: read before and after they are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.imports.file_import import CREATE
from crm.imports.parsed_rows import RowEffect
from crm.imports.queries.import_runs import StagedRow
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.imports.customer_rows import CustomerRow
from customers.models import Customer
from customers.operations.customers.lock import lock_customers
from customers.operations.undo.modification_marks import Mark, load_marks
from loyalty.operations.undo.holdings import load_holdings

LOYALTY = Customer.LoyaltyType.LOYALTY


@dataclass(frozen=True, slots=True)
class CustomerImages:
    """The known customers of a chunk, before it is applied.

    ``enrollments`` are those of customers who may be enrolled by the chunk.
    """

    accounts: dict[int, int]
    marks: dict[int, Mark]
    customers: dict[int, Customer]
    enrollments: dict[int, list[int]]


@within_unit_of_work
def take_customer_images(rows: Sequence[CustomerRow]) -> CustomerImages:
    """Lock and read the known customers of these rows; no query if there are none."""
    accounts = {row.staged.pk: row.account.id for row in rows if row.staged is not None}
    known = {
        row.staged.subject_id
        for row in rows
        if row.staged is not None and row.staged.subject_id is not None
    }
    if not known:
        return CustomerImages(accounts, {}, {}, {})
    customers = lock_customers(known)
    joining = [pk for pk, customer in customers.items() if customer.loyalty_type != LOYALTY]
    holdings = load_holdings(joining)
    return CustomerImages(
        accounts,
        load_marks(known),
        customers,
        {pk: list(held.enrollments) for pk, held in holdings.items()},
    )


def build_customer_trails(
    origin: Origin, rows: Sequence[tuple[StagedRow, RowEffect]], images: CustomerImages
) -> dict[int, dict[str, Any]]:
    """Return the trail of each row: what loyalty gave, and the marks and values from before."""
    joined = {
        effect.subject_id or 0
        for staged, effect in rows
        if staged.subject_id is None or _became_loyal(staged, images)
    }
    holdings = load_holdings(joined)
    trails: dict[int, dict[str, Any]] = {}
    for staged, effect in rows:
        customer_id = effect.subject_id or 0
        trail: dict[str, Any] = {}
        if staged.subject_id is None:
            trail["given"] = holdings[customer_id].as_json()
        else:
            trail = _build_known_trail(origin, staged, images)
            if customer_id in joined:
                new = [
                    pk
                    for pk in holdings[customer_id].enrollments
                    if pk not in images.enrollments.get(customer_id, [])
                ]
                if new:
                    trail["enrollments"] = new
        trails[staged.pk] = trail
    return trails


def _became_loyal(staged: StagedRow, images: CustomerImages) -> bool:
    customer = images.customers.get(staged.subject_id or 0)
    return customer is not None and customer.loyalty_type != LOYALTY


def _build_known_trail(origin: Origin, staged: StagedRow, images: CustomerImages) -> dict[str, Any]:
    customer_id = staged.subject_id or 0
    customer = images.customers[customer_id]
    trail: dict[str, Any] = {
        "account": images.accounts[staged.pk],
        "marks": {**images.marks[customer_id], "until": origin.at.isoformat()},
    }
    if staged.outcome == CREATE:
        # A profile was added; blank values of the customer were filled.
        trail["customer"] = {
            "loyalty_type": customer.loyalty_type,
            "extended_fields": customer.extended_fields,
        }
    return trail
