"""Requests to change a customer's address."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest, RequestDraft
from crm.approvals.domain.kinds.identifier_change import NO_VALUE
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.staff_texts import staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.messages import explain
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.models import Customer, Profile
from customers.operations.customers.update import update_customers
from customers.queries.customers.home_profiles import find_home_accounts
from customers.queries.fields import get_identity_settings
from customers.queries.source_accounts import get_source_accounts
from customers.rules.customer_update import CustomerChange
from customers.rules.fields import check_values
from customers.rules.registration import ProfileEntry

# The name of the profile custom field that holds the address, if the organization defined one.
ADDRESS_FIELD = "address"
LONGEST_ADDRESS = 255
# The addresses of the open profiles: by customer id, then by source account id.
AddressesByCustomer = Mapping[int, Mapping[int, str]]


class AddressChange:
    """Replace the old address by the new one in every profile that has it.

    Without an old value, the new address is written to the INSTORE profile, else to the oldest.
    """

    def draft(self, *, origin: Origin, new_request: NewRequest, customer: Customer) -> RequestDraft:
        """Validate both addresses by the rules of the custom field.

        Raises:
            RequestBaseTypeInvalid: the organization has no address field.
            NewValueMissing: the new address is missing or equals the old one.
            ValueTooLong: an address is too long for the field.
            OldValueNotHeld: no profile of the customer has the old address.
        """
        new = _read_address(origin.org, new_request.new_value)
        if new is None:
            raise errors.NewValueMissing()
        old = ""
        if new_request.old_value not in (None, ""):
            old = _read_address(origin.org, new_request.old_value) or ""
            if old not in _load_addresses(origin.org, [customer.pk])[customer.pk].values():
                raise errors.OldValueNotHeld()
        if old == new:
            raise errors.NewValueMissing()
        return RequestDraft(old_value=old, new_value=new)

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Show the address before and after, and the changed sources."""
        addresses, home_account_ids = _load_addresses_and_homes(org, requests)
        return [_build_plan(org, request, addresses, home_account_ids) for request in requests]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Write the new addresses. Several requests of one customer are applied in sequence.

        Refusals: RequestBaseTypeInvalid, ValueTooLong, OldValueNotHeld.
        """
        outcomes: dict[int, DomainError | None] = {}
        remaining = list(requests)
        while remaining:
            first_by_customer = {request.customer_id: request for request in reversed(remaining)}
            batch = [
                request
                for request in remaining
                if first_by_customer[request.customer_id] is request
            ]
            outcomes |= _write_addresses(origin, batch)
            remaining = [request for request in remaining if request.pk not in outcomes]
        return [outcomes[request.pk] for request in requests]


def _read_address(org: Organization, raw: Any) -> str | None:
    """Return the address as it would be stored, or None."""
    identity_settings = get_identity_settings(org)
    if ADDRESS_FIELD not in identity_settings.fields:
        raise errors.RequestBaseTypeInvalid(base_type=Request.Kind.ADDRESS)
    accepted, problems = check_values(
        {ADDRESS_FIELD: raw}, identity_settings.fields, zone=identity_settings.zone
    )
    if problems:
        raise errors.ValueTooLong(field="address")
    [value] = accepted.values()
    text = None if value is None else str(value)
    if text is not None and len(text) > LONGEST_ADDRESS:
        raise errors.ValueTooLong(field="address")
    return text


def _load_addresses(org: Organization, customer_ids: Sequence[int]) -> AddressesByCustomer:
    rule = get_identity_settings(org).fields.get(ADDRESS_FIELD)
    addresses: dict[int, dict[int, str]] = defaultdict(dict)
    for customer_id, account_id, fields in (
        Profile.objects.filter(customer_id__in=customer_ids, closed_at__isnull=True)
        .order_by("pk")
        .values_list("customer_id", "source_account_id", "fields")
    ):
        value = fields.get(rule.name) if rule else None
        addresses[customer_id][account_id] = "" if value is None else str(value)
    return addresses


def _load_addresses_and_homes(
    org: Organization, requests: Sequence[Request]
) -> tuple[AddressesByCustomer, Mapping[int, int]]:
    customer_ids = [request.customer_id for request in requests]
    return _load_addresses(org, customer_ids), find_home_accounts(customer_ids)


def _find_target_accounts(
    request: Request, addresses: AddressesByCustomer, home_account_ids: Mapping[int, int]
) -> list[int]:
    """Return the source accounts whose profile gets the new address.

    Raises:
        OldValueNotHeld: no profile has the old address any more.
    """
    customer_addresses = addresses[request.customer_id]
    if request.old_value:
        account_ids = [
            account_id
            for account_id, value in customer_addresses.items()
            if value == request.old_value
        ]
    else:
        account_ids = (
            [home_account_ids[request.customer_id]]
            if request.customer_id in home_account_ids
            else []
        )
    if not account_ids:
        raise errors.OldValueNotHeld()
    return account_ids


def _write_addresses(origin: Origin, requests: Sequence[Request]) -> dict[int, DomainError | None]:
    """Apply requests, at most one for each customer."""
    addresses, home_account_ids = _load_addresses_and_homes(origin.org, requests)
    outcomes: dict[int, DomainError | None] = {}
    changes: list[tuple[int, CustomerChange]] = []
    for request in requests:
        try:
            new = _read_address(origin.org, request.new_value)
            account_ids = _find_target_accounts(request, addresses, home_account_ids)
        except DomainError as refusal:
            outcomes[request.pk] = refusal.detached()
            continue
        profiles = [
            ProfileEntry(source_account_id=pk, fields={ADDRESS_FIELD: new}) for pk in account_ids
        ]
        changes.append(
            (request.pk, CustomerChange(customer_id=request.customer_id, profiles=profiles))
        )
    results = update_customers(origin=origin, changes=[change for _, change in changes])
    for (pk, _), result in zip(changes, results, strict=True):
        outcomes[pk] = result.refusal
    return outcomes


def _build_plan(
    org: Organization,
    request: Request,
    addresses: AddressesByCustomer,
    home_account_ids: Mapping[int, int],
) -> Plan:
    source_names: str = staff_text("no source")
    before, blockers = request.old_value, []
    try:
        _read_address(org, request.new_value)
        account_ids = _find_target_accounts(request, addresses, home_account_ids)
    except errors.OldValueNotHeld:
        blockers = [
            staff_text(
                "No profile has {old_value} any more.",
                old_value=request.old_value or staff_text("an address"),
            )
        ]
    except DomainError as refusal:
        blockers = [explain(refusal)]
    else:
        before = addresses[request.customer_id][account_ids[0]]
        source_accounts = get_source_accounts(org_id=org.pk)
        source_names = ", ".join(
            f"{(account := source_accounts.by_id(pk)).source} {account.account_id}".strip()
            for pk in account_ids
        )
    return Plan(
        differences=[Difference(staff_text("Address"), before or NO_VALUE, request.new_value)],
        facts=[Fact(staff_text("Changes in"), source_names)],
        blockers=blockers,
    )
