"""Requests to merge two customers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest, RequestDraft
from crm.approvals.domain.kinds.one_by_one import apply_each
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID
from crm.kernel.staff_texts import staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from crm.usecases.merge_customers import merge_customers
from crm.usecases.merge_plan import (
    ConsentChange,
    EnrollmentSummary,
    MergePlan,
    ProgramChange,
    plan_merge,
)
from customers.models import Customer, MergeJournal

NOT_ENROLLED = staff_text("Not a member")


class Merge:
    """Merge the customer (victim) into the target (survivor). Contract: rule 2.6, section 5.3."""

    def draft(self, *, origin: Origin, new_request: NewRequest, customer: Customer) -> RequestDraft:
        """Check both customers, who are locked: of two crossing requests, one is refused.

        Raises:
            TargetUnknown: the survivor is missing or unknown.
            SurvivorIsVictim: both are the same customer.
            SurvivorMerged: the survivor was merged into another customer.
            VictimPending: the victim is part of a pending merge, in either role.
            SurvivorPending: the survivor is the victim of a pending merge.
        """
        survivor = _find_target(origin, new_request)
        if survivor.pk == customer.pk:
            raise errors.SurvivorIsVictim()
        if survivor.merged_into_id is not None:
            raise errors.SurvivorMerged(survivor_id=survivor.merged_into_id)
        open_merges = Request.objects.open().filter(kind=Request.Kind.MERGE)
        involves_customer = Q(customer_id=customer.pk) | Q(other_customer_id=customer.pk)
        if (pk := _find_first_id(open_merges.filter(involves_customer))) is not None:
            raise errors.VictimPending(request_id=pk)
        if (pk := _find_first_id(open_merges.filter(customer_id=survivor.pk))) is not None:
            raise errors.SurvivorPending(request_id=pk)
        return RequestDraft(
            other_customer_id=survivor.pk,
            payload={"victim": customer.pk, "survivor": survivor.pk},
        )

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Show what moves, the survivor's balances afterwards, and the values that are dropped.

        Each plan is a dry run of the merge, with as many reads for each request.
        """
        return [_build_plan(org, request, now) for request in requests]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Merge one request after another.

        Refusals: VictimMerged, SurvivorMerged.
        """

        def merge(request: Request) -> None:
            _refuse_merged_since(request)
            merge_customers(
                origin=origin,
                victim_id=request.customer_id,
                survivor_id=_get_survivor_id(request),
                cause=MergeJournal.Cause.REQUEST,
            )

        return apply_each(requests, merge)


def _find_target(origin: Origin, new_request: NewRequest) -> Customer:
    target_id = new_request.target_id or 0
    is_storable = 0 < target_id <= LARGEST_ID
    target = (
        Customer.objects.filter(org_id=origin.org.pk, pk=target_id).first() if is_storable else None
    )
    if target is None:
        raise errors.TargetUnknown()
    return target


def _find_first_id(requests: QuerySet[Request]) -> int | None:
    return requests.order_by("pk").values_list("pk", flat=True).first()


def _get_survivor_id(request: Request) -> int:
    if request.other_customer_id is None:
        raise AssertionError("a merge request names another customer, by a database constraint")
    return request.other_customer_id


def _refuse_merged_since(request: Request) -> None:
    """Refuse the request if either customer was merged since it was filed.

    A merge moves the request to the survivor, whom the maker did not name.
    """
    victim, survivor = request.payload["victim"], request.payload["survivor"]
    merged = dict(
        Customer.objects.filter(
            pk__in=(victim, survivor), merged_into_id__isnull=False
        ).values_list("pk", "merged_into_id")
    )
    if victim in merged:
        raise errors.VictimMerged(survivor_id=merged[victim])
    if survivor in merged:
        raise errors.SurvivorMerged(survivor_id=merged[survivor])


def _build_plan(org: Organization, request: Request, now: datetime) -> Plan:
    victim, survivor = request.customer_id, _get_survivor_id(request)
    customer_facts = [
        Fact(
            staff_text("Victim"), staff_text("Customer {customer_id}", customer_id=victim), victim
        ),
        Fact(
            staff_text("Survivor"),
            staff_text("Customer {customer_id}", customer_id=survivor),
            survivor,
        ),
    ]
    origin = Origin(org=org, actor_id=None, door="", at=now)
    try:
        _refuse_merged_since(request)
        plan = plan_merge(origin=origin, survivor_id=survivor, victim_id=victim)
    except (errors.VictimMerged, errors.SurvivorMerged) as refusal:
        return Plan(facts=customer_facts, blockers=[_describe_refusal(request, refusal)])
    return Plan(
        differences=[
            *(
                _build_program_difference(program)
                for program in plan.programs
                if program.before != program.after
            ),
            *(_build_consent_difference(consent) for consent in plan.consent),
            *_list_customer_differences(plan),
        ],
        facts=[*customer_facts, *_list_facts(plan)],
        moves=plan.counts,
    )


def _describe_refusal(request: Request, refusal: DomainError) -> str:
    role = "victim" if isinstance(refusal, errors.VictimMerged) else "survivor"
    return staff_text(
        "Customer {customer_id} was merged into customer {survivor_id} "
        "since the request was filed.",
        customer_id=request.payload[role],
        survivor_id=refusal.facts["survivor_id"],
    )


def _build_program_difference(plan: ProgramChange) -> Difference:
    before = NOT_ENROLLED if plan.before is None else _format_balance(plan.before)
    return Difference(plan.program, before, _format_balance(plan.after))


def _format_balance(balance: EnrollmentSummary) -> str:
    return staff_text(
        "{points:f} points, {tier}", points=balance.points.normalize(), tier=balance.tier
    )


def _build_consent_difference(plan: ConsentChange) -> Difference:
    return Difference(
        staff_text(
            "Consent for {channel}, {priority} ({where})",
            channel=plan.channel,
            priority=plan.priority,
            where=plan.where,
        ),
        staff_text("Opted in") if plan.was_set else staff_text("Not set"),
        staff_text("Opted out"),
    )


def _list_customer_differences(plan: MergePlan) -> list[Difference]:
    changes = []
    if plan.fraud_status:
        changes.append(
            Difference(staff_text("Fraud status"), staff_text("None"), plan.fraud_status)
        )
    if plan.joins_loyalty:
        changes.append(Difference(staff_text("Loyalty"), NOT_ENROLLED, staff_text("Member")))
    return changes


def _list_facts(plan: MergePlan) -> list[Fact]:
    facts = [
        Fact(
            program.program,
            staff_text("{balance}, unchanged", balance=_format_balance(program.after)),
        )
        for program in plan.programs
        if program.before == program.after
    ]
    facts += [
        Fact(staff_text("Moved card"), f"{number}, {status}") for number, status in plan.cards
    ]
    facts += [
        Fact(
            staff_text("Profile conflict"),
            staff_text(
                "{where}: the survivor's profile stays, the victim's is closed", where=where
            ),
        )
        for where in plan.closing
    ]
    return facts
