"""Sign up customers: registration, consent, cards, enrollments and loyalty effects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.operations.customers.register import RegistrationResult, register_customers
from customers.operations.subscriptions.change import (
    SubscriptionChangeIn,
    SubscriptionRequest,
    subscribe_customers,
)
from customers.rules.registration import Registration
from loyalty import notices
from loyalty.models import Effect
from loyalty.operations.cards.issue import CardIssueRequest, issue_cards
from loyalty.operations.cards.issue_on_registration import Newcomer, issue_on_registration
from loyalty.operations.effects import record_effects, run_effects, run_new_effects
from loyalty.operations.referrals.credit import REGISTRATION, find_referrers
from loyalty.queries.programs import has_default_program
from loyalty.queries.referrals.campaigns import find_claims_by_code
from loyalty.rules.effects import EffectRequest, EffectResult
from loyalty.rules.enrollments import EnrollmentRequest
from loyalty.rules.referrals import CampaignReferrer

CONSENT_REASON = "Said on registration"
LOYALTY = "LOYALTY"
# Cards and enrollments carry this id until the registration assigns the customer.
UNASSIGNED_CUSTOMER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """A customer to register; cards and enrollments have ``UNASSIGNED_CUSTOMER`` as customer."""

    registration: Registration
    consents: Sequence[SubscriptionChangeIn] = ()
    cards: Sequence[CardIssueRequest] = ()
    enrollment_requests: Sequence[EnrollmentRequest] = ()
    referral_code: str = ""


@dataclass(slots=True)
class SignUpResult:
    """The customer, notices for the caller, and the loyalty effect still to run, if any.

    ``effect_result`` is the result of an effect that was run in this unit of work.
    ``customer`` is the row of a customer whom this unit has created.
    """

    customer_id: int
    is_new: bool
    effect_id: int | None
    notices: list[Notice] = field(default_factory=list)
    effect_result: EffectResult | None = None
    customer: Customer | None = None


# The accepted sign-ups, by their index in the list.
_ResultsByIndex = Mapping[int, tuple[SignUp, SignUpResult]]


class _SignUpsRefused(Exception):
    """Consent or cards of some sign-ups were refused; refusals by their index in the list."""

    def __init__(self, refusals: Mapping[int, DomainError]) -> None:
        super().__init__()
        self.refusals = refusals


@within_unit_of_work
def sign_up_customer(
    *,
    origin: Origin,
    sign_up: SignUp,
    effects_due_at: datetime | None = None,
    runs_effects: bool = False,
) -> SignUpResult:
    """Register one customer, record their consent and issue their cards, all or nothing.

    Enrollments, the bonus, the welcome coupon and the referral credit (by ``referral_code``, else
    by an invitation) are recorded as an ``Effect``. It runs in a unit of its own, so its failure
    never loses the registration. With ``runs_effects``, those of a new customer whom nobody
    referred run in this unit; if that fails, they are recorded like the others. A registration
    that combines with a known customer earns no bonus and no referral credit. Cards that a series
    issues on registration are issued as well; a refused one becomes a notice.

    Raises whatever ``register_customer``, ``subscribe`` and ``issue_cards`` raise.
    """
    try:
        [result] = _sign_up(origin, [sign_up], effects_due_at, runs_effects=runs_effects)
    except _SignUpsRefused as error:
        raise error.refusals[0] from None
    if isinstance(result, DomainError):
        raise result
    return result


@within_unit_of_work
def sign_up_customers(
    *,
    origin: Origin,
    sign_ups: Sequence[SignUp],
    effects_due_at: datetime | None = None,
    runs_effects: bool = False,
) -> list[SignUpResult | DomainError]:
    """Sign up many customers; a refused sign-up returns its refusal and leaves nothing behind.

    With ``runs_effects`` the effects run in this unit; one that fails is left to the worker and
    loses nothing. The number of queries does not depend on the length of the list, unless a card or
    a consent is refused: then the others are registered again.
    """
    refused: dict[int, DomainError] = {}
    while True:
        remaining = [index for index in range(len(sign_ups)) if index not in refused]
        try:
            with transaction.atomic():
                results = _sign_up(
                    origin,
                    [sign_ups[index] for index in remaining],
                    effects_due_at,
                    runs_effects=runs_effects,
                )
        except _SignUpsRefused as error:
            refused |= {remaining[index]: refusal for index, refusal in error.refusals.items()}
        else:
            if runs_effects:
                _run_recorded_effects(origin, results)
            outcomes = dict(zip(remaining, results, strict=True))
            return [refused.get(index) or outcomes[index] for index in range(len(sign_ups))]


def _sign_up(
    origin: Origin,
    sign_ups: Sequence[SignUp],
    effects_due_at: datetime | None,
    *,
    runs_effects: bool,
) -> list[SignUpResult | DomainError]:
    registered = register_customers(
        origin=origin, registrations=[sign_up.registration for sign_up in sign_ups]
    )
    outcomes: list[SignUpResult | DomainError] = [
        result.refusal
        or SignUpResult(
            _get_customer_id(result),
            result.is_new,
            None,
            list(result.notices),
            customer=result.customer,
        )
        for result in registered
    ]
    accepted = {
        index: (sign_up, outcome)
        for index, (sign_up, outcome) in enumerate(zip(sign_ups, outcomes, strict=True))
        if isinstance(outcome, SignUpResult)
    }
    _raise_refusals(_record_consents(origin, accepted))
    _raise_refusals(_issue_cards(origin, accepted))
    referral_credits = _welcome_newcomers(origin, list(accepted.values()))
    orders = _build_effect_orders(origin, list(accepted.values()), referral_credits, effects_due_at)
    if runs_effects:
        orders = _run_new_effects(origin, orders)
    ids = record_effects(origin=origin, requests=[order for _, order in orders])
    for (outcome, _), effect_id in zip(orders, ids, strict=True):
        outcome.effect_id = effect_id
    return outcomes


def _build_effect_orders(
    origin: Origin,
    accepted: Sequence[tuple[SignUp, SignUpResult]],
    referral_credits: Mapping[int, Sequence[CampaignReferrer]],
    effects_due_at: datetime | None,
) -> list[tuple[SignUpResult, EffectRequest]]:
    has_default = has_default_program(origin.org.pk)
    orders = []
    for sign_up, outcome in accepted:
        order = build_effect_order(
            customer_id=outcome.customer_id,
            kind=Effect.Kind.REGISTRATION,
            joins_default=has_default and sign_up.registration.loyalty_type == LOYALTY,
            joinings=sign_up.enrollment_requests,
            earns_bonus=outcome.is_new,
            brought_by=referral_credits.get(outcome.customer_id, ()),
            due_at=effects_due_at,
        )
        if order is not None:
            orders.append((outcome, order))
    return orders


def _run_new_effects(
    origin: Origin, orders: Sequence[tuple[SignUpResult, EffectRequest]]
) -> list[tuple[SignUpResult, EffectRequest]]:
    """Run the effects of new customers whom nobody referred; return those still to be run."""
    own = [
        (outcome, outcome.customer, order)
        for outcome, order in orders
        if outcome.customer is not None and not order.referrers
    ]
    if not own:
        return list(orders)
    results = run_new_effects(
        origin=origin,
        requests=[order for *_, order in own],
        newcomers={customer.pk: customer for _, customer, _ in own},
    )
    if results is None:
        return list(orders)
    for (outcome, *_), result in zip(own, results, strict=True):
        outcome.effect_result = result
    return [(outcome, order) for outcome, order in orders if outcome.effect_result is None]


@within_unit_of_work
def run_effect_orders(*, origin: Origin, orders: Sequence[EffectRequest | None]) -> None:
    """Record loyalty effects and run them at once, in the caller's unit."""
    effect_orders = [order for order in orders if order is not None]
    if effect_orders:
        ids = record_effects(origin=origin, requests=effect_orders)
        run_effects(origin=origin, effect_ids=ids)


