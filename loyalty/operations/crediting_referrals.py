"""Counting who came for the one who brought them, who gets a coupon for it (operation 24)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.operations.locking import lock_customers
from loyalty import notices
from loyalty.models import Effect, Referee
from loyalty.operations.issuing_coupons import CouponIssue, issue_coupons
from loyalty.queries.referral_campaigns import get_campaigns
from loyalty.queries.referral_claims import list_claims
from loyalty.rules.fraud import is_refused
from loyalty.rules.referrals import Brought, Claim, who_brought

REGISTRATION, TRANSACTION = Referee.Event.REGISTRATION.value, Referee.Event.TRANSACTION.value
_EVENTS = {Effect.Kind.PURCHASE.value: TRANSACTION}


@dataclass(frozen=True, slots=True)
class _Credit:
    """One row to be: who came, and by whom they were brought."""

    effect: Effect
    brought: Brought
    event: str


def find_who_brought(
    *,
    origin: Origin,
    event: str,
    came_at: Mapping[int, datetime],
    by_code: Mapping[int, Claim] | None = None,
) -> dict[int, list[Brought]]:
    """Say who brought each of these customers, and in which campaigns; one query at most.

    ``came_at`` is when each of them came, ``by_code`` what codes they brought along claim.
    """
    campaigns = get_campaigns(origin.org.pk)
    zone = origin.org.zone
    awaited = {
        pk for pk, at in came_at.items() if any(c.runs_at(at, zone) for c in campaigns.values())
    }
    claims = list_claims(customer_ids=awaited, event=event)
    for pk in awaited & (by_code or {}).keys():
        claims[pk].append((by_code or {})[pk])
    found = {
        pk: who_brought(claims[pk], campaigns=campaigns, came_at=came_at[pk], zone=zone)
        for pk in claims
    }
    return {pk: brought for pk, brought in found.items() if brought}


def referrers_in(effects: Iterable[Mapping[str, object]]) -> set[int]:
    """The customers whom these effects' payloads name as having brought somebody."""
    return {one.referrer_id for payload in effects for one in _brought(payload)}


@within_unit_of_work
def credit_referrals(*, origin: Origin, effects: Sequence[Effect]) -> dict[int, list[Notice]]:
    """Count those who came; give a coupon for each; say, by effect, what was not given.

    The customers who came and those who brought them are locked. Whoever counts already in a
    campaign, and an invitation that was used, are passed over.
    """
    credits = [
        _Credit(effect, brought, _EVENTS.get(effect.kind, REGISTRATION))
        for effect in effects
        for brought in _brought(effect.payload)
    ]
    if not credits:
        return {}
    survivors = _survivors({credit.brought.referrer_id for credit in credits})
    # In the order of the constraint, so that two units wait for each other in one direction.
    credits.sort(key=lambda c: (c.effect.customer_id, c.brought.campaign_id, c.event))
    ids = take_ids(Referee, len(credits))
    rows = [
        (
            pk,
            origin.org.pk,
            credit.brought.campaign_id,
            survivors[credit.brought.referrer_id].pk,
            credit.effect.customer_id,
            credit.brought.invitation_id,
            credit.event,
            credit.effect.recorded_at,
            credit.effect.recorded_by_id,
        )
        for pk, credit in zip(ids, credits, strict=True)
    ]
    written = insert_unless_taken(
        Referee,
        (
            "id", "org_id", "campaign_id", "customer_id", "referee_id", "invitation_id",
            "event", "added_at", "added_by_id",
        ),
        rows,
    )  # fmt: skip
    counted = {pk: credit for pk, credit in zip(ids, credits, strict=True) if pk in written}
    _tell(origin, counted, survivors)
    return _give_coupons(origin, counted, survivors)


def _brought(payload: Mapping[str, object]) -> list[Brought]:
    rows = payload.get("brought_by") or []
    return [Brought(*row) for row in rows]  # type: ignore[attr-defined]


def _survivors(referrer_ids: set[int]) -> dict[int, Customer]:
    """Whom each of them is today: they may have been merged since it was noted who brought whom."""
    people = lock_customers(referrer_ids)
    moved = {c.merged_into_id for c in people.values() if c.merged_into_id is not None}
    people |= lock_customers(moved - people.keys())
    return {pk: people[people[pk].merged_into_id or pk] for pk in referrer_ids}


def _tell(
    origin: Origin, counted: Mapping[int, _Credit], survivors: Mapping[int, Customer]
) -> None:
    campaigns = get_campaigns(origin.org.pk)
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.brought_somebody",
                "customer",
                survivors[credit.brought.referrer_id].pk,
                after={
                    "campaign": campaigns[credit.brought.campaign_id].token,
                    "customer": credit.effect.customer_id,
                    "event": credit.event,
                },
            )
            for credit in counted.values()
        ],
    )


def _give_coupons(
    origin: Origin, counted: Mapping[int, _Credit], survivors: Mapping[int, Customer]
) -> dict[int, list[Notice]]:
    campaigns = get_campaigns(origin.org.pk)
    said: dict[int, list[Notice]] = {}
    wishes: list[tuple[int, _Credit, CouponIssue]] = []
    for pk, credit in counted.items():
        series_id = campaigns[credit.brought.campaign_id].incentive(credit.event)
        referrer = survivors[credit.brought.referrer_id]
        # For somebody marked as fraud it is counted, and nothing is given.
        if series_id is None or is_refused(referrer.fraud_status):
            continue
        wishes.append((pk, credit, CouponIssue(series_id=series_id, customer_id=referrer.pk)))
    issued = issue_coupons(origin=origin, wishes=[wish for *_, wish in wishes]) if wishes else []
    for (pk, credit, _), outcome in zip(wishes, issued, strict=True):
        if outcome.refusal is not None or outcome.notices:
            reason = outcome.refusal.code if outcome.refusal else outcome.notices[0].code
            said.setdefault(credit.effect.pk, []).append(
                Notice(notices.INCENTIVE_NOT_GIVEN, reason=reason)
            )
        else:
            Referee.objects.filter(pk=pk).update(coupon_id=outcome.coupon_id)
    return said
