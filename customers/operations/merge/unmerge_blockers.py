"""What stands in the way of an unmerge among the rows of the customers app."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from crm.kernel.model_names import get_model_name
from crm.kernel.staff_texts import staff_text, upper_first
from customers.models import (
    Association,
    Channel,
    Customer,
    CustomerImage,
    Identifier,
    Interaction,
    MergeJournal,
    Note,
    Preferences,
    Profile,
    ProfileIdentifier,
    ScopedSubscription,
    Subscription,
    SubscriptionChange,
    Ticket,
)
from customers.operations.merge.associations import is_survivor_place, list_association_blockers
from customers.operations.merge.customers import list_profile_attachments
from customers.operations.merge.journal_trail import (
    MergeStep,
    MergeTrail,
)
from customers.queries.merges import list_later_merges
from customers.queries.source_accounts import get_source_accounts
from customers.rules.unmerge import UnmergeBlocker

CONSENTS = (Subscription, ScopedSubscription)
# A change of these alone is not an edit.
MODIFICATION_COLUMNS = frozenset({"modified_by_id", "modified_at"})


class _RowNames:
    """Names of the rows of a trail, for messages to staff."""

    def __init__(self, journal: MergeJournal, trail: MergeTrail) -> None:
        self._accounts = get_source_accounts(org_id=journal.org_id)
        self._trail = trail
        self._formats: Mapping[Any, Callable[[Mapping[str, Any]], str]] = {
            Association: lambda row: staff_text(
                "The place of customer {customer_id}", customer_id=row["customer_id"]
            ),
            Channel: lambda row: staff_text(
                "The channel {type} {value}", type=row["type"], value=row["value"]
            ),
            CustomerImage: lambda row: staff_text(
                "Version {version} of the picture", version=row["version"]
            ),
            Identifier: lambda row: staff_text(
                "The identifier {type} {value}", type=row["type"], value=row["value"]
            ),
            Interaction: lambda row: staff_text(
                "An interaction of {day}", day=row["happened_at"][:10]
            ),
            Note: lambda row: staff_text("A note of {day}", day=row["noted_at"][:10]),
            Preferences: lambda row: staff_text("The record of preferences"),
            Profile: lambda row: staff_text(
                "The profile in {account}", account=self.account(row["source_account_id"])
            ),
            ProfileIdentifier: lambda row: staff_text(
                "The registration of {identifier}", identifier=self.identifier(row["identifier_id"])
            ),
            **dict.fromkeys(
                CONSENTS,
                lambda row: staff_text(
                    "The consent for {channel} {priority}",
                    channel=row["channel"],
                    priority=row["priority"],
                ),
            ),
            SubscriptionChange: lambda row: staff_text(
                "A line in the log of consent for {channel} {priority}",
                channel=row["channel"],
                priority=row["priority"],
            ),
            Ticket: lambda row: staff_text("Ticket {code}", code=row["code"]),
        }

    def of(self, step: MergeStep) -> str:
        if format_row := self._formats.get(step.model):
            return format_row(step.merged_row or {})
        name = get_model_name(step.model)
        return staff_text("{name} {id}", name=upper_first(name), id=step.pk)

    def account(self, pk: int) -> str:
        account = self._accounts.by_id(pk)
        return f"{account.source} {account.account_id}".strip()

    def identifier(self, pk: int) -> str:
        step = self._trail.of(Identifier).get(pk)
        return (
            f"{step.merged_row['type']} {step.merged_row['value']}"
            if step and step.merged_row
            else f"{pk}"
        )


def list_journal_blockers(journal: MergeJournal, trail: MergeTrail) -> list[UnmergeBlocker]:
    """Return the blockers that make an unmerge impossible without looking at the rows."""
    if any(
        step.merged_row is None and not step.is_created_by_merge
        for rows in trail.steps.values()
        for step in rows.values()
    ):
        return [
            UnmergeBlocker(
                "journal",
                staff_text(
                    "The merge was recorded before unmerging was supported: "
                    "later edits cannot be detected."
                ),
            )
        ]
    return [
        UnmergeBlocker(
            "later merge",
            staff_text(
                "Customer {victim_id} was merged into customer {survivor_id} later. "
                "Unmerge those first.",
                victim_id=later.victim_id,
                survivor_id=later.survivor_id,
            ),
        )
        for later in list_later_merges(journal)
    ]


def list_customer_blockers(journal: MergeJournal, trail: MergeTrail) -> list[UnmergeBlocker]:
    """Return the blockers: moved rows that were edited since. The trail has the current rows."""
    names = _RowNames(journal, trail)
    blockers = [
        UnmergeBlocker(
            "edited", staff_text("{row} was {edit} since.", row=names.of(step), edit=edit)
        )
        for step in list_moved_steps(journal, trail)
        if (edit := _describe_edit(step))
    ]
    blockers += _list_profile_edits(trail, names)
    blockers += _list_new_registrations(trail, names)
    blockers += list_association_blockers(journal, trail)
    remaining = Identifier.objects.filter(customer_id=journal.survivor_id)
    if not remaining.exclude(pk__in=trail.rows_of(Identifier)).exists():
        blockers.append(
            UnmergeBlocker(
                "identifiers",
                staff_text(
                    "Customer {survivor_id} would be left without any identifier.",
                    survivor_id=journal.survivor_id,
                ),
            )
        )
    return blockers


def _is_survivor_row(journal: MergeJournal, step: MergeStep) -> bool:
    """Return whether the row was the survivor's before the merge."""
    before = step.before or {}
    if step.model is Customer:
        return step.pk == journal.survivor_id
    if step.model is Profile:
        return not {"customer_id", "closed_at"} & before.keys()
    if step.model is Association:
        return is_survivor_place(step, journal.survivor_id)
    return step.model in (*CONSENTS, Preferences) and "customer_id" not in before


