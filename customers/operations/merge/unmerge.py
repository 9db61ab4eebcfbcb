"""Letting an absorbed customer go again: what the customers app itself has to put back.

Also puts back rows of other apps that a merge moved and that need nothing but their old values.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
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
    Subscription,
    SubscriptionChange,
    Ticket,
)
from customers.operations.customers.search_index import index_again
from customers.operations.merge.associations import find_association_blockers, is_own_place
from customers.operations.merge.customers import hanging_on_profiles
from customers.operations.merge.journal_trail import Step, Trail, put_back, write
from customers.queries.merges import list_later_merges
from customers.queries.source_accounts import get_source_accounts
from customers.rules.unmerge import Blocker, take_out

# That somebody touched a row is no edit; what was changed shows elsewhere.
TOUCHED = frozenset({"modified_by_id", "modified_at"})
# Columns that say one thing together: whoever changed one of them since meant all.
_TOGETHER = (
    frozenset({"fraud_status", "fraud_marked_by_id", "fraud_marked_at"}),
    frozenset({"role_id", "parent_id"}),
    TOUCHED,
)


def find_walls(journal: MergeJournal, trail: Trail) -> list[Blocker]:
    """Why the journal cannot be walked back at all: then nothing else is worth looking at."""
    if any(
        step.left is None and not step.is_made for s in trail.steps.values() for step in s.values()
    ):
        return [
            Blocker(
                "journal",
                "The merge was written down before merges could be undone: "
                "nobody can tell what was edited since.",
            )
        ]
    return [
        Blocker(
            "later merge",
            f"Customer {later.victim_id} was merged into customer {later.survivor_id} later: "
            "undo that first.",
        )
        for later in list_later_merges(journal)
    ]


def find_blockers(journal: MergeJournal, trail: Trail) -> list[Blocker]:
    """What moved and was edited since, by name. The trail holds the rows as they are."""
    names = _Names(journal, trail)
    blockers = [
        Blocker("edited", f"{names.of(step)} was {word} since.")
        for step in _moved(journal, trail)
        if (word := _what_happened(step))
    ]
    blockers += _edited_within_profiles(trail, names)
    blockers += _registered_elsewhere(trail, names)
    blockers += find_association_blockers(journal, trail)
    kept = Identifier.objects.filter(customer_id=journal.survivor_id)
    if not kept.exclude(pk__in=trail.rows_of(Identifier)).exists():
        blockers.append(
            Blocker(
                "identifiers",
                f"Customer {journal.survivor_id} would be left without any identifier.",
            )
        )
    return blockers


@within_unit_of_work
def sign_undo(*, origin: Origin, merge_id: int, reason: str) -> None:
    """Mark the merge as undone, once.

    Raises:
        MergeUndone: somebody was faster.
    """
    if not MergeJournal.objects.filter(
        pk=merge_id, org_id=origin.org.pk, undone_at__isnull=True
    ).update(undone_at=origin.at, undone_by_id=origin.actor_id, undo_reason=reason):
        raise errors.MergeUndone(merge_id=merge_id)


@within_unit_of_work
def release_customer(*, origin: Origin, journal: MergeJournal, trail: Trail, reason: str) -> None:
    """Give the victim back what moved, and the survivor what the merge changed of their own.

    Both customers are locked, the trail holds the locked rows, and nothing blocks. What the
    survivor was given since stays with the survivor, values of their own rows included.
    """
    _keep_later_registrations(journal, trail)
    put_back(list(_moved(journal, trail)))
    write((step, _own_values(step)) for step in _own(journal, trail))
    index_again(org_id=origin.org.pk, customer_ids=[journal.survivor_id, journal.victim_id])
    told = {"journal": journal.pk, "reason": reason}
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.merge_undone",
                "customer",
                journal.survivor_id,
                after={"victim": journal.victim_id, **told},
            ),
            NewEvent(
                "customer.released",
                "customer",
                journal.victim_id,
                after={"survivor": journal.survivor_id, **told},
            ),
        ],
    )


def _is_own(journal: MergeJournal, step: Step) -> bool:
    """Whether the row was the survivor's before the merge, too."""
    before = step.before or {}
    if step.model is Customer:
        return step.pk == journal.survivor_id
    if step.model is Profile:
        return not {"customer_id", "closed_at"} & before.keys()
    if step.model is Association:
        return is_own_place(step, journal.survivor_id)
    return step.model in (Subscription, Preferences) and "customer_id" not in before


def _own(journal: MergeJournal, trail: Trail) -> Iterator[Step]:
    return (s for rows in trail.steps.values() for s in rows.values() if _is_own(journal, s))


def _moved(journal: MergeJournal, trail: Trail) -> Iterator[Step]:
    return (s for rows in trail.steps.values() for s in rows.values() if not _is_own(journal, s))


def _what_happened(step: Step) -> str:
    if step.now is None:
        return "removed"
    return "changed" if step.edited(but=TOUCHED) else ""


