"""Folding one customer into another: what the customers app itself has to move.

Every row that changes is written into the journal as it was and as it became, so that an undo can
walk back. Search rows are derived and made anew instead.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Max

from crm.audit.operations.events import NewEvent
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import (
    Channel,
    Customer,
    CustomerImage,
    Identifier,
    Interaction,
    Profile,
    ProfileIdentifier,
    Subscription,
    SubscriptionChange,
)
from customers.operations.customers.lock import lock_customers
from customers.operations.customers.search_index import index_again
from customers.operations.merge.associations import move_associations
from customers.operations.merge.journal import Journal
from customers.operations.merge.rehearsal import Rehearsal
from customers.operations.merge.service import move_service
from customers.rules.consent import stricter

# What each link to a customer does in a merge; an architecture test finds the ones that forget.
MERGE_MOVES: Mapping[str, str] = {
    "customers.Association.customer": "moves; of two in one hierarchy the higher role holds",
    "customers.Channel.profile": "moves with its profile, or to the survivor's own",
    "customers.Customer.merged_into": "earlier victims point at the last survivor",
    "customers.CustomerImage.customer": "moves; the survivor's own picture goes on being shown",
    "customers.Identifier.customer": "moves",
    "customers.Interaction.customer": "moves",
    "customers.MergeJournal.survivor": "stays: history",
    "customers.MergeJournal.victim": "stays: history",
    "customers.Note.customer": "moves",
    "customers.Preferences.customer": "moves, or fills the blanks of the survivor's",
    "customers.Profile.customer": "moves, or closes where the survivor has one",
    "customers.ProfileIdentifier.profile": "moves with its profile, or to the survivor's own",
    "customers.SearchKey.customer": "made anew",
    "customers.StatusChange.customer": "stays: it is the log of the victim's own label",
    "customers.Subscription.customer": "moves; where both have it, the stricter holds",
    "customers.SubscriptionChange.customer": "moves",
    "customers.Ticket.customer": "moves; of two open ones with one subject, both stay open",
}


@within_unit_of_work
def absorb_customer(*, origin: Origin, survivor_id: int, victim_id: int, cause: str) -> Journal:
    """Move what hangs on the victim in this app; return the open journal.

    Both customers are locked, so whoever moves more goes on in the journal, and closes it.

    Where both have a profile in one source account the survivor's values win and its blanks are
    filled; the victim's profile stays with the victim, closed. Contract, rule 2.6.

    Raises:
        CustomerUnknown, CustomerMerged: one of them is not there, or folded already.
    """
    customers = lock_customers({survivor_id, victim_id})
    survivor = _standing(origin, customers, survivor_id)
    victim = _standing(origin, customers, victim_id)
    journal = Journal.open(origin=origin, survivor_id=survivor_id, victim_id=victim_id, cause=cause)
    _absorb(journal, survivor, victim)
    index_again(org_id=origin.org.pk, customer_ids=[survivor_id, victim_id])
    _tell_both(journal, survivor_id, victim_id)
    return journal


def rehearse_absorbing(*, origin: Origin, survivor_id: int, victim_id: int) -> Rehearsal:
    """Say what ``absorb_customer`` would move now; nothing is written, and nothing locked.

    Raises:
        CustomerUnknown, CustomerMerged: one of them is not there, or folded already.
    """
    customers = Customer.objects.in_bulk([survivor_id, victim_id])
    survivor = _standing(origin, customers, survivor_id)
    victim = _standing(origin, customers, victim_id)
    rehearsal = Rehearsal.begin(origin=origin)
    _absorb(rehearsal, survivor, victim)
    return rehearsal


def _absorb(journal: Journal, survivor: Customer, victim: Customer) -> None:
    origin, survivor_id, victim_id = journal.origin, survivor.pk, victim.pk
    _move_profiles(journal, origin, survivor_id, victim_id)
    journal.change_all(
        Identifier.objects.filter(customer_id=victim_id), {"customer_id": survivor_id}
    )
    _move_consent(journal, survivor_id, victim_id)
    journal.change_all(
        SubscriptionChange.objects.filter(customer_id=victim_id), {"customer_id": survivor_id}
    )
    journal.change_all(
        Interaction.objects.filter(org_id=origin.org.pk, customer_id=victim_id),
        {"customer_id": survivor_id},
    )
    _move_images(journal, survivor_id, victim_id)
    move_service(journal, org_id=origin.org.pk, survivor_id=survivor_id, victim_id=victim_id)
    move_associations(journal, survivor_id=survivor_id, victim_id=victim_id)
    _join_persons(journal, origin, survivor, victim)
    # A chain of merges is kept one step long, so that reading a victim never has to walk.
    journal.change_all(
        Customer.objects.filter(merged_into_id=victim_id), {"merged_into_id": survivor_id}
    )
    journal.change(victim, {"merged_into_id": survivor_id})


def _standing(origin: Origin, customers: Mapping[int, Customer], customer_id: int) -> Customer:
    customer = customers.get(customer_id)
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise errors.CustomerMerged(survivor_id=customer.merged_into_id)
    return customer


def _move_profiles(journal: Journal, origin: Origin, survivor_id: int, victim_id: int) -> None:
    own = {p.source_account_id: p for p in _open_profiles(survivor_id)}
    moving = _open_profiles(victim_id)
    hanging = hanging_on_profiles([profile.pk for profile in moving])
    for profile in moving:
        if (rival := own.get(profile.source_account_id)) is None:
            journal.change(profile, {"customer_id": survivor_id}, beside=hanging[profile.pk])
        else:
            _empty_into(journal, profile, rival)
            journal.change(profile, {"closed_at": origin.at})


def _open_profiles(customer_id: int) -> list[Profile]:
    return list(
        Profile.objects.filter(customer_id=customer_id, closed_at__isnull=True).order_by("pk")
    )


def hanging_on_profiles(profile_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """What is registered in these profiles, as the journal writes it beside each; two queries."""
    hanging: dict[int, dict[str, Any]] = {
        pk: {"registered": [], "channels": []} for pk in profile_ids
    }
    for profile_id, *registered in (
        ProfileIdentifier.objects.filter(profile_id__in=profile_ids)
        .order_by("pk")
        .values_list("profile_id", "pk", "identifier_id")
    ):
        hanging[profile_id]["registered"].append(registered)
    for profile_id, *channel in (
        Channel.objects.filter(profile_id__in=profile_ids)
        .order_by("pk")
        .values_list(
            "profile_id", "pk", "type", "value", "is_primary", "is_verified", "meta", "attributes"
        )
    ):
        hanging[profile_id]["channels"].append(channel)
    return hanging


def _empty_into(journal: Journal, profile: Profile, rival: Profile) -> None:
    """Give a closing profile's identifiers and channels, and what the rival lacks, to the rival."""
    journal.change(
        rival,
        {
            "first_name": rival.first_name or profile.first_name,
            "last_name": rival.last_name or profile.last_name,
            "fields": profile.fields | rival.fields,
        },
    )
    # An identifier belongs to one customer, so the rival cannot hold one of the profile's.
    journal.change_all(ProfileIdentifier.objects.filter(profile=profile), {"profile_id": rival.pk})
    present = set(Channel.objects.filter(profile=rival).values_list("type", "value"))
    for channel in Channel.objects.filter(profile=profile).order_by("pk"):
        if (channel.type, channel.value) not in present:
            journal.change(channel, {"profile_id": rival.pk, "is_primary": False})


