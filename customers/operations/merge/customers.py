"""Merging one customer into another: the rows of the customers app.

The journal records each changed row before and after, so that the merge can be undone. Search
rows are derived and written again instead.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Max

from crm.audit.operations.events import NewEvent
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import (
    Channel,
    Customer,
    CustomerImage,
    Identifier,
    Interaction,
    Profile,
    ProfileIdentifier,
    ScopedSubscription,
    Subscription,
    SubscriptionChange,
)
from customers.operations.customers.lock import lock_customers
from customers.operations.customers.search_index import reindex_customers
from customers.operations.merge.associations import move_associations
from customers.operations.merge.journal import Journal
from customers.operations.merge.rehearsal import Rehearsal
from customers.operations.merge.service import move_service
from customers.queries.customers.active import get_active_customer, load_customers
from customers.rules.subscriptions import choose_stricter_status

# What happens to each foreign key to a customer; an architecture test finds missing ones.
MERGE_MOVES: Mapping[str, str] = {
    "customers.Association.customer": "moves; of two in one hierarchy the higher role wins",
    "customers.Channel.profile": "moves with its profile, or to the survivor's own",
    "customers.Customer.merged_into": "earlier victims point at the last survivor",
    "customers.CustomerImage.customer": "moves; the survivor's own picture stays current",
    "customers.Identifier.customer": "moves",
    "customers.Interaction.customer": "moves",
    "customers.MergeJournal.survivor": "stays: history",
    "customers.MergeJournal.victim": "stays: history",
    "customers.Note.customer": "moves",
    "customers.Preferences.customer": "moves, or fills the blanks of the survivor's",
    "customers.Profile.customer": "moves, or closes where the survivor has one",
    "customers.ProfileIdentifier.profile": "moves with its profile, or to the survivor's own",
    "customers.ScopedSubscription.customer": "moves; if both have it, the stricter status wins",
    "customers.SearchKey.customer": "written again",
    "customers.StatusChange.customer": "stays: it is the log of the victim's own label",
    "customers.Subscription.customer": "moves; if both have it, the stricter status wins",
    "customers.SubscriptionChange.customer": "moves",
    "customers.Ticket.customer": "moves; of two open ones with one subject, both stay open",
}


@within_unit_of_work
def merge_profiles(*, origin: Origin, survivor_id: int, victim_id: int, cause: str) -> Journal:
    """Move the victim's rows of this app to the survivor; return the open journal.

    Both customers are locked. The caller may move more rows with the journal, and closes it.

    If both have a profile in one source account, the survivor's values win and its blanks are
    filled; the victim's profile is closed and stays with the victim. Contract, rule 2.6.

    Raises:
        CustomerUnknown, CustomerMerged: one of them does not exist or was merged.
    """
    customers = lock_customers({survivor_id, victim_id})
    survivor = get_active_customer(origin, customers, survivor_id)
    victim = get_active_customer(origin, customers, victim_id)
    journal = Journal.open(origin=origin, survivor_id=survivor_id, victim_id=victim_id, cause=cause)
    _move_rows(journal, survivor, victim)
    reindex_customers(org_id=origin.org.pk, customer_ids=[survivor_id, victim_id])
    _add_merge_events(journal, survivor_id, victim_id)
    return journal


def rehearse_profile_merge(*, origin: Origin, survivor_id: int, victim_id: int) -> Rehearsal:
    """Return what ``merge_profiles`` would move now, without writing or locking anything.

    Raises:
        CustomerUnknown, CustomerMerged: one of them does not exist or was merged.
    """
    customers = load_customers([survivor_id, victim_id])
    survivor = get_active_customer(origin, customers, survivor_id)
    victim = get_active_customer(origin, customers, victim_id)
    rehearsal = Rehearsal.begin(origin=origin)
    _move_rows(rehearsal, survivor, victim)
    return rehearsal


def _move_rows(journal: Journal, survivor: Customer, victim: Customer) -> None:
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
    _merge_customer_fields(journal, origin, survivor, victim)
    # Earlier victims point to the last survivor, so that reads never follow a chain.
    journal.change_all(
        Customer.objects.filter(merged_into_id=victim_id), {"merged_into_id": survivor_id}
    )
    journal.change(victim, {"merged_into_id": survivor_id})


def _move_profiles(journal: Journal, origin: Origin, survivor_id: int, victim_id: int) -> None:
    survivor_profiles = {p.source_account_id: p for p in _open_profiles(survivor_id)}
    victim_profiles = _open_profiles(victim_id)
    attachments = list_profile_attachments([profile.pk for profile in victim_profiles])
    for profile in victim_profiles:
        if (survivor_row := survivor_profiles.get(profile.source_account_id)) is None:
            journal.change(
                profile, {"customer_id": survivor_id}, attachments=attachments[profile.pk]
            )
        else:
            _combine_profiles(journal, profile, survivor_row)
            journal.change(profile, {"closed_at": origin.at})


def _open_profiles(customer_id: int) -> list[Profile]:
    return list(
        Profile.objects.filter(customer_id=customer_id, closed_at__isnull=True).order_by("pk")
    )


def list_profile_attachments(profile_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the identifiers and channels of each profile for the journal; two queries."""
    attachments: dict[int, dict[str, Any]] = {
        pk: {"registered": [], "channels": []} for pk in profile_ids
    }
    for profile_id, *registered in (
        ProfileIdentifier.objects.filter(profile_id__in=profile_ids)
        .order_by("pk")
        .values_list("profile_id", "pk", "identifier_id")
    ):
        attachments[profile_id]["registered"].append(registered)
    for profile_id, *channel in (
        Channel.objects.filter(profile_id__in=profile_ids)
        .order_by("pk")
        .values_list(
            "profile_id", "pk", "type", "value", "is_primary", "is_verified", "meta", "attributes"
        )
    ):
        attachments[profile_id]["channels"].append(channel)
    return attachments