def list_survivor_steps(journal: MergeJournal, trail: MergeTrail) -> Iterator[MergeStep]:
    """Return the steps that changed rows of the survivor's own."""
    return (
        step
        for rows in trail.steps.values()
        for step in rows.values()
        if _is_survivor_row(journal, step)
    )


def list_moved_steps(journal: MergeJournal, trail: MergeTrail) -> Iterator[MergeStep]:
    """Return the steps that moved rows of the victim's."""
    return (
        step
        for rows in trail.steps.values()
        for step in rows.values()
        if not _is_survivor_row(journal, step)
    )


def get_moved_profiles(trail: MergeTrail) -> dict[int, MergeStep]:
    """Return the steps of the profiles that were moved to the survivor."""
    return {
        pk: step
        for pk, step in trail.of(Profile).items()
        if "customer_id" in (step.before or {}) and step.current is not None
    }


def get_known_registrations(trail: MergeTrail) -> set[int]:
    """Return the registrations of identifiers that the merge knew."""
    attached_ids = (
        key
        for step in get_moved_profiles(trail).values()
        for key, _ in (step.merged_row or {})["registered"]
    )
    return {*trail.of(ProfileIdentifier), *attached_ids}


def _describe_edit(step: MergeStep) -> str:
    if step.current is None:
        return staff_text("removed")
    return staff_text("changed") if step.list_edited_columns(ignored=MODIFICATION_COLUMNS) else ""


def _list_profile_edits(trail: MergeTrail, names: _RowNames) -> Iterator[UnmergeBlocker]:
    profiles = get_moved_profiles(trail)
    attachments = list_profile_attachments(list(profiles))
    for pk, step in profiles.items():
        merged_row = step.merged_row or {}
        if merged_row["channels"] != attachments[pk]["channels"]:
            yield UnmergeBlocker(
                "edited",
                staff_text(
                    "Channels of the profile in {account} were changed since.",
                    account=names.account(merged_row["source_account_id"]),
                ),
            )
        present = {key for key, _ in attachments[pk]["registered"]}
        for key, identifier_id in merged_row["registered"]:
            if key not in present:
                yield UnmergeBlocker(
                    "edited",
                    staff_text(
                        "{identifier} was removed from the profile in {account} since.",
                        identifier=names.identifier(identifier_id),
                        account=names.account(merged_row["source_account_id"]),
                    ),
                )


def _list_new_registrations(trail: MergeTrail, names: _RowNames) -> Iterator[UnmergeBlocker]:
    known = get_known_registrations(trail)
    for pk, identifier_id, account_id in (
        ProfileIdentifier.objects.filter(identifier__in=trail.rows_of(Identifier))
        .order_by("pk")
        .values_list("pk", "identifier_id", "profile__source_account_id")
    ):
        if pk not in known:
            yield UnmergeBlocker(
                "edited",
                staff_text(
                    "{identifier} was registered in {account} since.",
                    identifier=names.identifier(identifier_id),
                    account=names.account(account_id),
                ),
            )
