"""Requests for goodwill points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest, RequestDraft
from crm.approvals.domain.kinds.formats import format_amount, format_day
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_id
from crm.kernel.staff_texts import staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.messages import explain
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.models import Customer
from loyalty.errors import PointsInvalid, ProgramUnknown
from loyalty.operations.points.post import PlannedMovement, plan_movements, post_movements
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.amounts import round_half_up
from loyalty.rules.movements import Movement, read_positive_points


@dataclass(frozen=True, slots=True)
class GoodwillPoints:
    """Award goodwill points of a program, which expire by the program's rules.

    The points are awarded at the approval, with the request as reference. The ledger accepts
    each reference once.
    """

    def draft(self, *, origin: Origin, new_request: NewRequest, customer: Customer) -> RequestDraft:
        """Read the points and the program; the default program if none is named.

        Raises:
            PointsAskedInvalid: the points are not a number above zero.
            ProgramUnknown: the program is unknown, or there is no default program.
            MarkedAsFraud: the customer is marked as fraud (618).
            NotEnrolled: the customer is not enrolled in the program.
        """
        try:
            points = read_positive_points(new_request.points)
        except PointsInvalid as refusal:
            raise errors.PointsAskedInvalid() from refusal
        program_id = read_id(new_request.program_id)
        if program_id is None and new_request.program_id not in (None, ""):
            raise ProgramUnknown(program_id=str(new_request.program_id))
        program = find_program(get_programs(origin.org.pk), program_id)
        movement = Movement(
            customer_id=customer.pk, kind="GOODWILL", points=points, program_id=program.id
        )
        [planned_movement] = plan_movements(origin=origin, movements=[movement])
        if planned_movement.refusal is not None:
            raise planned_movement.refusal
        # Rounded as in the ledger, so that the approved and the awarded points are equal.
        return RequestDraft(
            points=round_half_up(points) or points, payload={"program_id": program.id}
        )

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Show the balance and tier before and after, the expiry date and the cost."""
        origin = Origin(org=org, actor_id=None, door="", at=now)
        planned_movements = plan_movements(
            origin=origin,
            movements=[_build_movement(request, request.points) for request in requests],
        )
        return [
            _build_plan(org, request, planned_movement)
            for request, planned_movement in zip(requests, planned_movements, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Award the points in bulk. Refusals: those of ``post_movements``."""
        outcomes = post_movements(
            origin=origin,
            movements=[
                _build_movement(request, points.get(request.pk, request.points), origin.actor_id)
                for request in requests
            ],
        )
        return [outcome.refusal for outcome in outcomes]


def _build_movement(
    request: Request, points: Decimal | None, issuer_id: int | None = None
) -> Movement:
    return Movement(
        customer_id=request.customer_id,
        kind="GOODWILL",
        points=points,
        program_id=request.payload["program_id"],
        reference=f"request-{request.pk}",
        notes=request.reason,
        issued_by_id=issuer_id,
    )


def _build_plan(org: Organization, request: Request, planned_movement: PlannedMovement) -> Plan:
    differences, facts = [], []
    if (before := planned_movement.before) and (after := planned_movement.after):
        differences.append(
            Difference(
                staff_text("Points balance"),
                format_amount(before.points),
                format_amount(after.points),
            )
        )
        if before.tier != after.tier:
            differences.append(Difference(staff_text("Tier"), before.tier, after.tier))
    if planned_movement.program is not None:
        facts.append(
            Fact(
                staff_text("Program"),
                f"{planned_movement.program.name} ({planned_movement.program.id})",
            )
        )
    if planned_movement.refusal is None:
        facts.append(
            Fact(staff_text("The points expire"), format_day(planned_movement.expires_at, org.zone))
        )
    return Plan(
        differences=differences,
        facts=facts,
        blockers=[] if planned_movement.refusal is None else [explain(planned_movement.refusal)],
        points=request.points,
    )