def _move_consent(journal: Journal, survivor_id: int, victim_id: int) -> None:
    own = {_place(row): row for row in Subscription.objects.filter(customer_id=survivor_id)}
    for row in Subscription.objects.filter(customer_id=victim_id).order_by("pk"):
        if (rival := own.get(_place(row))) is None:
            journal.change(row, {"customer_id": survivor_id})
        else:
            # The victim's row stays with the victim: the journal keeps both words.
            journal.change(rival, {"status": stricter(rival.status, row.status)})


def _place(row: Subscription) -> tuple[Any, ...]:
    return row.channel, row.priority, row.source_account_id, row.org_unit_id


def _move_images(journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Number the victim's versions on from the survivor's, whose own picture stays shown."""
    own = CustomerImage.objects.filter(customer_id=survivor_id)
    newest: int = own.aggregate(newest=Max("version"))["newest"] or 0
    new = {"customer_id": survivor_id}
    for image in CustomerImage.objects.filter(customer_id=victim_id).order_by("pk"):
        rest = {"version": newest + image.version, "is_current": False} if newest else {}
        journal.change(image, {**new, **rest})


def _join_persons(journal: Journal, origin: Origin, survivor: Customer, victim: Customer) -> None:
    """The survivor's own values win; membership and a mark of fraud are never lost."""
    new: dict[str, Any] = {
        "extended_fields": victim.extended_fields | survivor.extended_fields,
        "modified_by_id": origin.actor_id,
        "modified_at": origin.at,
    }
    if victim.loyalty_type == Customer.LoyaltyType.LOYALTY:
        new["loyalty_type"] = Customer.LoyaltyType.LOYALTY
    clean = Customer.FraudStatus.NOT_FRAUD
    if survivor.fraud_status == clean and victim.fraud_status != clean:
        new["fraud_status"] = victim.fraud_status
        new["fraud_marked_by_id"] = victim.fraud_marked_by_id
        new["fraud_marked_at"] = victim.fraud_marked_at
    journal.change(survivor, new)


def _tell_both(journal: Journal, survivor_id: int, victim_id: int) -> None:
    journal.tell(
        NewEvent(
            "customer.absorbed",
            "customer",
            survivor_id,
            after={"victim": victim_id, "journal": journal.pk},
        )
    )
    journal.tell(
        NewEvent(
            "customer.merged",
            "customer",
            victim_id,
            after={"survivor": survivor_id, "journal": journal.pk},
        )
    )
