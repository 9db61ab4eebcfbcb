"""The preview of a merge, for the approver (contract, section 6)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import get_entity_names
from crm.usecases.merge_customers import rehearse_merge
from crm.usecases.moved_rows import label_counts
from customers.models import Customer, Profile, ScopedSubscription, Subscription
from customers.models.subscription import SubscriptionStatus
from customers.operations.merge.rehearsal import Rehearsal
from customers.queries.source_accounts import get_source_accounts
from loyalty.models import Card, Enrollment
from loyalty.queries.programs import get_programs

# Up to this many cards are listed; beyond that only the count is shown.
MAX_CARDS_LISTED = 20


@dataclass(frozen=True, slots=True)
class EnrollmentSummary:
    """Points and tier of a customer in a program."""

    points: Decimal
    tier: str


@dataclass(frozen=True, slots=True)
class ProgramChange:
    """The survivor's enrollment; ``before`` is None where the merge enrolls them."""

    program: str
    before: EnrollmentSummary | None
    after: EnrollmentSummary


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """A channel and priority in which the merge opts the survivor out.

    ``was_set`` is True when they had opted in, False when they had no consent on record.
    """

    channel: str
    priority: str
    where: str
    was_set: bool


@dataclass(frozen=True, slots=True)
class MergePlan:
    """The number of rows that move, by model, and the state of the survivor afterwards.

    ``closing`` lists the source accounts in which both have a profile: the survivor's values win,
    and the victim's profile is closed. ``fraud_status`` is the survivor's new status, or blank.
    """

    counts: list[tuple[str, int]]
    programs: list[ProgramChange]
    cards: list[tuple[str, str]]
    consent: list[ConsentChange]
    closing: list[str]
    fraud_status: str
    joins_loyalty: bool


def plan_merge(*, origin: Origin, survivor_id: int, victim_id: int) -> MergePlan:
    """Return what merging the victim into the survivor would do at ``origin.at``.

    The plan comes from a rehearsal of the merge itself, so the two cannot differ. Nothing is
    written or locked.

    Raises:
        CustomerUnknown, CustomerMerged: one of them does not exist, or was merged already.
    """
    rehearsal = rehearse_merge(origin=origin, survivor_id=survivor_id, victim_id=victim_id)
    survivor_change = next(
        (c for c in rehearsal.changes_of(Customer) if c.row.pk == survivor_id), None
    )
    old_values = survivor_change.before if survivor_change else {}
    return MergePlan(
        counts=label_counts({model: len(keys) for model, keys in rehearsal.moved.items()}),
        programs=_plan_programs(rehearsal, survivor_id),
        cards=list(
            Card.objects.filter(customer_id=victim_id)
            .order_by("number")
            .values_list("number", "status")[:MAX_CARDS_LISTED]
        ),
        consent=_plan_consent(rehearsal),
        closing=_list_closing_accounts(rehearsal),
        fraud_status=cast(Customer, survivor_change.row).get_fraud_status_display()
        if survivor_change and "fraud_status" in old_values
        else "",
        joins_loyalty="loyalty_type" in old_values,
    )


def _plan_programs(rehearsal: Rehearsal, survivor_id: int) -> list[ProgramChange]:
    """The survivor's enrollments, changed or not, in the order of the programs."""
    before = {row.program_id: row for row in Enrollment.objects.filter(customer_id=survivor_id)}
    rehearsed_rows = (cast(Enrollment, change.row) for change in rehearsal.changes_of(Enrollment))
    after = before | {
        row.program_id: row for row in rehearsed_rows if row.customer_id == survivor_id
    }
    programs = get_programs(rehearsal.origin.org.pk)

    def summarize(row: Enrollment | None) -> EnrollmentSummary | None:
        if row is None:
            return None
        return EnrollmentSummary(row.points, programs[row.program_id].step(row.tier_id).name)

    return [
        ProgramChange(
            programs[pk].name, summarize(before.get(pk)), cast(EnrollmentSummary, summarize(row))
        )
        for pk, row in sorted(after.items())
    ]


def _plan_consent(rehearsal: Rehearsal) -> list[ConsentChange]:
    changed = [
        (cast(Subscription, change.row), change.before)
        for change in rehearsal.changes_of(Subscription)
    ]
    opt_outs = [
        (row, old_values) for row, old_values in changed if row.status == SubscriptionStatus.OPTOUT
    ]
    unit_names = get_entity_names(
        org_id=rehearsal.origin.org.pk,
        entity_ids={row.org_unit_id for row, _ in opt_outs if row.org_unit_id},
    )
    scoped = [
        ConsentChange(
            channel=row.get_channel_display(),
            priority=row.get_priority_display(),
            where=row.get_scope_display(),
            was_set="status" in change.before,
        )
        for change in rehearsal.changes_of(ScopedSubscription)
        for row in [cast(ScopedSubscription, change.row)]
        if row.status == SubscriptionStatus.OPTOUT
    ]
    return scoped + [
        ConsentChange(
            channel=row.get_channel_display(),
            priority=row.get_priority_display(),
            where=", ".join(
                filter(
                    None,
                    (_format_account(rehearsal, row), unit_names.get(row.org_unit_id or 0, "")),
                )
            ),
            # A row that moves is consent that the survivor had not given or refused.
            was_set="status" in old_values,
        )
        for row, old_values in opt_outs
    ]


def _list_closing_accounts(rehearsal: Rehearsal) -> list[str]:
    return [
        _format_account(rehearsal, cast(Profile, change.row))
        for change in rehearsal.changes_of(Profile)
        if "closed_at" in change.before
    ]


def _format_account(rehearsal: Rehearsal, row: Profile | Subscription) -> str:
    account = get_source_accounts(org_id=rehearsal.origin.org.pk).by_id(row.source_account_id)
    return f"{account.source} {account.account_id}".strip()
