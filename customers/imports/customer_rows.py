"""A parsed row of a customer import, and the update that it asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.imports.parsed_rows import ParsedRow
from crm.kernel.errors import Notice
from customers.queries.customers.import_lookups import ConsentKey
from customers.queries.source_accounts import Account
from customers.rules.customer_update import CustomerChange
from customers.rules.registration import Registration

# Values by channel and priority, before and after; blank when none is stored.
ConsentChange = tuple[dict[str, str], dict[str, str]]


@dataclass(slots=True, kw_only=True)
class CustomerRow(ParsedRow):
    """One parsed row; ``own_loyalty_type`` is None when the row has no loyalty type.

    ``clean`` is the registration with normalised values, and ``warnings`` are what that ignored:
    for the dry run only.
    """

    registration: Registration
    account: Account
    own_loyalty_type: str | None
    consents: Sequence[tuple[str, str, str]]
    clean: Registration | None = None
    warnings: Sequence[Notice] = field(default_factory=list)


def build_change(parsed: CustomerRow, customer_id: int) -> CustomerChange:
    """Build the update of a customer who already has a profile in the source account.

    Only the row itself can change the loyalty type: the default is for new customers.
    """
    return CustomerChange(
        customer_id=customer_id,
        profiles=parsed.registration.profiles,
        loyalty_type=parsed.own_loyalty_type,
        extended_fields=parsed.registration.extended_fields,
    )


def compare_consent(
    parsed: CustomerRow, customer_id: int, stored_consents: Mapping[ConsentKey, str]
) -> ConsentChange:
    """Compare the consent of a row with the stored one."""
    before, after = {}, {}
    for channel, priority, status in parsed.consents:
        stored = stored_consents.get((customer_id, parsed.account.id, channel, priority), "")
        if stored != status:
            before[f"{channel} {priority}"], after[f"{channel} {priority}"] = stored, status
    return before, after


def add_consent(
    before: dict[str, Any], after: dict[str, Any], consent: ConsentChange
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Add the consent changes to the changes of an update."""
    if not consent[1]:
        return before, after
    return {**before, "consent": consent[0]}, {**after, "consent": consent[1]}
