"""What a merge would do, for whoever decides about it (contract, section 6)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import entity_names
from crm.usecases.merging import rehearse_merge
from crm.usecases.moved_rows import name_counts
from customers.models import Customer, Profile, Subscription
from customers.models.subscription import SubscriptionStatus
from customers.operations.rehearsing import Rehearsal
from customers.queries.source_accounts import get_source_accounts
from loyalty.models import Card, Enrollment
from loyalty.queries.programs import get_programs

# Named one by one; of more the count speaks.
MOST_CARDS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member stands in a program."""

    points: Decimal
    tier: str


@dataclass(frozen=True, slots=True)
class ProgramPlan:
    """The survivor's place in a program; ``before`` is None where they join by the merge."""

    program: str
    before: Place | None
    after: Place


@dataclass(frozen=True, slots=True)
class ConsentPlan:
    """A channel and priority in which the survivor will be opted out, and was not.

    ``was_set`` tells whether they had opted in, or had said nothing.
    """

    channel: str
    priority: str
    where: str
    was_set: bool


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What moves by kind of row, and what the survivor has then.

    ``closing`` are the source accounts in which both have a profile: the survivor's values win,
    the victim's profile closes. ``fraud_status`` is the mark that the survivor gets, or blank.
    """

    counts: list[tuple[str, int]]
    programs: list[ProgramPlan]
    cards: list[tuple[str, str]]
    consent: list[ConsentPlan]
    closing: list[str]
    fraud_status: str
    joins_loyalty: bool


def plan_merge(*, origin: Origin, survivor_id: int, victim_id: int) -> MergePlan:
    """Say what merging the victim into the survivor would do at ``origin.at``.

    The steps are those of the merge itself, rehearsed, so that they cannot differ. Nothing is
    written, and nothing locked.

    Raises:
        CustomerUnknown, CustomerMerged: one of them is not there, or folded already.
    """
    rehearsal = rehearse_merge(origin=origin, survivor_id=survivor_id, victim_id=victim_id)
    person = next((c for c in rehearsal.changes_of(Customer) if c.row.pk == survivor_id), None)
    changed = person.before if person else {}
    return MergePlan(
        counts=name_counts({model: len(keys) for model, keys in rehearsal.moved.items()}),
        programs=_programs(rehearsal, survivor_id),
        cards=list(
            Card.objects.filter(customer_id=victim_id)
            .order_by("number")
            .values_list("number", "status")[:MOST_CARDS]
        ),
        consent=_consent(rehearsal),
        closing=_closing(rehearsal),
        fraud_status=cast(Customer, person.row).get_fraud_status_display()
        if person and "fraud_status" in changed
        else "",
        joins_loyalty="loyalty_type" in changed,
    )


def _programs(rehearsal: Rehearsal, survivor_id: int) -> list[ProgramPlan]:
    """The survivor's places, those that stay as they are too, in the order of the programs."""
    before = {row.program_id: row for row in Enrollment.objects.filter(customer_id=survivor_id)}
    rehearsed = (cast(Enrollment, change.row) for change in rehearsal.changes_of(Enrollment))
    after = before | {row.program_id: row for row in rehearsed if row.customer_id == survivor_id}
    programs = get_programs(rehearsal.origin.org.pk)

    def place(row: Enrollment | None) -> Place | None:
        if row is None:
            return None
        return Place(row.points, programs[row.program_id].step(row.tier_id).name)

    return [
        ProgramPlan(programs[pk].name, place(before.get(pk)), cast(Place, place(row)))
        for pk, row in sorted(after.items())
    ]


def _consent(rehearsal: Rehearsal) -> list[ConsentPlan]:
    changed = [
        (cast(Subscription, change.row), change.before)
        for change in rehearsal.changes_of(Subscription)
    ]
    stricter = [(row, held) for row, held in changed if row.status == SubscriptionStatus.OPTOUT]
    units = entity_names(
        org_id=rehearsal.origin.org.pk,
        entity_ids={row.org_unit_id for row, _ in stricter if row.org_unit_id},
    )
    return [
        ConsentPlan(
            channel=row.get_channel_display(),
            priority=row.get_priority_display(),
            where=", ".join(
                filter(None, (_name(rehearsal, row), units.get(row.org_unit_id or 0, "")))
            ),
            # A row that moves says something that the survivor had not said.
            was_set="status" in held,
        )
        for row, held in stricter
    ]


def _closing(rehearsal: Rehearsal) -> list[str]:
    return [
        _name(rehearsal, cast(Profile, change.row))
        for change in rehearsal.changes_of(Profile)
        if "closed_at" in change.before
    ]


def _name(rehearsal: Rehearsal, row: Profile | Subscription) -> str:
    account = get_source_accounts(org_id=rehearsal.origin.org.pk).by_id(row.source_account_id)
    return f"{account.source} {account.account_id}".strip()
