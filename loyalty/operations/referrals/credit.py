"""Credit referrals to their referrers and issue the incentive coupons (operation 24)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.operations.customers.lock import lock_customers
from customers.rules.end_points import REFERRALS, is_enabled
from loyalty import notices
from loyalty.models import Effect, Referee
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupons
from loyalty.queries.referrals.campaigns import get_campaigns, list_referral_claims
from loyalty.rules.fraud import is_refused_for_fraud
from loyalty.rules.referrals import CampaignReferrer, ReferralClaim, choose_referrers

REGISTRATION, TRANSACTION = Referee.Event.REGISTRATION.value, Referee.Event.TRANSACTION.value
_EVENTS = {Effect.Kind.PURCHASE.value: TRANSACTION}


@dataclass(frozen=True, slots=True)
class _ReferralCredit:
    """A referral to be credited: the referee's effect and the referrer."""

    effect: Effect
    referrer: CampaignReferrer
    event: str


def find_referrers(
    *,
    origin: Origin,
    event: str,
    joined_at: Mapping[int, datetime],
    code_claims: Mapping[int, ReferralClaim] | None = None,
) -> dict[int, list[CampaignReferrer]]:
    """Return the referrers of these customers, by campaign; at most one query.

    ``joined_at`` is when each customer registered or bought; ``code_claims`` are the claims of the
    referral codes they gave.
    """
    campaigns = get_campaigns(origin.org.pk)
    zone = origin.org.zone
    candidate_ids = {
        pk
        for pk, moment in joined_at.items()
        if any(campaign.runs_at(moment, zone) for campaign in campaigns.values())
    }
    claims = list_referral_claims(customer_ids=candidate_ids, event=event)
    for pk in candidate_ids & (code_claims or {}).keys():
        claims[pk].append((code_claims or {})[pk])
    referrers_by_customer = {
        pk: choose_referrers(claims[pk], campaigns=campaigns, joined_at=joined_at[pk], zone=zone)
        for pk in claims
    }
    return {pk: referrers for pk, referrers in referrers_by_customer.items() if referrers}


def list_referrer_ids(payloads: Iterable[Mapping[str, object]]) -> set[int]:
    """Return the ids of the referrers in the payloads of effects."""
    return {referrer.referrer_id for payload in payloads for referrer in _read_referrers(payload)}


@within_unit_of_work
def credit_referrals(*, origin: Origin, effects: Sequence[Effect]) -> dict[int, list[Notice]]:
    """Credit the referrals and issue the coupons; return the notices by effect id.

    The referees and the referrers are locked. Test customers without referrals are left
    out. A referee who was counted in the campaign already is skipped, and so is an invitation that
    was used.
    """
    credits = [
        _ReferralCredit(effect, referrer, _EVENTS.get(effect.kind, REGISTRATION))
        for effect in effects
        for referrer in _read_referrers(effect.payload)
    ]
    credits = _exclude_test_referees(credits)
    if not credits:
        return {}
    survivors = _lock_survivors({credit.referrer.referrer_id for credit in credits})
    # In the order of the constraint, so that two units of work cannot deadlock.
    credits.sort(key=lambda c: (c.effect.customer_id, c.referrer.campaign_id, c.event))
    ids = take_ids(Referee, len(credits))
    rows = [
        (
            pk,
            origin.org.pk,
            credit.referrer.campaign_id,
            survivors[credit.referrer.referrer_id].pk,
            credit.effect.customer_id,
            credit.referrer.invitation_id,
            credit.event,
            credit.effect.recorded_at,
            credit.effect.recorded_by_id,
        )
        for pk, credit in zip(ids, credits, strict=True)
    ]
    written_ids = insert_unless_taken(
        Referee,
        (
            "id", "org_id", "campaign_id", "customer_id", "referee_id", "invitation_id",
            "event", "added_at", "added_by_id",
        ),
        rows,
    )  # fmt: skip
    new_credits = {pk: credit for pk, credit in zip(ids, credits, strict=True) if pk in written_ids}
    _record_referral_events(origin, new_credits, survivors)
    return _issue_incentive_coupons(origin, new_credits, survivors)


def _read_referrers(payload: Mapping[str, object]) -> list[CampaignReferrer]:
    rows = payload.get("brought_by") or []
    return [CampaignReferrer(*row) for row in rows]  # type: ignore[attr-defined]


def _exclude_test_referees(credits: list[_ReferralCredit]) -> list[_ReferralCredit]:
    """Leave out test customers without referrals; one query, or none."""
    if not credits:
        return credits
    rows = Customer.objects.filter(pk__in={credit.effect.customer_id for credit in credits})
    end_points = dict(rows.values_list("pk", "end_points"))
    return [
        credit for credit in credits if is_enabled(end_points[credit.effect.customer_id], REFERRALS)
    ]


def _lock_survivors(referrer_ids: set[int]) -> dict[int, Customer]:
    """Lock the referrers and return them by id; a merged referrer maps to the survivor."""
    customers = lock_customers(referrer_ids)
    survivor_ids = {c.merged_into_id for c in customers.values() if c.merged_into_id is not None}
    customers |= lock_customers(survivor_ids - customers.keys())
    return {pk: customers[customers[pk].merged_into_id or pk] for pk in referrer_ids}


def _record_referral_events(
    origin: Origin, new_credits: Mapping[int, _ReferralCredit], survivors: Mapping[int, Customer]
) -> None:
    campaigns = get_campaigns(origin.org.pk)
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.brought_somebody",
                "customer",
                survivors[credit.referrer.referrer_id].pk,
                after={
                    "campaign": campaigns[credit.referrer.campaign_id].token,
                    "customer": credit.effect.customer_id,
                    "event": credit.event,
                },
            )
            for credit in new_credits.values()
        ],
    )


def _issue_incentive_coupons(
    origin: Origin, new_credits: Mapping[int, _ReferralCredit], survivors: Mapping[int, Customer]
) -> dict[int, list[Notice]]:
    campaigns = get_campaigns(origin.org.pk)
    notices_by_effect: dict[int, list[Notice]] = {}
    requests: list[tuple[int, _ReferralCredit, CouponIssueRequest]] = []
    for pk, credit in new_credits.items():
        series_id = campaigns[credit.referrer.campaign_id].get_incentive_series_id(credit.event)
        referrer = survivors[credit.referrer.referrer_id]
        # A referrer marked as fraud is credited but gets no coupon.
        if series_id is None or is_refused_for_fraud(referrer.fraud_status):
            continue
        requests.append(
            (pk, credit, CouponIssueRequest(series_id=series_id, customer_id=referrer.pk))
        )
    results = (
        issue_coupons(origin=origin, requests=[request for *_, request in requests])
        if requests
        else []
    )
    for (pk, credit, _), result in zip(requests, results, strict=True):
        if result.refusal is not None or result.notices:
            reason = result.refusal.code if result.refusal else result.notices[0].code
            notices_by_effect.setdefault(credit.effect.pk, []).append(
                Notice(notices.INCENTIVE_NOT_GIVEN, reason=reason)
            )
        else:
            Referee.objects.filter(pk=pk).update(coupon_id=result.coupon_id)
    return notices_by_effect