def _own_values(step: Step) -> dict[str, Any]:
    """What the survivor's own row holds without the merge."""
    before = step.before or {}
    edited = step.edited()
    if step.now is None or (step.model is Subscription and edited):
        return {}
    kept = {name for group in _TOGETHER if group & edited for name in group}
    return {
        name: take_out(getattr(step.now, name), before=step.was(name), after=step.became(name))
        for name in before.keys() - kept
    }


class _Names:
    """What people call the rows of a trail."""

    def __init__(self, journal: MergeJournal, trail: Trail) -> None:
        self._accounts = get_source_accounts(org_id=journal.org_id)
        self._trail = trail
        self._words: Mapping[Any, Callable[[Mapping[str, Any]], str]] = {
            Association: lambda held: f"The place of customer {held['customer_id']}",
            Channel: lambda held: f"The channel {held['type']} {held['value']}",
            CustomerImage: lambda held: f"Version {held['version']} of the picture",
            Identifier: lambda held: f"The identifier {held['type']} {held['value']}",
            Interaction: lambda held: f"An interaction of {held['happened_at'][:10]}",
            Note: lambda held: f"A note of {held['noted_at'][:10]}",
            Preferences: lambda held: "What the customer prefers",
            Profile: lambda held: f"The profile in {self.account(held['source_account_id'])}",
            ProfileIdentifier: lambda held: (
                f"The registration of {self.identifier(held['identifier_id'])}"
            ),
            Subscription: lambda held: f"The consent for {held['channel']} {held['priority']}",
            SubscriptionChange: lambda held: (
                f"A line in the log of consent for {held['channel']} {held['priority']}"
            ),
            Ticket: lambda held: f"Ticket {held['code']}",
        }

    def of(self, step: Step) -> str:
        if words := self._words.get(step.model):
            return words(step.left or {})
        name = str(step.model._meta.verbose_name)
        return f"{name[:1].upper()}{name[1:]} {step.pk}"

    def account(self, pk: int) -> str:
        account = self._accounts.by_id(pk)
        return f"{account.source} {account.account_id}".strip()

    def identifier(self, pk: int) -> str:
        step = self._trail.of(Identifier).get(pk)
        return f"{step.left['type']} {step.left['value']}" if step and step.left else f"{pk}"


def _moved_profiles(trail: Trail) -> dict[int, Step]:
    """The profiles that went to the survivor as they were."""
    return {
        pk: step
        for pk, step in trail.of(Profile).items()
        if "customer_id" in (step.before or {}) and step.now is not None
    }


def _edited_within_profiles(trail: Trail, names: _Names) -> Iterator[Blocker]:
    profiles = _moved_profiles(trail)
    hanging = hanging_on_profiles(list(profiles))
    for pk, step in profiles.items():
        left = step.left or {}
        if left["channels"] != hanging[pk]["channels"]:
            yield Blocker("edited", f"Channels of {_lower(names.of(step))} were changed since.")
        present = {key for key, _ in hanging[pk]["registered"]}
        for key, identifier_id in left["registered"]:
            if key not in present:
                yield Blocker(
                    "edited",
                    f"{names.identifier(identifier_id)} was taken out of "
                    f"{_lower(names.of(step))} since.",
                )


def _registered_elsewhere(trail: Trail, names: _Names) -> Iterator[Blocker]:
    known = _known_registrations(trail)
    for pk, identifier_id, account_id in (
        ProfileIdentifier.objects.filter(identifier__in=trail.rows_of(Identifier))
        .order_by("pk")
        .values_list("pk", "identifier_id", "profile__source_account_id")
    ):
        if pk not in known:
            yield Blocker(
                "edited",
                f"{names.identifier(identifier_id)} was registered in "
                f"{names.account(account_id)} since.",
            )


def _known_registrations(trail: Trail) -> set[int]:
    hung = (
        key
        for step in _moved_profiles(trail).values()
        for key, _ in (step.left or {})["registered"]
    )
    return {*trail.of(ProfileIdentifier), *hung}


def _keep_later_registrations(journal: MergeJournal, trail: Trail) -> None:
    """Register in the survivor's own profile what the survivor was given in one that goes."""
    going = _moved_profiles(trail)
    known = _known_registrations(trail)
    later = [
        (pk, identifier_id)
        for pk, identifier_id in ProfileIdentifier.objects.filter(profile_id__in=list(going))
        .order_by("pk")
        .values_list("pk", "identifier_id")
        if pk not in known
    ]
    if not later:
        return
    own = Profile.objects.filter(customer_id=journal.survivor_id, closed_at__isnull=True)
    staying = own.exclude(pk__in=list(going)).order_by("pk").values_list("pk", flat=True)
    registered = set(
        ProfileIdentifier.objects.filter(
            identifier_id__in=[pk for _, pk in later], profile_id__in=staying
        ).values_list("identifier_id", flat=True)
    )
    # The same identifier may have been registered in several profiles that go.
    moving = {identifier_id: pk for pk, identifier_id in later if identifier_id not in registered}
    rows = ProfileIdentifier.objects.filter(pk__in=[pk for pk, _ in later])
    rows.exclude(pk__in=moving.values()).delete()
    rows.filter(pk__in=moving.values()).update(profile_id=staying[0])


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