def build_effect_order(
    *,
    customer_id: int,
    kind: str,
    joins_default: bool,
    joinings: Sequence[EnrollmentRequest] = (),
    earns_bonus: bool = False,
    brought_by: Sequence[CampaignReferrer] = (),
    due_at: datetime | None = None,
) -> EffectRequest | None:
    """Build the loyalty effect of a registration or update; None when there is nothing to do.

    With ``joins_default`` the customer is enrolled in the organization's default program.
    """
    if not joins_default and not joinings and not brought_by:
        return None
    return EffectRequest(
        customer_id=customer_id,
        kind=kind,
        enrollment_requests=[replace(joining, customer_id=customer_id) for joining in joinings],
        enrolls_in_default=joins_default,
        earns_bonus=earns_bonus,
        referrers=brought_by,
        due_at=due_at,
    )


def _run_recorded_effects(origin: Origin, results: Sequence[SignUpResult | DomainError]) -> None:
    effect_ids = [
        result.effect_id
        for result in results
        if isinstance(result, SignUpResult) and result.effect_id is not None
    ]
    if effect_ids:
        run_effects(origin=origin, effect_ids=effect_ids)


def _get_customer_id(result: RegistrationResult) -> int:
    if result.customer_id is None:
        raise AssertionError("a registration is refused or leads to a customer")
    return result.customer_id


