"""A mobile number that somebody else has, and that belongs to this customer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from crm.approvals import errors
from crm.approvals.domain.asking import Ask, Draft
from crm.approvals.domain.kinds.identifier_change import (
    NOTHING,
    read_old_value,
    read_value,
    sources_of,
)
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.errors import (
    CustomerMerged,
    IdentifierNotHeld,
    IdentifierTaken,
    LastIdentifier,
)
from customers.models import Customer, Identifier
from customers.operations.replacing import plan_replacements, replace_identifiers
from customers.queries.home_profiles import home_accounts
from customers.queries.resolving import find_owners
from customers.rules.picture import Picture
from customers.rules.replacing import Replacement

MOBILE = "mobile"


class MobileReallocation:
    """The number leaves every profile of its holder, and replaces this customer's old one.

    Without an old value it is added to the INSTORE profile, else to the oldest.
    """

    def draft(self, *, origin: Origin, ask: Ask, customer: Customer) -> Draft:
        """Read both numbers, and find who has the new one.

        Raises:
            NewValueMissing: there is no new number.
            NewMobileInvalid: it cannot be read, nobody has it, or this customer has.
            TargetUnknown: a target is named, and does not have the number.
            OldValueNotHeld: the customer does not have the old number.
            LastIdentifier: who has the new one would end without any identifier.
        """
        if ask.new_value in (None, ""):
            raise errors.NewValueMissing()
        new = read_value(origin.org, MOBILE, ask.new_value)
        owners = find_owners(org_id=origin.org.pk, keys=[(MOBILE, new)] if new else [])
        holder = owners.get((MOBILE, new or ""))
        if new is None or holder in (None, customer.pk):
            raise errors.NewMobileInvalid(value=str(ask.new_value))
        if ask.target_id not in (None, holder):
            raise errors.TargetUnknown()
        old = ""
        if ask.old_value not in (None, ""):
            old = read_old_value(origin.org, MOBILE, ask.old_value, customer)
        others = Identifier.objects.filter(customer_id=holder).exclude(type=MOBILE, value=new)
        if not others.exists():
            raise LastIdentifier()
        return Draft(old_value=old, new_value=new, other_customer_id=holder)

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Before and after of both, and in which sources it changes."""
        wishes = _wishes(requests)
        picture, refusals = plan_replacements(org_id=org.pk, wishes=wishes)
        return [
            _plan(org, wish, picture, refusal)
            for wish, refusal in zip(wishes, refusals, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Give the numbers over, all at once; refusals are those of ``replace_identifiers``."""
        return replace_identifiers(origin=origin, wishes=_wishes(requests))


def _wishes(requests: Sequence[Request]) -> list[Replacement]:
    nameless = [request.customer_id for request in requests if not request.old_value]
    accounts = home_accounts(nameless) if nameless else {}
    return [
        Replacement(
            customer_id=request.customer_id,
            kind=MOBILE,
            old=request.old_value,
            new=request.new_value,
            source_account_id=accounts.get(request.customer_id),
            holder_id=request.other_customer_id,
        )
        for request in requests
    ]


def _plan(
    org: Organization, wish: Replacement, picture: Picture, refusal: DomainError | None
) -> Plan:
    owner = picture.owners.get(wish.new_key)
    left = sorted(picture.keys_of(wish.holder_id or 0) - {wish.new_key})
    facts = [
        Fact("Who has the number now", f"Customer {owner}" if owner else "Nobody", owner),
        Fact("Who gives it up keeps", ", ".join(" ".join(key) for key in left) or "nothing"),
        Fact("Changes in", sources_of(org, wish, picture)),
    ]
    return Plan(
        differences=[
            Difference("Mobile number", wish.old or NOTHING, wish.new),
            Difference(f"Mobile number of customer {wish.holder_id}", wish.new, NOTHING),
        ],
        facts=facts,
        blockers=[] if refusal is None else [_in_words(refusal, wish)],
    )


def _in_words(refusal: DomainError, wish: Replacement) -> str:
    match refusal:
        case IdentifierTaken():
            return f"Customer {refusal.facts.get('customer_id')} has {wish.new} now."
        case LastIdentifier():
            return f"Customer {wish.holder_id} would be left without any identifier."
        case IdentifierNotHeld():
            return f"Somebody no longer has the number that is given up: {wish.old or wish.new}."
        case CustomerMerged():
            return "One of the two was merged into another customer since."
    return f"It cannot be done: {refusal.code}."
