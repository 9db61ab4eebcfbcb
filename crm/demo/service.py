"""Notes, tickets, preferences and interactions of the demo's customers."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.conf import settings

from crm.demo.data_files import Row, read_data
from crm.demo.made_up_customers import MadeUpCustomers, recent_moment
from crm.demo.organization import DemoOrganization, raise_refusals
from crm.kernel.transactions import within_unit_of_work
from customers.models import OneTimeCode
from customers.operations.interactions import record_interactions
from customers.operations.notes import write_notes
from customers.operations.preferences import StoreReference, set_preferences
from customers.operations.tickets.open import open_ticket
from customers.operations.tickets.update import TicketChange, answer_ticket, change_ticket
from customers.rules.interactions import NewInteraction
from customers.rules.notes import NoteIn
from customers.rules.one_time_codes import CodeTarget, hash_code
from customers.rules.tickets import NewTicket

ONLINE_TILL = "store.server"
INTERACTION_MOMENTS = ("delivered_at", "completed_at")
# What a ticket's row says about what happens after it is opened.
_LATER = {"at", "till", "assigned_to", "answers", "status"}


@within_unit_of_work
def load_service(demo: DemoOrganization) -> None:
    """Write notes, tickets and preferences, in the order of the file."""
    _write_service(demo, read_data("service"))


@within_unit_of_work
def load_made_up_service(demo: DemoOrganization, customers: MadeUpCustomers) -> None:
    """Write tickets, notes and preferences of made-up customers, in the order of the file."""
    data = read_data("made_up_service")
    for row in itertools.chain(*data.values()):
        _set_customer(demo, customers, row)
    _write_service(demo, data)


def _set_customer(demo: DemoOrganization, customers: MadeUpCustomers, row: Row) -> None:
    """Give a row of a made-up customer the fields that other rows have."""
    customer = customers[row.pop("customer")]
    row["customer_id"] = customer["id"]
    row["at"] = recent_moment(demo, customer, row.pop("share_ago"))


def _write_service(demo: DemoOrganization, data: Mapping[str, Sequence[Row]]) -> None:
    writers = {"notes": _write_note, "tickets": _write_ticket, "preferences": _write_preferences}
    for name, rows in data.items():
        for row in rows:
            writers[name](demo, row)


@within_unit_of_work
def load_interactions(demo: DemoOrganization) -> None:
    """Write each interaction at its moment."""
    for row in read_data("interactions"):
        origin = demo.origin(row.pop("till"), row["at"])
        moments = {name: demo.moment(row[name]) for name in INTERACTION_MOMENTS if name in row}
        interaction = NewInteraction(happened_at=demo.moment(row.pop("at")), **{**row, **moments})
        raise_refusals(record_interactions(origin=origin, interactions=[interaction]))


@within_unit_of_work
def load_made_up_interactions(demo: DemoOrganization, customers: MadeUpCustomers) -> None:
    """Write the interactions together, when the last of them has happened."""
    interactions = []
    for row in read_data("made_up_interactions"):
        _set_customer(demo, customers, row)
        at = row.pop("at")
        if "completed_after_hours" in row:
            completed_at = at + timedelta(hours=row.pop("completed_after_hours"))
            row["completed_at"] = min(completed_at, demo.now)
        interactions.append(NewInteraction(happened_at=at, **row))
    origin = demo.origin(ONLINE_TILL, max(one.happened_at for one in interactions))
    raise_refusals(record_interactions(origin=origin, interactions=interactions))


def _write_note(demo: DemoOrganization, row: Row) -> None:
    """Write a note, made by an associate at a till."""
    note = NoteIn(
        associate_id=row["associate_id"],
        noted_at=demo.moment(row["at"]),
        description=row["description"],
    )
    origin = demo.origin(row["till"], row["at"])
    write_notes(origin=origin, customer_id=row["customer_id"], notes=[note])


def _write_ticket(demo: DemoOrganization, row: Row) -> None:
    """Open a ticket, answer it, and give it its assignee and status."""
    ticket = NewTicket(**{key: value for key, value in row.items() if key not in _LATER})
    opened_at = last = demo.moment(row["at"])
    opened = open_ticket(origin=demo.origin(row["till"], opened_at), ticket=ticket)
    assignee = actor = row.get("assigned_to", "")
    for answer in row.get("answers", ()):
        actor = answer["by"]
        last = min(opened_at + timedelta(hours=answer["after_hours"]), demo.now)
        answer_ticket(
            origin=demo.origin(actor, last), ticket_id=opened.ticket_id, message=answer["message"]
        )
    if assignee:
        change_ticket(
            origin=demo.origin(actor, min(last + timedelta(minutes=5), demo.now)),
            change=TicketChange(
                ticket_id=opened.ticket_id,
                status=row["status"],
                assigned_to_id=demo.entity_ids[assignee],
            ),
        )


def _write_preferences(demo: DemoOrganization, row: Row) -> None:
    """Set the preferences of a customer."""
    set_preferences(
        origin=demo.origin(row["till"], row["at"]),
        customer_id=row["customer_id"],
        fields=row["fields"],
        store=StoreReference(code_or_name=row["store"]) if row.get("store") else None,
    )


@within_unit_of_work
def make_one_time_code(demo: DemoOrganization) -> None:
    """Keep a code that the example of the API page can use: 123456, sent long ago, still good."""
    target = CodeTarget("MOBILE", "44700900000", "GENERIC")
    OneTimeCode.objects.create(
        org=demo.org,
        entity_type=target.type,
        entity_value=target.value,
        action=target.action,
        code_hash=hash_code("123456", target, org_id=demo.org.pk, secret=settings.SECRET_KEY),
        sent_at=demo.now - timedelta(days=1),
        expires_at=demo.now + timedelta(days=3_650),
    )