def _combine_profiles(journal: Journal, profile: Profile, survivor_row: Profile) -> None:
    """Move identifiers, channels and missing values from the victim's profile to the survivor's."""
    journal.change(
        survivor_row,
        {
            "first_name": survivor_row.first_name or profile.first_name,
            "last_name": survivor_row.last_name or profile.last_name,
            "fields": profile.fields | survivor_row.fields,
        },
    )
    # An identifier belongs to one customer, so the survivor's profile cannot have it already.
    journal.change_all(
        ProfileIdentifier.objects.filter(profile=profile), {"profile_id": survivor_row.pk}
    )
    present = set(Channel.objects.filter(profile=survivor_row).values_list("type", "value"))
    for channel in Channel.objects.filter(profile=profile).order_by("pk"):
        if (channel.type, channel.value) not in present:
            journal.change(channel, {"profile_id": survivor_row.pk, "is_primary": False})


def _move_consent(journal: Journal, survivor_id: int, victim_id: int) -> None:
    models: tuple[type[Subscription | ScopedSubscription], ...] = Subscription, ScopedSubscription
    for model in models:
        rows = model._default_manager.filter(customer_id__in=[survivor_id, victim_id])
        survivor_rows = {
            _get_consent_key(row): row for row in rows if row.customer_id == survivor_id
        }
        for row in rows.filter(customer_id=victim_id).order_by("pk"):
            if (survivor_row := survivor_rows.get(_get_consent_key(row))) is None:
                journal.change(row, {"customer_id": survivor_id})
            else:
                # The victim's row stays with the victim; the journal records both statuses.
                status = choose_stricter_status(survivor_row.status, row.status)
                journal.change(survivor_row, {"status": status})


def _get_consent_key(row: Subscription | ScopedSubscription) -> tuple[Any, ...]:
    if isinstance(row, ScopedSubscription):
        return row.channel, row.priority, row.scope
    return row.channel, row.priority, row.source_account_id, row.org_unit_id


def _move_images(journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Number the victim's versions after the survivor's; the survivor's picture stays current."""
    survivor_images = CustomerImage.objects.filter(customer_id=survivor_id)
    newest: int = survivor_images.aggregate(newest=Max("version"))["newest"] or 0
    new = {"customer_id": survivor_id}
    for image in CustomerImage.objects.filter(customer_id=victim_id).order_by("pk"):
        renumbering = {"version": newest + image.version, "is_current": False} if newest else {}
        journal.change(image, {**new, **renumbering})


def _merge_customer_fields(
    journal: Journal, origin: Origin, survivor: Customer, victim: Customer
) -> None:
    """Keep the survivor's values, and take over a loyalty type or a fraud status of the victim."""
    new: dict[str, Any] = {
        "extended_fields": victim.extended_fields | survivor.extended_fields,
        "modified_by_id": origin.actor_id,
        "modified_at": origin.at,
    }
    if victim.loyalty_type == Customer.LoyaltyType.LOYALTY:
        new["loyalty_type"] = Customer.LoyaltyType.LOYALTY
    not_fraud = Customer.FraudStatus.NOT_FRAUD
    if survivor.fraud_status == not_fraud and victim.fraud_status != not_fraud:
        new["fraud_status"] = victim.fraud_status
        new["fraud_marked_by_id"] = victim.fraud_marked_by_id
        new["fraud_marked_at"] = victim.fraud_marked_at
        new["fraud_reason"] = victim.fraud_reason
    journal.change(survivor, new)


def _add_merge_events(journal: Journal, survivor_id: int, victim_id: int) -> None:
    journal.add_event(
        NewEvent(
            "customer.absorbed",
            "customer",
            survivor_id,
            after={"victim": victim_id, "journal": journal.pk},
        )
    )
    journal.add_event(
        NewEvent(
            "customer.merged",
            "customer",
            victim_id,
            after={"survivor": survivor_id, "journal": journal.pk},
        )
    )
