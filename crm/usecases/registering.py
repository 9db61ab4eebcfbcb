"""Registering somebody with what they agreed to, their cards, and what loyalty owes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.registering import Registered, register_customers
from customers.operations.subscribing import (
    SubscriptionChangeIn,
    SubscriptionWish,
    subscribe_many,
)
from customers.rules.registration import Registration
from loyalty import notices
from loyalty.models import Effect
from loyalty.operations.crediting_referrals import REGISTRATION, find_who_brought
from loyalty.operations.effects import record_effects, run_effects
from loyalty.operations.issuing_cards import CardIssue, issue_cards
from loyalty.operations.welcoming_with_cards import Newcomer, issue_on_registration
from loyalty.queries.programs import has_default_program
from loyalty.queries.referral_claims import find_claims_by_code
from loyalty.rules.effects import EffectOrder
from loyalty.rules.enrolling import Joining
from loyalty.rules.referrals import Brought

REASON = "Said on registration"
LOYALTY = "LOYALTY"
# Whose wish or joining it is becomes known on registering.
NOBODY_YET = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to be registered. Cards and joinings name nobody yet (``NOBODY_YET``)."""

    registration: Registration
    consents: Sequence[SubscriptionChangeIn] = ()
    cards: Sequence[CardIssue] = ()
    joinings: Sequence[Joining] = ()
    referral_code: str = ""


@dataclass(slots=True)
class Admitted:
    """Who it is now, what to tell, and the effect that loyalty has to run, if any."""

    customer_id: int
    is_new: bool
    effect_id: int | None
    notices: list[Notice] = field(default_factory=list)


# Who was let in, by their place in the list.
_ByPlace = Mapping[int, tuple[Person, Admitted]]


class _TurnedAway(Exception):
    """Some are registered who cannot have what they came with; by their place in the list."""

    def __init__(self, refusals: Mapping[int, DomainError]) -> None:
        super().__init__()
        self.refusals = refusals


@within_unit_of_work
def register_person(
    *, origin: Origin, person: Person, effects_due_at: datetime | None = None
) -> Admitted:
    """Register one person, keep their consent, issue their cards: all of it or nothing.

    Enrolments, the bonus and the welcome coupon, and whom the coming of somebody new is credited
    to (by their ``referral_code``, else by an invitation), are only noted here; they are an
    ``Effect`` that runs in a unit of its own, so that their failure never loses the registration.
    A combining registration earns no bonus, and nobody is credited for it. Cards that a series
    gives to every newcomer are issued as well; one that cannot be is a notice.

    Raises what ``register_customer``, ``subscribe`` and ``issue_cards`` refuse.
    """
    try:
        [admitted] = _admit(origin, [person], effects_due_at)
    except _TurnedAway as turned:
        raise turned.refusals[0] from None
    if isinstance(admitted, DomainError):
        raise admitted
    return admitted


@within_unit_of_work
def register_people(
    *, origin: Origin, people: Sequence[Person], effects_due_at: datetime | None = None
) -> list[Admitted | DomainError]:
    """Register a list of people as ``register_person`` does one; in place of who is refused
    stands the refusal, and nothing of them is kept.

    The number of queries does not depend on how many there are, unless a card or a consent is
    refused: then the others are registered again.
    """
    refused: dict[int, DomainError] = {}
    while True:
        going = [place for place in range(len(people)) if place not in refused]
        try:
            with transaction.atomic():
                admitted = _admit(origin, [people[place] for place in going], effects_due_at)
        except _TurnedAway as turned:
            refused |= {going[place]: refusal for place, refusal in turned.refusals.items()}
        else:
            outcomes = dict(zip(going, admitted, strict=True))
            return [refused.get(place) or outcomes[place] for place in range(len(people))]


def _admit(
    origin: Origin, people: Sequence[Person], effects_due_at: datetime | None
) -> list[Admitted | DomainError]:
    done = register_customers(
        origin=origin, registrations=[person.registration for person in people]
    )
    outcomes: list[Admitted | DomainError] = [
        one.refusal or Admitted(_known(one), one.is_new, None, list(one.notices)) for one in done
    ]
    admitted = {
        place: (person, outcome)
        for place, (person, outcome) in enumerate(zip(people, outcomes, strict=True))
        if isinstance(outcome, Admitted)
    }
    _turn_away(_subscribe(origin, admitted))
    _turn_away(_issue(origin, admitted))
    _welcome(origin, list(admitted.values()))
    brought = _who_brought(origin, list(admitted.values()))
    orders = {
        place: order
        for place, (person, outcome) in admitted.items()
        if (
            order := order_of(
                origin=origin,
                customer_id=outcome.customer_id,
                kind=Effect.Kind.REGISTRATION,
                loyalty_type=person.registration.loyalty_type,
                joinings=person.joinings,
                earns_bonus=outcome.is_new,
                brought_by=brought.get(outcome.customer_id, ()),
                due_at=effects_due_at,
            )
        )
    }
    if orders:
        ids = record_effects(origin=origin, orders=list(orders.values()))
        for place, effect_id in zip(orders, ids, strict=True):
            admitted[place][1].effect_id = effect_id
    return outcomes


