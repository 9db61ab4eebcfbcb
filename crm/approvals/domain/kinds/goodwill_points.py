"""Points given to a customer out of goodwill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.approvals import errors
from crm.approvals.domain.asking import Ask, Draft
from crm.approvals.domain.kinds.wording import amount, day, in_words
from crm.approvals.domain.reading import read_id
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.models import Customer
from loyalty.errors import PointsInvalid, ProgramUnknown
from loyalty.operations.posting import Foreseen, plan_movements, post_movements
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.amounts import half_up
from loyalty.rules.movements import Movement, positive_points


@dataclass(frozen=True, slots=True)
class GoodwillPoints:
    """The program gives the customer points, which expire as its points do.

    They are given at the moment of the approval, under the request's own reference: the ledger
    takes each reference once.
    """

    def draft(self, *, origin: Origin, ask: Ask, customer: Customer) -> Draft:
        """Read the points and the program, the default one where none is named.

        Raises:
            PointsAskedInvalid: the points cannot be read, or are not more than nothing.
            ProgramUnknown: there is no such program, or no default one.
            MarkedAsFraud: the customer is refused goodwill (618).
            NotEnrolled: the customer is no member of the program.
        """
        try:
            points = positive_points(ask.points)
        except PointsInvalid as invalid:
            raise errors.PointsAskedInvalid() from invalid
        program_id = read_id(ask.program_id)
        if program_id is None and ask.program_id not in (None, ""):
            raise ProgramUnknown(program_id=str(ask.program_id))
        program = find_program(get_programs(origin.org.pk), program_id)
        movement = Movement(
            customer_id=customer.pk, kind="GOODWILL", points=points, program_id=program.id
        )
        [foreseen] = plan_movements(origin=origin, movements=[movement])
        if foreseen.refusal is not None:
            raise foreseen.refusal
        # As the ledger will round it, so that nobody approves what is not given.
        return Draft(points=half_up(points) or points, payload={"program_id": program.id})

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """What the customer has before and after, when the points expire, and what it costs."""
        origin = Origin(org=org, actor_id=None, door="", at=now)
        planned = plan_movements(
            origin=origin, movements=[_movement(request, request.points) for request in requests]
        )
        return [
            _plan(org, request, foreseen)
            for request, foreseen in zip(requests, planned, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Give them all at once; refusals are those of ``post_movements``."""
        posted = post_movements(
            origin=origin,
            movements=[
                _movement(request, points.get(request.pk, request.points), origin.actor_id)
                for request in requests
            ],
        )
        return [outcome.refusal for outcome in posted]


def _movement(request: Request, points: Decimal | None, issuer_id: int | None = None) -> Movement:
    return Movement(
        customer_id=request.customer_id,
        kind="GOODWILL",
        points=points,
        program_id=request.payload["program_id"],
        reference=f"request-{request.pk}",
        notes=request.reason,
        issued_by_id=issuer_id,
    )


def _plan(org: Organization, request: Request, foreseen: Foreseen) -> Plan:
    differences, facts = [], []
    if (before := foreseen.before) and (after := foreseen.after):
        differences.append(
            Difference("Points to spend", amount(before.points), amount(after.points))
        )
        if before.tier != after.tier:
            differences.append(Difference("Tier", before.tier, after.tier))
    if foreseen.program is not None:
        facts.append(Fact("Program", f"{foreseen.program.name} ({foreseen.program.id})"))
    if foreseen.refusal is None:
        facts.append(Fact("The points expire", day(foreseen.expires_at, org.zone)))
    return Plan(
        differences=differences,
        facts=facts,
        blockers=[] if foreseen.refusal is None else [in_words(foreseen.refusal)],
        points=request.points,
    )