def _raise_refusals(refusals: Mapping[int, DomainError]) -> None:
    if refusals:
        raise _SignUpsRefused(refusals)


def _record_consents(origin: Origin, accepted: _ResultsByIndex) -> dict[int, DomainError]:
    changes_by_index = {
        index: SubscriptionRequest(
            customer_id=outcome.customer_id, changes=sign_up.consents, reason=CONSENT_REASON
        )
        for index, (sign_up, outcome) in accepted.items()
        if sign_up.consents
    }
    if not changes_by_index:
        return {}
    results = subscribe_customers(origin=origin, requests=list(changes_by_index.values()))
    return {
        index: result.refusal
        for index, result in zip(changes_by_index, results, strict=True)
        if result.refusal is not None
    }


def _issue_cards(origin: Origin, accepted: _ResultsByIndex) -> dict[int, DomainError]:
    card_issues = [
        (index, replace(card_issue, customer_id=outcome.customer_id))
        for index, (sign_up, outcome) in accepted.items()
        for card_issue in sign_up.cards
    ]
    if not card_issues:
        return {}
    refusals: dict[int, DomainError] = {}
    issued = issue_cards(origin=origin, requests=[card_issue for _, card_issue in card_issues])
    for (index, _), card in zip(card_issues, issued, strict=True):
        if card.refusal is not None:
            refusals.setdefault(index, card.refusal)
        accepted[index][1].notices.extend(card.notices)
    return refusals


def _welcome_newcomers(
    origin: Origin, accepted: Sequence[tuple[SignUp, SignUpResult]]
) -> dict[int, list[CampaignReferrer]]:
    """Issue new loyalty customers the cards of registration, and return who referred each.

    A refused card and an unknown referral code become notices.
    """
    newcomers = [(sign_up, outcome) for sign_up, outcome in accepted if outcome.is_new]
    if not newcomers:
        return {}
    members = [one for one in newcomers if one[0].registration.loyalty_type == LOYALTY]
    issued = issue_on_registration(
        origin=origin,
        newcomers=[
            Newcomer(
                customer_id=outcome.customer_id,
                source_account_id=sign_up.registration.profiles[0].source_account_id,
                registered_by_id=origin.actor_id,
            )
            for sign_up, outcome in members
        ],
    )
    for (_, outcome), cards in zip(members, issued, strict=True):
        outcome.notices += [
            Notice(notices.CARD_NOT_GIVEN, reason=card.refusal.code)
            for card in cards
            if card.refusal is not None
        ]
    codes = {o.customer_id: code for p, o in newcomers if (code := p.referral_code.strip())}
    claims = find_claims_by_code(org=origin.org, codes=codes, moment=origin.at) if codes else {}
    for _, outcome in newcomers:
        if outcome.customer_id in codes and outcome.customer_id not in claims:
            outcome.notices.append(Notice(notices.REFERRAL_CODE_UNKNOWN))
    registration_times = {
        o.customer_id: p.registration.registered_at or origin.at for p, o in newcomers
    }
    return find_referrers(
        origin=origin, event=REGISTRATION, joined_at=registration_times, code_claims=claims
    )
