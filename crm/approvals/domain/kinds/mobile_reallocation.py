"""Requests to move a mobile number from one customer to another (mobile reallocation)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest, RequestDraft
from crm.approvals.domain.kinds.identifier_change import (
    NO_VALUE,
    format_changed_sources,
    read_held_identifier,
    read_identifier,
)
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.staff_texts import staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.messages import explain
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.errors import (
    IdentifierNotHeld,
    IdentifierTaken,
    LastIdentifier,
)
from customers.models import Customer, Identifier
from customers.operations.identifiers.replace import plan_replacements, replace_identifiers
from customers.queries.customers.by_identifiers import find_owners, find_survivors
from customers.queries.customers.headings import list_headings
from customers.queries.customers.home_profiles import find_home_accounts
from customers.rules.identifier_replacement import Replacement
from customers.rules.identity_state import IdentityState

MOBILE = "mobile"
# In the payload of a request whose old value goes to its target.
GIVES_OLD_VALUE = "gives_old_value"


class MobileReallocation:
    """Move a number from its holder to another customer, in every profile.

    With a target, this customer's old value goes to the target; as the new value, the request has
    the target's own mobile, else the target's id. Without one, this customer gets the new value
    from its holder instead of the old one. Where none is replaced, the number is added to the
    INSTORE profile, else to the oldest, and in the sources where its holder had it.
    """

    def draft(self, *, origin: Origin, new_request: NewRequest, customer: Customer) -> RequestDraft:
        """Validate both numbers, and find the holder of the one that moves.

        Raises:
            NewValueMissing: there is neither a new number nor a target.
            NewMobileInvalid: the new number is invalid, has no holder, or this customer has it.
            TargetUnknown: the named target does not have the number, or is this customer.
            OldValueNotHeld: the customer does not have the old number.
            LastIdentifier: the holder would have no identifier left.
        """
        if _is_gift(origin.org, new_request):
            return _draft_gift(origin.org, new_request, customer)
        if new_request.new_value in (None, ""):
            raise errors.NewValueMissing()
        new = read_identifier(origin.org, MOBILE, new_request.new_value)
        owners = find_owners(org_id=origin.org.pk, keys=[(MOBILE, new)] if new else [])
        holder_id = owners.get((MOBILE, new or ""))
        if new is None or holder_id in (None, customer.pk):
            raise errors.NewMobileInvalid(value=str(new_request.new_value))
        if new_request.target_id not in (None, holder_id):
            raise errors.TargetUnknown()
        old = ""
        if new_request.old_value not in (None, ""):
            old = read_held_identifier(origin.org, MOBILE, new_request.old_value, customer)
        _check_other_identifiers(holder_id or 0, new)
        return RequestDraft(old_value=old, new_value=new, other_customer_id=holder_id)

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Show both customers before and after, and the changed sources."""
        replacements = _build_replacements(requests)
        picture, refusals = plan_replacements(org_id=org.pk, replacements=replacements)
        return [
            _build_plan(org, replacement, picture, refusal, is_gift=_gives_old_value(request))
            for request, replacement, refusal in zip(requests, replacements, refusals, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Move the numbers in bulk. Refusals: those of ``replace_identifiers``."""
        return replace_identifiers(origin=origin, replacements=_build_replacements(requests))


def _is_gift(org: Organization, new_request: NewRequest) -> bool:
    """Whether the old value goes to the target: the new one is blank, or the target's own."""
    target_id, new_value = new_request.target_id, new_request.new_value
    if target_id is None:
        return False
    if new_value in (None, "") or str(new_value).strip() == str(target_id):
        return True
    if new_request.old_value in (None, ""):
        return False
    new = read_identifier(org, MOBILE, new_value)
    return new is not None and find_owners(org_id=org.pk, keys=[(MOBILE, new)]) == {
        (MOBILE, new): target_id
    }


def _draft_gift(org: Organization, new_request: NewRequest, customer: Customer) -> RequestDraft:
    old = read_held_identifier(org, MOBILE, new_request.old_value, customer)
    target_id = new_request.target_id or 0
    survivors = find_survivors(org_id=org.pk, customer_ids=[target_id])
    if target_id == customer.pk or survivors != {target_id: None}:
        raise errors.TargetUnknown()
    _check_other_identifiers(customer.pk, old)
    heading = list_headings(org_id=org.pk, customer_ids=[target_id]).get(target_id)
    return RequestDraft(
        old_value=old,
        new_value=(heading and heading.identifiers.get(MOBILE)) or str(target_id),
        other_customer_id=target_id,
        payload={GIVES_OLD_VALUE: True},
    )


def _check_other_identifiers(holder_id: int, mobile: str) -> None:
    others = Identifier.objects.filter(customer_id=holder_id).exclude(type=MOBILE, value=mobile)
    if not others.exists():
        raise LastIdentifier()


def _gives_old_value(request: Request) -> bool:
    return GIVES_OLD_VALUE in request.payload


def _build_replacements(requests: Sequence[Request]) -> list[Replacement]:
    takers = [
        request.other_customer_id if _gives_old_value(request) else request.customer_id
        for request in requests
        if _gives_old_value(request) or not request.old_value
    ]
    accounts = find_home_accounts([pk for pk in takers if pk is not None]) if takers else {}
    return [_build_replacement(request, accounts) for request in requests]


def _build_replacement(request: Request, accounts: Mapping[int, int]) -> Replacement:
    old, new = request.old_value, request.new_value
    taker_id, holder_id = request.customer_id, request.other_customer_id
    if _gives_old_value(request) and holder_id is not None:
        taker_id, holder_id, old, new = holder_id, taker_id, "", old
    return Replacement(
        customer_id=taker_id,
        kind=MOBILE,
        old=old,
        new=new,
        source_account_id=accounts.get(taker_id),
        holder_id=holder_id,
    )


def _build_plan(
    org: Organization,
    replacement: Replacement,
    picture: IdentityState,
    refusal: DomainError | None,
    *,
    is_gift: bool,
) -> Plan:
    owner_id = picture.owners.get(replacement.new_key)
    remaining_keys = sorted(picture.keys_of(replacement.holder_id or 0) - {replacement.new_key})
    facts = [
        Fact(
            staff_text("Current holder"),
            staff_text("Customer {customer_id}", customer_id=owner_id)
            if owner_id
            else staff_text("None"),
            owner_id,
        ),
        Fact(
            staff_text("The holder keeps"),
            ", ".join(" ".join(key) for key in remaining_keys) or "nothing",
        ),
        Fact(staff_text("Changes in"), format_changed_sources(org, replacement, picture)),
    ]
    gains = replacement.customer_id, replacement.old or NO_VALUE, replacement.new
    loses = replacement.holder_id, replacement.new, NO_VALUE
    (_, *own), (other_id, *others) = (loses, gains) if is_gift else (gains, loses)
    return Plan(
        differences=[
            Difference(staff_text("Mobile number"), *own),
            Difference(
                staff_text("Mobile number of customer {holder_id}", holder_id=other_id), *others
            ),
        ],
        facts=facts,
        blockers=[] if refusal is None else [_describe_refusal(refusal, replacement)],
    )


def _describe_refusal(refusal: DomainError, replacement: Replacement) -> str:
    match refusal:
        case IdentifierTaken():
            return staff_text(
                "Customer {customer_id} has {new} now.",
                customer_id=refusal.facts.get("customer_id"),
                new=replacement.new,
            )
        case LastIdentifier():
            return staff_text(
                "Customer {holder_id} would have no identifier left.",
                holder_id=replacement.holder_id,
            )
        case IdentifierNotHeld():
            return staff_text(
                "A customer no longer has the number {old}.", old=replacement.old or replacement.new
            )
    return explain(refusal)
