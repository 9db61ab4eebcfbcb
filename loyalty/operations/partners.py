"""Link customers to partners' programs, update their tiers there, and unlink them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update, take_ids
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import get_active_customer
from customers.queries.status_effects import StatusEffects, check_status, get_status_effects
from customers.rules.status_effects import UPDATES
from customers.rules.text import clean_reason, fold_name, is_writable
from loyalty import errors, notices
from loyalty.models import PartnerMembership, PartnerProgram
from loyalty.queries.partners import list_enrolled_programs, list_partner_programs
from loyalty.rules.partners import (
    PartnerLink,
    PartnerRules,
    PartnerTierState,
    PartnerUnlink,
    PartnerUpdate,
    check_partner_is_active,
    clean_link_date,
    clean_membership_id,
    decide_tier,
    decide_update,
    find_partner,
)

PartnerRequest = PartnerLink | PartnerUpdate | PartnerUnlink
RequestT = TypeVar("RequestT", PartnerLink, PartnerUpdate, PartnerUnlink)
_COLUMNS = (
    "id",
    "enrollment_id",
    "partner_program_id",
    "membership_id",
    "tier_id",
    "tier_expires_at",
    "linked_at",
    "linked_by_id",
)


@dataclass(slots=True)
class PartnerResult:
    """The membership that a request wrote or found, or the refusal.

    ``before`` and ``after`` are what changed, as the audit tells it; both None if nothing did.
    """

    membership_id: int | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Membership:
    """A present membership, as it is after the requests decided so far."""

    pk: int
    enrollment_id: int
    partner: PartnerRules
    membership_id: str
    state: PartnerTierState
    linked_at: datetime | None

    def describe(self) -> dict[str, Any]:
        values: dict[str, Any] = {
            "partner_program": self.partner.name,
            "membership_id": self.membership_id,
        }
        if self.state.tier is not None and self.state.expires_at is not None:
            values |= {
                "tier": self.state.tier.name,
                "tier_expires_at": self.state.expires_at.isoformat(),
            }
        return values


@dataclass(slots=True)
class _Context:
    """The locked rows that the requests are decided by, and the changes so far."""

    origin: Origin
    customers: dict[int, Customer]
    partners: list[PartnerRules]
    effects: StatusEffects
    enrollments: dict[tuple[int, int], int]
    # By enrollment and partner program.
    memberships: dict[tuple[int, int], _Membership]
    # Who has a number: by partner program and number.
    holders: dict[tuple[int, str], int]
    ids: list[int] = field(default_factory=list)
    added: dict[int, _Membership] = field(default_factory=dict)
    updated: dict[int, _Membership] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    events: list[NewEvent] = field(default_factory=list)

    def record(self, verb: str, customer_id: int, result: PartnerResult, reason: str = "") -> None:
        after = {**result.after, "reason": reason} if result.after and reason else result.after
        before = {**result.before, "reason": ""} if result.before and reason else result.before
        kind = f"customer.partner_{verb}"
        self.events.append(NewEvent(kind, "customer", customer_id, before, after or {}))


@within_unit_of_work
def link_partners(*, origin: Origin, links: Sequence[PartnerLink]) -> list[PartnerResult]:
    """Link customers to partners' programs; return one result for each link, in order.

    A customer is linked once to a program: the same link again changes nothing, with a notice, and
    another membership id, tier or end is refused. A refusal affects no other link. The number of
    queries does not depend on the number of links.

    Refusals: PartnerProgramUnknown, PartnerProgramAmbiguous, PartnerProgramInactive, NotEnrolled
    (in the program that the partner's is linked to), PartnerTierUnknown, PartnerTierMissing,
    PartnerDateInvalid, PartnerMembershipIdInvalid, PartnerMembershipIdTaken, PartnerLinked;
    CustomerUnknown, CustomerMerged, StatusBlocksUpdates.
    """
    return _run(origin, links, _link)


@within_unit_of_work
def update_partners(*, origin: Origin, updates: Sequence[PartnerUpdate]) -> list[PartnerResult]:
    """Change the tiers of linked customers; return one result for each update, in order.

    The same update again changes nothing, with a notice. A refusal affects no other update.

    Refusals: those of the names as for ``link_partners``, PartnerNotLinked,
    PartnerUpdateTypeInvalid, PartnerUpdateMismatch, and those of the tier.
    """
    return _run(origin, updates, _update)


@within_unit_of_work
def unlink_partners(*, origin: Origin, unlinks: Sequence[PartnerUnlink]) -> list[PartnerResult]:
    """End memberships; return one result for each, in order. The row stays as history.

    An inactive partner program can be left. A refusal affects no other request.

    Refusals: PartnerProgramUnknown, PartnerProgramAmbiguous, PartnerNotLinked; CustomerUnknown,
    CustomerMerged, StatusBlocksUpdates, ReasonInvalid.
    """
    return _run(origin, unlinks, _unlink)


def _run(
    origin: Origin,
    requests: Sequence[RequestT],
    decide: Callable[[_Context, RequestT, PartnerResult], None],
) -> list[PartnerResult]:
    context = _load_context(origin, requests)
    results = []
    for request in requests:
        result = PartnerResult()
        results.append(result)
        try:
            customer = get_active_customer(origin, context.customers, request.customer_id)
            check_status(context.effects, customer, UPDATES)
            decide(context, request, result)
        except DomainError as refusal:
            result.refusal = refusal.detached()
    _write(context)
    return results


def _link(context: _Context, request: PartnerLink, result: PartnerResult) -> None:
    now = context.origin.at
    partner = find_partner(
        context.partners, name=request.partner_name, program_id=request.program_id
    )
    check_partner_is_active(partner)
    enrollment_id = context.enrollments.get((request.customer_id, partner.program_id))
    if enrollment_id is None:
        raise errors.NotEnrolled(program_id=partner.program_id)
    number = clean_membership_id(request.membership_id)
    state = decide_tier(
        partner, tier_name=request.tier_name, expires_at=request.tier_expires_at, now=now
    )
    linked_at = clean_link_date(request.linked_at, now=now)
    if (known := context.memberships.get((enrollment_id, partner.id))) is not None:
        if (known.membership_id, known.state) != (number, state):
            raise errors.PartnerLinked(name=partner.name, membership_id=known.membership_id)
        result.membership_id = known.pk
        result.notices.append(Notice(notices.PARTNER_LINKED_ALREADY, name=partner.name))
        return
    if (partner.id, number) in context.holders:
        raise errors.PartnerMembershipIdTaken(name=partner.name)
    added = _Membership(context.ids.pop(), enrollment_id, partner, number, state, linked_at)
    context.added[added.pk] = context.memberships[enrollment_id, partner.id] = added
    context.holders[partner.id, number] = added.pk
    result.membership_id, result.after = added.pk, added.describe()
    context.record("linked", request.customer_id, result)


def _update(context: _Context, request: PartnerUpdate, result: PartnerResult) -> None:
    membership = _get_membership(context, request)
    check_partner_is_active(membership.partner)
    state = decide_update(membership.partner, membership.state, request, now=context.origin.at)
    result.membership_id = membership.pk
    if state is None:
        name = membership.partner.name
        result.notices.append(Notice(notices.PARTNER_TIER_UNCHANGED, name=name))
        return
    result.before = membership.describe()
    membership.state = state
    result.after = membership.describe()
    context.updated[membership.pk] = membership
    context.record("tier_changed", request.customer_id, result)


def _unlink(context: _Context, request: PartnerUnlink, result: PartnerResult) -> None:
    reason = clean_reason(request.reason)
    membership = _get_membership(context, request)
    del context.memberships[membership.enrollment_id, membership.partner.id]
    context.ended.add(membership.pk)
    result.membership_id, result.before = membership.pk, membership.describe()
    result.after = dict.fromkeys(result.before)
    result.after["partner_program"] = membership.partner.name
    context.record("unlinked", request.customer_id, result, reason)


def _get_membership(context: _Context, request: PartnerUpdate | PartnerUnlink) -> _Membership:
    partner = find_partner(
        context.partners, name=request.partner_name, program_id=request.program_id
    )
    enrollment_id = context.enrollments.get((request.customer_id, partner.program_id), 0)
    membership = context.memberships.get((enrollment_id, partner.id))
    if membership is None:
        raise errors.PartnerNotLinked(name=partner.name)
    return membership


def _load_context(origin: Origin, requests: Sequence[PartnerRequest]) -> _Context:
    customers = lock_customers({request.customer_id for request in requests})
    partners = list_partner_programs(origin.org.pk)
    links = [request for request in requests if isinstance(request, PartnerLink)]
    if links:
        _lock_partners(partners, links)
    enrollments = list_enrolled_programs(list(customers))
    return _Context(
        origin=origin,
        customers=customers,
        partners=partners,
        effects=get_status_effects(origin.org.pk),
        enrollments=enrollments,
        memberships=_load_memberships(partners, list(enrollments.values())),
        holders=_load_holders(partners, links),
        ids=list(take_ids(PartnerMembership, len(links)))[::-1],
    )


def _lock_partners(partners: Sequence[PartnerRules], links: Sequence[PartnerLink]) -> None:
    """Lock the partner programs, after the customers and in key order.

    So the numbers of a partner are given one after the other: two customers at once cannot both
    find the same number free.
    """
    names = {fold_name(link.partner_name) for link in links}
    ids = [partner.id for partner in partners if fold_name(partner.name) in names]
    # list() takes the locks; a lazy queryset would take none.
    list(
        PartnerProgram.objects.filter(pk__in=ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )


def _load_memberships(
    partners: Sequence[PartnerRules], enrollment_ids: Sequence[int]
) -> dict[tuple[int, int], _Membership]:
    by_id = {partner.id: partner for partner in partners}
    tiers = {tier.id: tier for partner in partners for tier in partner.tiers}
    rows = PartnerMembership.objects.filter(
        enrollment_id__in=enrollment_ids, unlinked_at__isnull=True
    )
    return {
        (row.enrollment_id, row.partner_program_id): _Membership(
            row.pk,
            row.enrollment_id,
            by_id[row.partner_program_id],
            row.membership_id,
            PartnerTierState(tiers[row.tier_id] if row.tier_id else None, row.tier_expires_at),
            row.linked_at,
        )
        for row in rows
    }


def _load_holders(
    partners: Sequence[PartnerRules], links: Sequence[PartnerLink]
) -> dict[tuple[int, str], int]:
    if not links:
        return {}
    numbers = {link.membership_id.strip() for link in links}
    rows = PartnerMembership.objects.filter(
        partner_program_id__in=[partner.id for partner in partners],
        membership_id__in=sorted(number for number in numbers if is_writable(number)),
        unlinked_at__isnull=True,
    )
    return {
        (partner_id, number): pk
        for pk, partner_id, number in rows.values_list("pk", "partner_program_id", "membership_id")
    }


def _write(context: _Context) -> None:
    actor_id, at = context.origin.actor_id, context.origin.at
    if context.ended:
        PartnerMembership.objects.filter(pk__in=context.ended).update(
            unlinked_at=at, unlinked_by_id=actor_id
        )
    bulk_update(
        PartnerMembership,
        ("tier_id", "tier_expires_at"),
        [
            (pk, row.state.tier and row.state.tier.id, row.state.expires_at)
            for pk, row in context.updated.items()
        ],
    )
    bulk_insert(
        PartnerMembership,
        _COLUMNS,
        [
            (
                pk,
                row.enrollment_id,
                row.partner.id,
                row.membership_id,
                row.state.tier and row.state.tier.id,
                row.state.expires_at,
                row.linked_at,
                actor_id,
            )
            for pk, row in context.added.items()
        ],
    )
    record_events(origin=context.origin, events=context.events)
