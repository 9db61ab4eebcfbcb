"""Two customers who are one person: the one asked about is folded into the other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from crm.approvals import errors
from crm.approvals.domain.asking import Ask, Draft
from crm.approvals.domain.kinds.one_by_one import one_by_one
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from crm.usecases.merging import merge_customers
from crm.usecases.planning_merges import ConsentPlan, MergePlan, Place, ProgramPlan, plan_merge
from customers.models import Customer, MergeJournal
from customers.queries.lookup import LARGEST_ID

OPEN = (Request.Status.PENDING, Request.Status.FAILED)
NO_MEMBER = "Not a member"


class Merge:
    """The customer is the victim, the target the survivor (contract, rule 2.6 and section 5.3)."""

    def draft(self, *, origin: Origin, ask: Ask, customer: Customer) -> Draft:
        """Both are locked, so that of two requests that cross each other one is refused.

        Raises:
            TargetUnknown: no survivor is named, or the organization has none such.
            SurvivorIsVictim: both are one customer.
            SurvivorMerged: the survivor was folded into somebody else.
            VictimPending: the victim takes part in a merge that waits, in either role.
            SurvivorPending: the survivor is the victim of a merge that waits.
        """
        survivor = _find_target(origin, ask)
        if survivor.pk == customer.pk:
            raise errors.SurvivorIsVictim()
        if survivor.merged_into_id is not None:
            raise errors.SurvivorMerged(survivor_id=survivor.merged_into_id)
        waiting = Request.objects.filter(kind=Request.Kind.MERGE, status__in=OPEN)
        either = Q(customer_id=customer.pk) | Q(other_customer_id=customer.pk)
        if (pk := _first(waiting.filter(either))) is not None:
            raise errors.VictimPending(request_id=pk)
        if (pk := _first(waiting.filter(customer_id=survivor.pk))) is not None:
            raise errors.SurvivorPending(request_id=pk)
        return Draft(
            other_customer_id=survivor.pk,
            payload={"victim": customer.pk, "survivor": survivor.pk},
        )

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """What moves, what the survivor has then, and what of the victim's gives way.

        Each is the merge itself, rehearsed: as many reads for each request as its merge has.
        """
        return [_plan(org, request, now) for request in requests]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Merge them one after another.

        Refusals: VictimMerged and SurvivorMerged, of whom another merge was faster.
        """

        def merge(request: Request) -> None:
            _refuse_others(request)
            merge_customers(
                origin=origin,
                victim_id=request.customer_id,
                survivor_id=_survivor_of(request),
                cause=MergeJournal.Cause.REQUEST,
            )

        return one_by_one(requests, merge)


def _find_target(origin: Origin, ask: Ask) -> Customer:
    wanted = ask.target_id or 0
    known = 0 < wanted <= LARGEST_ID
    found = Customer.objects.filter(org_id=origin.org.pk, pk=wanted).first() if known else None
    if found is None:
        raise errors.TargetUnknown()
    return found


def _first(requests: QuerySet[Request]) -> int | None:
    return requests.order_by("pk").values_list("pk", flat=True).first()


def _survivor_of(request: Request) -> int:
    if request.other_customer_id is None:
        raise AssertionError("a merge request names the other; the database holds it")
    return request.other_customer_id


def _refuse_others(request: Request) -> None:
    """Merge nobody but the two who were asked about.

    A request goes with its customer where they are merged meanwhile; whoever they are now was
    meant by nobody.
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


def _plan(org: Organization, request: Request, now: datetime) -> Plan:
    victim, survivor = request.customer_id, _survivor_of(request)
    who = [
        Fact("Is folded in", f"Customer {victim}", victim),
        Fact("Stays", f"Customer {survivor}", survivor),
    ]
    origin = Origin(org=org, actor_id=None, door="", at=now)
    try:
        _refuse_others(request)
        plan = plan_merge(origin=origin, survivor_id=survivor, victim_id=victim)
    except (errors.VictimMerged, errors.SurvivorMerged) as refusal:
        return Plan(facts=who, blockers=[_in_words(request, refusal)])
    return Plan(
        differences=[
            *(_program(one) for one in plan.programs if one.before != one.after),
            *(_consent(one) for one in plan.consent),
            *_person(plan),
        ],
        facts=[*who, *_facts(plan)],
        moves=plan.counts,
    )


def _in_words(request: Request, refusal: DomainError) -> str:
    gone = "victim" if isinstance(refusal, errors.VictimMerged) else "survivor"
    return (
        f"Customer {request.payload[gone]} was merged into customer "
        f"{refusal.facts['survivor_id']} since."
    )


def _program(plan: ProgramPlan) -> Difference:
    before = NO_MEMBER if plan.before is None else _place(plan.before)
    return Difference(plan.program, before, _place(plan.after))


def _place(place: Place) -> str:
    return f"{place.points.normalize():f} points, {place.tier}"


def _consent(plan: ConsentPlan) -> Difference:
    return Difference(
        f"Consent for {plan.channel}, {plan.priority} ({plan.where})",
        "Opted in" if plan.was_set else "Not set",
        "Opted out",
    )


def _person(plan: MergePlan) -> list[Difference]:
    changes = []
    if plan.fraud_status:
        changes.append(Difference("Mark of fraud", "None", plan.fraud_status))
    if plan.joins_loyalty:
        changes.append(Difference("Loyalty", NO_MEMBER, "Member"))
    return changes


def _facts(plan: MergePlan) -> list[Fact]:
    facts = [
        Fact(one.program, f"{_place(one.after)}, as before")
        for one in plan.programs
        if one.before == one.after
    ]
    facts += [Fact("Card that moves", f"{number}, {status}") for number, status in plan.cards]
    facts += [
        Fact("Both have a profile", f"{where}: the survivor's values win, the other closes")
        for where in plan.closing
    ]
    return facts
