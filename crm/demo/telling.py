"""Writing the people of the documents, and what happened to them since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.demo.ids import continue_after
from crm.demo.organizations import CONCEPT_ID, Shop
from crm.demo.people import INSTORE, WECHAT, Person
from crm.kernel.transactions import within_unit_of_work
from customers.models import Customer
from customers.operations.customers.register import register_customer
from customers.operations.customers.update import update_customer
from customers.operations.status_labels import label_customer
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from customers.rules.customer_update import CustomerChange
from customers.rules.registration import ProfileEntry, Registration


@dataclass(frozen=True, slots=True)
class Edit:
    """Fields that a till wrote into a profile later on."""

    customer_id: int
    at: str
    till: str
    place: tuple[str, str]
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Labelling:
    customer_id: int
    at: str
    till: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Consent:
    """What a customer said about channels: (channel, priority, status), for one org unit or all."""

    customer_id: int
    at: str
    till: str
    reason: str
    said: Sequence[tuple[str, str, str]]
    org_unit_id: int | None = None


EDITS = (
    Edit(17742, "2016-08-12T18:50:23+08:00", "rr.till", WECHAT, {"city": "Bangalore"}),
    Edit(430000003, "2017-05-09T15:58:29+05:30", "cm.1", INSTORE, {"customer_age": "26-35"}),
    Edit(481220846, "2021-02-22T13:27:29+05:30", "sit.admin", WECHAT, {"city": "Bangalore"}),
    Edit(343014824, "2021-11-24T15:01:59+05:30", "krishna.till01", INSTORE, {"employee": "false"}),
)
LABELLINGS = (
    Labelling(
        481220846, "2021-09-10T09:30:00Z", "demo.till", "Suspended", "Asked for a pause by phone"
    ),
    Labelling(481220846, "2021-09-14T12:23:13Z", "demo.till", "Active", "Came back"),
    Labelling(
        379061018, "2022-01-07T11:00:00Z", "demo.till", "Suspended", "Shares a card with others"
    ),
)
BOTH = (("EMAIL", "TRANS"), ("EMAIL", "BULK"), ("SMS", "TRANS"), ("SMS", "BULK"))
CONSENTS = (
    Consent(
        17742,
        "2016-06-23T19:11:18+08:00",
        "rr.till",
        "Signed the form",
        [(channel, priority, "OPTIN") for channel, priority in BOTH],
    ),
    Consent(
        29372667,
        "2019-05-14T16:40:00+05:30",
        "pe.london.bondstreet",
        "Signed the form",
        [(channel, priority, "OPTIN") for channel, priority in BOTH],
    ),
    Consent(
        29372667,
        "2020-02-01T10:00:00+00:00",
        "store.server",
        "Unsubscribed by link",
        [("EMAIL", "BULK", "OPTOUT")],
        CONCEPT_ID,
    ),
    Consent(
        418,
        "2014-07-01T12:00:00+05:30",
        "store.server",
        "Answered STOP",
        [("SMS", "BULK", "OPTOUT"), ("EMAIL", "TRANS", "OPTIN")],
    ),
)


@within_unit_of_work
def tell(shop: Shop, people: Sequence[Person]) -> None:
    """Register each of them under the id that the documents print."""
    for person in people:
        continue_after(Customer, person.id - 1)
        register_customer(
            origin=shop.origin(person.till, datetime.fromisoformat(person.joined)),
            registration=_registration(shop, person),
        )


@within_unit_of_work
def tell_on(shop: Shop) -> None:
    """Write what became of them: edits, labels and consent, each at its moment."""
    for edit in EDITS:
        update_customer(
            origin=shop.origin(edit.till, datetime.fromisoformat(edit.at)),
            change=CustomerChange(
                customer_id=edit.customer_id,
                profiles=[
                    ProfileEntry(source_account_id=shop.account_ids[edit.place], fields=edit.fields)
                ],
            ),
        )
    for consent in CONSENTS:
        subscribe(
            origin=shop.origin(consent.till, datetime.fromisoformat(consent.at)),
            customer_id=consent.customer_id,
            changes=[
                SubscriptionChangeIn(
                    channel=channel,
                    priority=priority,
                    status=status,
                    org_unit_id=consent.org_unit_id,
                )
                for channel, priority, status in consent.said
            ],
            reason=consent.reason,
        )
    for labelling in LABELLINGS:
        label_customer(
            origin=shop.origin(labelling.till, datetime.fromisoformat(labelling.at)),
            customer_id=labelling.customer_id,
            label=labelling.label,
            reason=labelling.reason,
        )


def _registration(shop: Shop, person: Person) -> Registration:
    till = person.associated_with
    return Registration(
        profiles=[
            ProfileEntry(
                source_account_id=shop.account_ids[place.at],
                first_name=person.first,
                last_name=person.last,
                fields=place.fields,
                identifiers=place.keys,
                channels=place.channels,
            )
            for place in person.places
        ],
        loyalty_type=person.loyalty_type,
        extended_fields=person.extended_fields,
        registered_at=datetime.fromisoformat(person.joined),
        associated_with_id=shop.entity_ids[till] if till else None,
        end_points=person.end_points,
    )