@within_unit_of_work
def follow_up_registrations(
    *, origin: Origin, registered: Sequence[tuple[Registration, Registered]]
) -> None:
    """Let loyalty do its part for a list of registrations, in the unit that made them.

    Refused registrations are passed over. An effect that fails leaves the others and the
    registrations; the worker tries it again.
    """
    admitted = [(given, done) for given, done in registered if done.refusal is None]
    issue_on_registration(
        origin=origin,
        newcomers=[_newcomer(origin, _known(d), given) for given, d in admitted if d.is_new],
    )
    came_at = {_known(d): given.registered_at or origin.at for given, d in admitted if d.is_new}
    brought = find_who_brought(origin=origin, event=REGISTRATION, came_at=came_at)
    if not brought and not has_default_program(origin.org.pk):
        return  # Nobody in the list has anything to join.
    run_orders(
        origin=origin,
        orders=[
            order_of(
                origin=origin,
                customer_id=_known(done),
                kind=Effect.Kind.REGISTRATION,
                loyalty_type=given.loyalty_type,
                earns_bonus=done.is_new,
                brought_by=brought.get(_known(done), ()),
            )
            for given, done in admitted
        ],
    )


@within_unit_of_work
def run_orders(*, origin: Origin, orders: Sequence[EffectOrder | None]) -> None:
    """Note what loyalty has to do and do it at once, in the caller's own unit."""
    wanted = [order for order in orders if order is not None]
    if wanted:
        ids = record_effects(origin=origin, orders=wanted)
        run_effects(origin=origin, effect_ids=ids)


def order_of(
    *,
    origin: Origin,
    customer_id: int,
    kind: str,
    loyalty_type: str | None,
    joinings: Sequence[Joining] = (),
    earns_bonus: bool = False,
    brought_by: Sequence[Brought] = (),
    due_at: datetime | None = None,
) -> EffectOrder | None:
    """What loyalty has to do for this customer; None when that is nothing.

    Whoever is a loyalty customer joins the default program, where there is one.
    """
    joins_default = loyalty_type == LOYALTY and has_default_program(origin.org.pk)
    if not joins_default and not joinings and not brought_by:
        return None
    return EffectOrder(
        customer_id=customer_id,
        kind=kind,
        joinings=[replace(joining, customer_id=customer_id) for joining in joinings],
        joins_default=joins_default,
        earns_bonus=earns_bonus,
        brought_by=brought_by,
        due_at=due_at,
    )


def _known(done: Registered) -> int:
    if done.customer_id is None:
        raise AssertionError("a registration is refused or leads to a customer")
    return done.customer_id


def _turn_away(refusals: Mapping[int, DomainError]) -> None:
    if refusals:
        raise _TurnedAway(refusals)


def _subscribe(origin: Origin, admitted: _ByPlace) -> dict[int, DomainError]:
    wishes = {
        place: SubscriptionWish(
            customer_id=outcome.customer_id, changes=person.consents, reason=REASON
        )
        for place, (person, outcome) in admitted.items()
        if person.consents
    }
    if not wishes:
        return {}
    done = subscribe_many(origin=origin, wishes=list(wishes.values()))
    return {
        place: one.refusal
        for place, one in zip(wishes, done, strict=True)
        if one.refusal is not None
    }


def _issue(origin: Origin, admitted: _ByPlace) -> dict[int, DomainError]:
    wishes = [
        (place, replace(wish, customer_id=outcome.customer_id))
        for place, (person, outcome) in admitted.items()
        for wish in person.cards
    ]
    if not wishes:
        return {}
    refusals: dict[int, DomainError] = {}
    issued = issue_cards(origin=origin, wishes=[wish for _, wish in wishes])
    for (place, _), card in zip(wishes, issued, strict=True):
        if card.refusal is not None:
            refusals.setdefault(place, card.refusal)
        admitted[place][1].notices.extend(card.notices)
    return refusals


def _welcome(origin: Origin, admitted: Sequence[tuple[Person, Admitted]]) -> None:
    newcomers = [(person, outcome) for person, outcome in admitted if outcome.is_new]
    if not newcomers:
        return
    issued = issue_on_registration(
        origin=origin,
        newcomers=[
            _newcomer(origin, outcome.customer_id, person.registration)
            for person, outcome in newcomers
        ],
    )
    for (_, outcome), cards in zip(newcomers, issued, strict=True):
        outcome.notices += [
            Notice(notices.CARD_NOT_GIVEN, reason=card.refusal.code)
            for card in cards
            if card.refusal is not None
        ]


def _who_brought(
    origin: Origin, admitted: Sequence[tuple[Person, Admitted]]
) -> dict[int, list[Brought]]:
    """Whom the coming of each newcomer is credited to; a code that leads nowhere is a notice."""
    newcomers = [(person, outcome) for person, outcome in admitted if outcome.is_new]
    codes = {o.customer_id: code for p, o in newcomers if (code := p.referral_code.strip())}
    claims = find_claims_by_code(org=origin.org, codes=codes, at=origin.at)
    for _, outcome in newcomers:
        if outcome.customer_id in codes and outcome.customer_id not in claims:
            outcome.notices.append(Notice(notices.REFERRAL_CODE_UNKNOWN))
    came_at = {o.customer_id: p.registration.registered_at or origin.at for p, o in newcomers}
    return find_who_brought(origin=origin, event=REGISTRATION, came_at=came_at, by_code=claims)


def _newcomer(origin: Origin, customer_id: int, registration: Registration) -> Newcomer:
    return Newcomer(
        customer_id=customer_id,
        source_account_id=registration.profiles[0].source_account_id,
        registered_by_id=origin.actor_id,
    )
