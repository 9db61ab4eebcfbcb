"""Writing down interactions of the documents' people and of some of the crowd."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from crm.demo.crowd import Stranger
from crm.demo.happening import moment
from crm.demo.met import ASKERS, MEETINGS, OURS, SUBJECTS, SURVEYS, Meeting
from crm.demo.organizations import Shop
from crm.kernel.transactions import within_unit_of_work
from customers.operations.interactions import record_interactions
from customers.rules.interactions import NewInteraction

SEED = 1_016
PEOPLE = 120
DAYS = 60
MOMENTS = ("delivered_at", "completed_at")
# What happens, and how often as a part of all.
SHARES = {"EMAILBULK": 5, "SMS": 4, "EMAIL": 2, "SURVEY": 3, "LIKE": 2, "TWEET": 1, "CHECKIN": 1}


@within_unit_of_work
def meet(shop: Shop, *, now: datetime) -> None:
    """Write down what is told of the people of the documents."""
    for meeting in MEETINGS:
        _write(shop, meeting.till, [_told(meeting, now)])


@within_unit_of_work
def meet_crowd(
    shop: Shop, *, crowd: Sequence[Stranger], ids: Mapping[int, int], now: datetime
) -> None:
    """Write down what happened with some; the same each time, in the last two months."""
    dice = Random(SEED)  # noqa: S311 - the same each time
    known = [one for one in crowd if one.same_as is None and one.joined < now - timedelta(days=3)]
    told: list[NewInteraction] = []
    for one in dice.sample(known, PEOPLE):
        since = max(one.joined, now - timedelta(days=DAYS))
        for _ in range(dice.randint(1, 4)):
            at = now - (now - since) * dice.random()
            told.append(_made_up(ids[one.number], at, now, dice))
    _write(shop, "store.server", sorted(told, key=lambda one: one.happened_at))


def _told(meeting: Meeting, now: datetime) -> NewInteraction:
    said: dict[str, Any] = {
        name: datetime.fromisoformat(value) if name in MOMENTS else value
        for name, value in meeting.said.items()
    }
    return NewInteraction(
        customer_id=meeting.who,
        network=meeting.network,
        type=meeting.type,
        happened_at=moment(meeting.at, now=now),
        **said,
    )


def _made_up(customer_id: int, at: datetime, now: datetime, dice: Random) -> NewInteraction:
    kind = dice.choices(list(SHARES), list(SHARES.values()))[0]
    said: dict[str, Any] = {}
    if kind in ("EMAILBULK", "EMAIL", "SMS"):
        said = {
            "sender": OURS,
            "subject": dice.choice(SUBJECTS),
            "delivery_status": dice.choices(("DELIVERED", "SENT", "BOUNCED"), (8, 3, 1))[0],
        }
    elif kind == "SURVEY":
        said = {
            "survey_name": dice.choice(SURVEYS),
            "nps_score": dice.choices(range(11), (1, 1, 1, 1, 1, 2, 3, 5, 8, 9, 8))[0],
            "sent_by": dice.choice(ASKERS),
            "completed_at": min(at + timedelta(hours=dice.randint(1, 48)), now),
        }
    elif kind in ("LIKE", "CHECKIN"):
        said = {"network": "FACEBOOK"}
    return NewInteraction(customer_id=customer_id, type=kind, happened_at=at, **said)


def _write(shop: Shop, till: str, told: Sequence[NewInteraction]) -> None:
    # Told when the latest of them happened.
    origin = shop.origin(till, max(one.happened_at for one in told))
    for recorded in record_interactions(origin=origin, interactions=told):
        if recorded.refusal is not None:
            raise recorded.refusal
