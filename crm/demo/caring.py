"""Writing notes, tickets and preferences of the documents' people and of some of the crowd."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from crm.audit.models import Event
from crm.demo.cared import (
    ANSWERS,
    BRANDS,
    COLORS,
    LIKES,
    LIKINGS,
    MATTERS,
    REMARKS,
    SAYINGS,
    SUBJECTS,
    Liking,
    Matter,
    Remark,
)
from crm.demo.crowd import Stranger
from crm.demo.happening import moment
from crm.demo.organizations import TILLS, Shop
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import list_staff_entities
from customers.operations.notes import write_notes
from customers.operations.preferences import StoreNamed, set_preferences
from customers.operations.tickets.open import open_ticket
from customers.operations.tickets.update import TicketChange, answer_ticket, change_ticket
from customers.rules.notes import NoteIn
from customers.rules.tickets import OVER, PRIORITIES, REPORTED_FROM, NewTicket

SEED = 418
TICKETS, NOTES, PREFERENCES = 60, 40, 40
DAYS = 60
ONLINE = "store.server"


@within_unit_of_work
def care(shop: Shop, *, now: datetime) -> None:
    """Write what is told of the people of the documents."""
    staff = _staff_of(shop)
    for remark in REMARKS:
        _note(shop, remark, now)
    for matter in MATTERS:
        _handle(shop, staff, matter, now)
    for liking in LIKINGS:
        _like(shop, liking, now)


@within_unit_of_work
def care_for_crowd(
    shop: Shop, *, crowd: Sequence[Stranger], ids: Mapping[int, int], now: datetime
) -> None:
    """Write notes, tickets and preferences of some; the same each time, in the last two months."""
    dice = Random(SEED)  # noqa: S311 - the same each time
    staff = _staff_of(shop)
    known = [one for one in crowd if one.same_as is None and one.joined < now - timedelta(days=3)]
    matters = [_matter(one, ids[one.number], now, dice) for one in dice.sample(known, TICKETS)]
    for matter in sorted(matters, key=lambda one: moment(one.at, now=now)):
        _handle(shop, staff, matter, now)
    for one in dice.sample(known, NOTES):
        at = _since(one, now, dice).isoformat()
        said = dice.choice(SAYINGS)
        _note(shop, Remark(ids[one.number], at, str(dice.randint(200, 520)), said, one.till), now)
    for one in dice.sample(known, PREFERENCES):
        _like(shop, _liking(one, ids[one.number], now, dice), now)


def _matter(one: Stranger, customer_id: int, now: datetime, dice: Random) -> Matter:
    at = _since(one, now, dice)
    hours = int((now - at).total_seconds() // 3_600)
    subject, message, department = dice.choice(SUBJECTS)
    assigned = dice.choice(("agent", "agent", "approver", "admin", ""))
    answers: list[tuple[str, int, str]] = []
    status = "OPEN"
    if assigned and hours > 4:
        later = dice.randint(1, min(hours - 1, 48))
        answers.append((assigned, later, dice.choice(ANSWERS)))
        # What lies long enough is over, mostly.
        is_old = hours > 240 and dice.random() < 0.85
        status = dice.choice(sorted(OVER)) if is_old else dice.choice(("IN_PROGRESS", "ON_HOLD"))
    return Matter(
        who=customer_id,
        at=at.isoformat(),
        till=one.till,
        subject=subject,
        message=message,
        priority=dice.choices(PRIORITIES, (3, 5, 2))[0],
        department=department,
        type="CUSTOMER" if one.till == ONLINE else dice.choice(("STORE", "CUSTOMER")),
        reported_from=dice.choice(REPORTED_FROM),
        assigned_to=assigned,
        answers=answers,
        status=status,
    )


def _liking(one: Stranger, customer_id: int, now: datetime, dice: Random) -> Liking:
    choices = {"Favorite Brand": BRANDS, "Favorite Color": COLORS, "Likes": LIKES}
    named = dice.sample(list(choices), dice.randint(1, 3))
    return Liking(
        who=customer_id,
        at=_since(one, now, dice).isoformat(),
        fields={name: dice.choice(choices[name]) for name in named},
        store="" if one.till == ONLINE else TILLS[one.till],
        till=one.till,
    )


def _since(one: Stranger, now: datetime, dice: Random) -> datetime:
    """A moment of the last two months after they joined; many lately, few long ago."""
    since = max(one.joined, now - timedelta(days=DAYS))
    return now - (now - since) * dice.random() ** 1.5


def _staff_of(shop: Shop) -> dict[str, int]:
    return {entity.code: entity.pk for entity in list_staff_entities(org_id=shop.org.pk)}


def _note(shop: Shop, remark: Remark, now: datetime) -> None:
    at = moment(remark.at, now=now)
    write_notes(
        origin=shop.origin(remark.till, at),
        customer_id=remark.who,
        notes=[NoteIn(associate_id=remark.associate, noted_at=at, description=remark.said)],
    )


def _handle(shop: Shop, staff: Mapping[str, int], matter: Matter, now: datetime) -> None:
    at = moment(matter.at, now=now)
    opened = open_ticket(
        origin=shop.origin(matter.till, at),
        ticket=NewTicket(
            customer_id=matter.who,
            code=matter.code,
            subject=matter.subject,
            message=matter.message,
            priority=matter.priority,
            department=matter.department,
            type=matter.type,
            reported_from=matter.reported_from,
            custom_fields=matter.fields,
        ),
    )
    last, who = at, matter.assigned_to or "agent"
    for who, hours, said in matter.answers:
        last = min(at + timedelta(hours=hours), now)
        answer_ticket(
            origin=_at_desk(shop, staff[who], last), ticket_id=opened.ticket_id, message=said
        )
    if matter.assigned_to:
        change_ticket(
            origin=_at_desk(shop, staff[who], min(last + timedelta(minutes=5), now)),
            change=TicketChange(
                ticket_id=opened.ticket_id,
                status=matter.status,
                assigned_to_id=staff[matter.assigned_to],
            ),
        )


def _like(shop: Shop, liking: Liking, now: datetime) -> None:
    set_preferences(
        origin=shop.origin(liking.till, moment(liking.at, now=now)),
        customer_id=liking.who,
        fields=liking.fields,
        store=StoreNamed(called=liking.store) if liking.store else None,
    )


def _at_desk(shop: Shop, entity_id: int, at: datetime) -> Origin:
    return Origin(org=shop.org, actor_id=entity_id, door=Event.Door.COMMAND.value, at=at)
