"""Registering somebody with what they agreed to, their cards, and what loyalty owes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.registering import Registered, register_customer
from customers.operations.subscribing import SubscriptionChangeIn, subscribe
from customers.rules.registration import Registration
from loyalty import notices
from loyalty.models import Effect
from loyalty.operations.effects import record_effects, run_effects
from loyalty.operations.issuing_cards import CardIssue, issue_cards
from loyalty.operations.welcoming_with_cards import Newcomer, issue_on_registration
from loyalty.queries.programs import has_default_program
from loyalty.rules.effects import EffectOrder
from loyalty.rules.enrolling import Joining

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


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who it is now, what to tell, and the effect that loyalty has to run, if any."""

    customer_id: int
    is_new: bool
    effect_id: int | None
    notices: list[Notice] = field(default_factory=list)


@within_unit_of_work
def register_person(
    *, origin: Origin, person: Person, effects_due_at: datetime | None = None
) -> Admitted:
    """Register one person, keep their consent, issue their cards: all of it or nothing.

    Enrolments, the bonus and the welcome coupon are only noted here; they are an ``Effect`` that
    runs in a unit of its own, so that their failure never loses the registration. A combining
    registration earns no bonus. Cards that a series gives to every newcomer are issued as well;
    one that cannot be is a notice.

    Raises what ``register_customer``, ``subscribe`` and ``issue_cards`` refuse.
    """
    done = register_customer(origin=origin, registration=person.registration)
    customer_id = _known(done)
    said = list(done.notices)
    if person.consents:
        subscribe(origin=origin, customer_id=customer_id, changes=person.consents, reason=REASON)
    said += _issue(origin, [replace(wish, customer_id=customer_id) for wish in person.cards])
    if done.is_new:
        said += _welcome(origin, customer_id, person.registration)
    order = order_of(
        origin=origin,
        customer_id=customer_id,
        kind=Effect.Kind.REGISTRATION,
        loyalty_type=person.registration.loyalty_type,
        joinings=person.joinings,
        earns_bonus=done.is_new,
        due_at=effects_due_at,
    )
    effect_id = record_effects(origin=origin, orders=[order])[0] if order else None
    return Admitted(customer_id, done.is_new, effect_id, said)


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
    if not has_default_program(origin.org.pk):
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
    due_at: datetime | None = None,
) -> EffectOrder | None:
    """What loyalty has to do for this customer; None when that is nothing.

    Whoever is a loyalty customer joins the default program, where there is one.
    """
    joins_default = loyalty_type == LOYALTY and has_default_program(origin.org.pk)
    if not joins_default and not joinings:
        return None
    return EffectOrder(
        customer_id=customer_id,
        kind=kind,
        joinings=[replace(joining, customer_id=customer_id) for joining in joinings],
        joins_default=joins_default,
        earns_bonus=earns_bonus,
        due_at=due_at,
    )


def _known(done: Registered) -> int:
    if done.customer_id is None:
        raise AssertionError("a registration is refused or leads to a customer")
    return done.customer_id


def _issue(origin: Origin, wishes: Sequence[CardIssue]) -> list[Notice]:
    if not wishes:
        return []
    issued = issue_cards(origin=origin, wishes=wishes)
    for card in issued:
        if card.refusal is not None:
            raise card.refusal
    return [notice for card in issued for notice in card.notices]


def _welcome(origin: Origin, customer_id: int, registration: Registration) -> list[Notice]:
    newcomer = _newcomer(origin, customer_id, registration)
    [cards] = issue_on_registration(origin=origin, newcomers=[newcomer])
    return [
        Notice(notices.CARD_NOT_GIVEN, reason=card.refusal.code)
        for card in cards
        if card.refusal is not None
    ]


def _newcomer(origin: Origin, customer_id: int, registration: Registration) -> Newcomer:
    return Newcomer(
        customer_id=customer_id,
        source_account_id=registration.profiles[0].source_account_id,
        registered_by_id=origin.actor_id,
    )
