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
from customers.queries.customers.home_profiles import find_home_accounts
from customers.queries.customers.identifier_owners import find_owners
from customers.rules.identifier_replacement import Replacement
from customers.rules.identity_state import IdentityState

MOBILE = "mobile"


class MobileReallocation:
    """Remove the number from its holder, and give it to this customer instead of the old one.

    Without an old value, it is added to the INSTORE profile, else to the oldest.
    """

    def draft(self, *, origin: Origin, new_request: NewRequest, customer: Customer) -> RequestDraft:
        """Validate both numbers, and find the holder of the new one.

        Raises:
            NewValueMissing: there is no new number.
            NewMobileInvalid: the new number is invalid, has no holder, or this customer has it.
            TargetUnknown: the named target does not have the number.
            OldValueNotHeld: the customer does not have the old number.
            LastIdentifier: the holder would have no identifier left.
        """
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
        others = Identifier.objects.filter(customer_id=holder_id).exclude(type=MOBILE, value=new)
        if not others.exists():
            raise LastIdentifier()
        return RequestDraft(old_value=old, new_value=new, other_customer_id=holder_id)

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Show both customers before and after, and the changed sources."""
        replacements = _build_replacements(requests)
        picture, refusals = plan_replacements(org_id=org.pk, replacements=replacements)
        return [
            _build_plan(org, replacement, picture, refusal)
            for replacement, refusal in zip(replacements, refusals, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Move the numbers in bulk. Refusals: those of ``replace_identifiers``."""
        return replace_identifiers(origin=origin, replacements=_build_replacements(requests))


def _build_replacements(requests: Sequence[Request]) -> list[Replacement]:
    without_old_value = [request.customer_id for request in requests if not request.old_value]
    accounts = find_home_accounts(without_old_value) if without_old_value else {}
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


def _build_plan(
    org: Organization, replacement: Replacement, picture: IdentityState, refusal: DomainError | None
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
    return Plan(
        differences=[
            Difference(staff_text("Mobile number"), replacement.old or NO_VALUE, replacement.new),
            Difference(
                staff_text(
                    "Mobile number of customer {holder_id}", holder_id=replacement.holder_id
                ),
                replacement.new,
                NO_VALUE,
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
