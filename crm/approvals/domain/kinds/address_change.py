"""Another address for a customer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.approvals import errors
from crm.approvals.domain.asking import Ask, Draft
from crm.approvals.domain.kinds.identifier_change import NOTHING
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.models import Customer, Profile
from customers.operations.updating import update_customers
from customers.queries.home_profiles import home_accounts
from customers.queries.source_accounts import get_source_accounts
from customers.queries.standards import get_standards
from customers.rules.fields import check_values
from customers.rules.registration import ProfileEntry
from customers.rules.updating import CustomerChange

# The custom field of profiles that holds it, where the organization has defined one.
FIELD = "address"
LONGEST = 255
# By customer, what the open profiles hold, by source account.
Held = Mapping[int, Mapping[int, str]]


class AddressChange:
    """The old address becomes the new one in every profile that holds it.

    Without an old value it is written into the INSTORE profile, else into the oldest.
    """

    def draft(self, *, origin: Origin, ask: Ask, customer: Customer) -> Draft:
        """Read both addresses as the field reads its values.

        Raises:
            RequestBaseTypeInvalid: the organization keeps no addresses.
            NewValueMissing: there is no new address, or it is the old one.
            ValueTooLong: it does not fit the field.
            OldValueNotHeld: no profile of the customer holds the old one.
        """
        new = _read(origin.org, ask.new_value)
        if new is None:
            raise errors.NewValueMissing()
        old = ""
        if ask.old_value not in (None, ""):
            old = _read(origin.org, ask.old_value) or ""
            if old not in _look(origin.org, [customer.pk])[customer.pk].values():
                raise errors.OldValueNotHeld()
        if old == new:
            raise errors.NewValueMissing()
        return Draft(old_value=old, new_value=new)

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Before and after, and in which sources it changes."""
        held, homes = _picture(org, requests)
        return [_plan(org, request, held, homes) for request in requests]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Write them all; several of one customer come one after another.

        Refusals: RequestBaseTypeInvalid, ValueTooLong, OldValueNotHeld, of what changed since.
        """
        outcomes: dict[int, DomainError | None] = {}
        waiting = list(requests)
        while waiting:
            first = {request.customer_id: request for request in reversed(waiting)}
            now = [request for request in waiting if first[request.customer_id] is request]
            outcomes |= _write(origin, now)
            waiting = [request for request in waiting if request.pk not in outcomes]
        return [outcomes[request.pk] for request in requests]


def _read(org: Organization, raw: Any) -> str | None:
    """The address as it would be stored; None where there is none."""
    standards = get_standards(org)
    if FIELD not in standards.fields:
        raise errors.RequestBaseTypeInvalid(base_type=Request.Kind.ADDRESS)
    accepted, problems = check_values({FIELD: raw}, standards.fields, zone=standards.zone)
    if problems:
        raise errors.ValueTooLong(field="address")
    [value] = accepted.values()
    text = None if value is None else str(value)
    if text is not None and len(text) > LONGEST:
        raise errors.ValueTooLong(field="address")
    return text


def _look(org: Organization, customer_ids: Sequence[int]) -> Held:
    rule = get_standards(org).fields.get(FIELD)
    held: dict[int, dict[int, str]] = defaultdict(dict)
    for customer_id, account_id, fields in (
        Profile.objects.filter(customer_id__in=customer_ids, closed_at__isnull=True)
        .order_by("pk")
        .values_list("customer_id", "source_account_id", "fields")
    ):
        value = fields.get(rule.name) if rule else None
        held[customer_id][account_id] = "" if value is None else str(value)
    return held


def _picture(org: Organization, requests: Sequence[Request]) -> tuple[Held, Mapping[int, int]]:
    people = [request.customer_id for request in requests]
    return _look(org, people), home_accounts(people)


def _places(request: Request, held: Held, homes: Mapping[int, int]) -> list[int]:
    """The source accounts whose profile gets the new address.

    Raises:
        OldValueNotHeld: nowhere is the old one by now.
    """
    there = held[request.customer_id]
    if request.old_value:
        places = [account for account, value in there.items() if value == request.old_value]
    else:
        places = [homes[request.customer_id]] if request.customer_id in homes else []
    if not places:
        raise errors.OldValueNotHeld()
    return places


def _write(origin: Origin, requests: Sequence[Request]) -> dict[int, DomainError | None]:
    """Write one request at most of each customer."""
    held, homes = _picture(origin.org, requests)
    outcomes: dict[int, DomainError | None] = {}
    changes: list[tuple[int, CustomerChange]] = []
    for request in requests:
        try:
            new = _read(origin.org, request.new_value)
            places = _places(request, held, homes)
        except DomainError as refusal:
            outcomes[request.pk] = refusal
            continue
        profiles = [ProfileEntry(source_account_id=pk, fields={FIELD: new}) for pk in places]
        changes.append(
            (request.pk, CustomerChange(customer_id=request.customer_id, profiles=profiles))
        )
    done = update_customers(origin=origin, changes=[change for _, change in changes])
    for (pk, _), outcome in zip(changes, done, strict=True):
        outcomes[pk] = outcome.refusal
    return outcomes


def _plan(org: Organization, request: Request, held: Held, homes: Mapping[int, int]) -> Plan:
    before, where, blockers = request.old_value, "no source", []
    try:
        _read(org, request.new_value)
        places = _places(request, held, homes)
    except errors.OldValueNotHeld:
        blockers = [f"No profile holds {request.old_value or 'an address'} any longer."]
    except DomainError as refusal:
        blockers = [f"The address cannot be kept: {refusal.code}."]
    else:
        before = held[request.customer_id][places[0]]
        known = get_source_accounts(org_id=org.pk)
        where = ", ".join(
            f"{(account := known.by_id(pk)).source} {account.account_id}".strip() for pk in places
        )
    return Plan(
        differences=[Difference("Address", before or NOTHING, request.new_value)],
        facts=[Fact("Changes in", where)],
        blockers=blockers,
    )
