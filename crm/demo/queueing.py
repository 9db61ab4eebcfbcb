"""The queue: requests for some of the crowd, of every kind and in every state."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from crm.approvals.models import Request
from crm.demo.asked import CITIES, REASONS, REFUSED, REMARKS, STREETS, Asking
from crm.demo.asking import MOST_DAYS, Counter
from crm.demo.crowd import Stranger
from crm.demo.organizations import Shop
from crm.demo.people import INSTORE
from crm.demo.series import SORRY_SERIES
from crm.kernel.transactions import within_unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import plan_unmerge, unmerge_customers
from customers.models import Customer, MergeJournal

SEED = 130_238_908
# By kind how many wait, were approved, were rejected, and failed.
NUMBERS: Mapping[str, tuple[int, int, int, int]] = {
    "MOBILE": (8, 3, 2, 1),
    "EMAIL": (7, 3, 1, 1),
    "EXTERNAL_ID": (3, 1, 1, 1),
    "ADDRESS": (4, 2, 1, 1),
    "MOBILE_REALLOC": (2, 1, 1, 1),
    "MERGE": (4, 1, 2, 1),
    "MERGE_UNDO": (1, 1, 1, 1),
    "POINTS": (9, 4, 2, 1),
    "COUPON": (5, 2, 1, 1),
    "RETRO": (5, 2, 1, 1),
}
STATES = ("", "APPROVED", "REJECTED", "FAILED")
POINTS = (50, 100, 150, 200, 250, 300, 500)
AMOUNTS = (850, 1_500, 1_999, 2_250, 4_200)
ONLINE_MAKER = "agent"
TYPES: Mapping[str, str] = {
    "MOBILE": "mobile",
    "MOBILE_REALLOC": "mobile",
    "EMAIL": "email",
    "EXTERNAL_ID": "externalId",
}


@dataclass(slots=True)
class _Queue:
    counter: Counter
    ids: Mapping[int, int]
    people: Iterator[Stranger]
    merges: Iterator[tuple[int, int]]
    dice: Random
    now: datetime
    number: int = 0

    def next_number(self) -> int:
        self.number += 1
        return self.number


@within_unit_of_work
def queue_up(
    shop: Shop, *, crowd: Sequence[Stranger], ids: Mapping[int, int], now: datetime
) -> None:
    """File requests within the last weeks and decide some; the same each time."""
    dice = Random(SEED)  # noqa: S311 - the same each time
    queue = _Queue(
        counter=Counter(shop, now),
        ids=ids,
        people=_people(crowd, now, dice),
        merges=_merges(shop),
        dice=dice,
        now=now,
    )
    for kind, numbers in NUMBERS.items():
        for state, many in zip(STATES, numbers, strict=True):
            for _ in range(many):
                _write(queue, kind, state)


def _write(queue: _Queue, kind: str, state: str) -> None:
    dice = queue.dice
    # Most wait for some hours or days, a few for weeks.
    hours = round(dice.expovariate(1 / 70)) + 1 if not state else dice.randint(170, 700)
    hours = min(hours, 24 * (MOST_DAYS - 4))
    at = queue.now - timedelta(hours=hours, minutes=dice.randint(0, 59))
    one = next(queue.people)
    who, asked = WISHES[kind](queue, one, state, at)
    asking = Asking(
        at=at.isoformat(),
        who=who,
        kind=kind,
        maker=ONLINE_MAKER if dice.random() < 0.25 else one.till,
        asked=asked,
        reason=dice.choice(REASONS[kind]),
        verdict="REJECTED" if state == "REJECTED" else "APPROVED",
        checker=dice.choice(("approver", "approver2")),
        hours=dice.randint(2, 70),
        said=dice.choice(REFUSED if state == "REJECTED" else REMARKS),
    )
    request = queue.counter.file(asking)
    if state == "FAILED":
        BREAKS[kind](queue, request, asking)
        # What fails by its age lies longer than what fails otherwise.
        asking = replace(asking, hours=160)
    if state:
        refusal = queue.counter.decide(request, asking).refusal
        if (refusal is None) == (state == "FAILED"):
            raise refusal or AssertionError(f"{kind} was to fail")


# --- What is wished for -----------------------------------------------------------------

Wish = tuple[int, dict[str, Any]]


def _key(one: Stranger, kind: str) -> str:
    return next((value for type, value in one.places[INSTORE] if type == kind), "")


def _mobile(queue: _Queue, one: Stranger, state: str, at: datetime) -> Wish:
    new = f"9170{queue.next_number():08}"
    return queue.ids[one.number], {"old_value": _key(one, "mobile"), "new_value": new}


def _email(queue: _Queue, one: Stranger, state: str, at: datetime) -> Wish:
    old = _key(one, "email")
    name, number = old.split("@")[0], queue.next_number()
    return queue.ids[one.number], {"old_value": old, "new_value": f"{name}{number}@example.org"}


def _external_id(queue: _Queue, one: Stranger, state: str, at: datetime) -> Wish:
    new = f"STAFF{queue.next_number():05}"
    return queue.ids[one.number], {"old_value": _key(one, "externalId"), "new_value": new}


def _address(queue: _Queue, one: Stranger, state: str, at: datetime) -> Wish:
    dice = queue.dice
    new = f"{dice.randint(1, 99)} {dice.choice(STREETS)}, {dice.choice(CITIES)}"
    if state != "FAILED":
        return queue.ids[one.number], {"new_value": new}
    # Only who gives up an old address can be too late for it.
    old = f"7 {dice.choice(STREETS)}, {dice.choice(CITIES)}"
    _grant(
        queue,
        Asking(
            at=(at - timedelta(days=9)).isoformat(),
            who=queue.ids[one.number],
            kind="ADDRESS",
            maker=one.till,
            asked={"new_value": old},
            verdict="APPROVED",
        ),
    )
    return queue.ids[one.number], {"old_value": old, "new_value": new}


def _mobile_of_another(queue: _Queue, one: Stranger, state: str, at: datetime) -> Wish:
    old, new = _key(one, "mobile"), _key(next(queue.people), "mobile")
    return queue.ids[one.number], {"old_value": old, "new_value": new}


def _merge(queue: _Queue, one: Stranger, state: str, at: datetime) -> Wish:
    return queue.ids[one.number], {"target_id": queue.ids[next(queue.people).number]}


def _merge_undo(queue: _Queue, one: Stranger, state: str, at: datetime) -> Wish:
    merge_id, survivor_id = next(queue.merges)
    return survivor_id, {"merge_id": merge_id}


def _points(queue: _Queue, one: Stranger, state: str, at: datetime) -> Wish:
    return queue.ids[one.number], {"points": queue.dice.choice(POINTS)}


def _coupon(queue: _Queue, one: Stranger, state: str, at: datetime) -> Wish:
    return queue.ids[one.number], {"series_id": SORRY_SERIES}


def _retro(queue: _Queue, one: Stranger, state: str, at: datetime) -> Wish:
    # What is to be too old when it is decided was nearly too old when it was filed.
    days = MOST_DAYS - 1 if state == "FAILED" else queue.dice.randint(1, 3)
    bill = (f"NI-{queue.next_number():05}", queue.dice.choice(AMOUNTS))
    left = queue.counter.leave_bill(bill, one.till, at - timedelta(days=days))
    return queue.ids[one.number], {"transaction_id": left}


WISHES: Mapping[str, Callable[[_Queue, Stranger, str, datetime], Wish]] = {
    "MOBILE": _mobile,
    "EMAIL": _email,
    "EXTERNAL_ID": _external_id,
    "ADDRESS": _address,
    "MOBILE_REALLOC": _mobile_of_another,
    "MERGE": _merge,
    "MERGE_UNDO": _merge_undo,
    "POINTS": _points,
    "COUPON": _coupon,
    "RETRO": _retro,
}


# --- What happens before somebody decides -----------------------------------------------


def _grant(queue: _Queue, asking: Asking) -> None:
    refusal = queue.counter.decide(queue.counter.file(asking), asking).refusal
    if refusal is not None:
        raise refusal


def _somebody_is_faster(queue: _Queue, request: Request, asking: Asking) -> None:
    """Give the new value to another customer, who asked for it too."""
    other = next(queue.people)
    old = _key(other, TYPES[request.kind])
    same = replace(
        asking,
        who=queue.ids[other.number],
        asked={"old_value": old, "new_value": request.new_value},
    )
    _grant(queue, same)


def _moves_again(queue: _Queue, request: Request, asking: Asking) -> None:
    """Let another request of the same customer for another address be decided first."""
    again = replace(asking, asked={**asking.asked, "new_value": "1 Harbour Road, Kochi"})
    _grant(queue, again)


def _turns_out_to_be_fraud(queue: _Queue, request: Request, asking: Asking) -> None:
    Customer.objects.filter(pk=request.customer_id).update(fraud_status="CONFIRMED")


def _is_merged_elsewhere(queue: _Queue, request: Request, asking: Asking) -> None:
    merge_customers(
        origin=queue.counter.shop.origin("admin", request.filed_at + timedelta(hours=1)),
        survivor_id=queue.ids[next(queue.people).number],
        victim_id=request.customer_id,
        cause=MergeJournal.Cause.IDENTIFIER_CHANGE,
    )


def _is_undone_already(queue: _Queue, request: Request, asking: Asking) -> None:
    unmerge_customers(
        origin=queue.counter.shop.origin("admin", request.filed_at + timedelta(hours=1)),
        merge_id=request.payload["merge_id"],
        reason=asking.reason,
    )


def _lies_too_long(queue: _Queue, request: Request, asking: Asking) -> None:
    """Nothing else happens."""


BREAKS: Mapping[str, Callable[[_Queue, Request, Asking], None]] = {
    "MOBILE": _somebody_is_faster,
    "EMAIL": _somebody_is_faster,
    "EXTERNAL_ID": _somebody_is_faster,
    "ADDRESS": _moves_again,
    "MOBILE_REALLOC": _somebody_is_faster,
    "MERGE": _is_merged_elsewhere,
    "MERGE_UNDO": _is_undone_already,
    "POINTS": _turns_out_to_be_fraud,
    "COUPON": _turns_out_to_be_fraud,
    "RETRO": _lies_too_long,
}


# --- Who --------------------------------------------------------------------------------


def _people(crowd: Sequence[Stranger], now: datetime, dice: Random) -> Iterator[Stranger]:
    """Members whom the shops know by a mobile and an email address, nobody twice."""
    twins = {one.same_as for one in crowd} | {one.number for one in crowd if one.same_as}
    known = [
        one
        for one in crowd
        if one.number not in twins
        and one.loyalty_type == "LOYALTY"
        and one.joined < now - timedelta(days=60)
        and INSTORE in one.places
        and _key(one, "mobile")
        and _key(one, "email")
    ]
    dice.shuffle(known)
    return iter(known)


def _merges(shop: Shop) -> Iterator[tuple[int, int]]:
    """Merges that can be undone: their keys, and who survived."""
    rows = MergeJournal.objects.filter(org_id=shop.org.pk, undone_at=None).order_by("pk")
    for merge_id, survivor_id in list(rows.values_list("pk", "survivor_id")):
        if not plan_unmerge(org_id=shop.org.pk, merge_id=merge_id).blockers:
            yield merge_id, survivor_id
