"""Register or update a customer together with parent, children and company.

Each family is one unit of work: a refusal of the customer, the parent or the hierarchy rolls
everything back. A child that is refused is reported, and the others are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.usecases.register_customers import SignUp, SignUpResult, sign_up_customers
from crm.usecases.update_customers import update_with_effects
from customers import errors
from customers.operations.hierarchies.associate import (
    AssociationRequest,
    AssociationResult,
    associate_customer,
)
from customers.queries.customers.by_identifiers import find_customers_by_profiles
from customers.queries.fields import get_identity_settings
from customers.rules.customer_update import CustomerChange
from customers.rules.lenient_values import drop_unreadable
from loyalty.rules.enrollments import EnrollmentRequest

# A parent or child with such an identifier is already registered, and is used as they are.
ALREADY_REGISTERED_ERRORS = (errors.IdentifierRegistered, errors.SourceAccountShared)


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchyPlacement:
    """The place of a family in a hierarchy; ``company`` is an external id."""

    hierarchy: str = ""
    role: str = ""
    child_role: str = ""
    company: object = None
    skip_level: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The parent and children of a customer; children that could not be parsed are refusals."""

    placement: HierarchyPlacement
    parent: SignUp | None = None
    children: Sequence[SignUp | DomainError] = ()


@dataclass(slots=True)
class FamilyMemberResult:
    """A parent or child: the customer, or why they were refused."""

    customer_id: int = 0
    is_new: bool = False
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class FamilyResult:
    """The customer registered or updated, the parent and children, and their associations."""

    customer_id: int
    is_new: bool = False
    notices: list[Notice] = field(default_factory=list)
    parent: FamilyMemberResult | None = None
    children: list[FamilyMemberResult] = field(default_factory=list)
    association: AssociationResult | None = None
    # Loyalty effects to run, by customer.
    effects: dict[int, int] = field(default_factory=dict)


@within_unit_of_work
def register_with_family(
    *,
    origin: Origin,
    sign_up: SignUp,
    family: Family | None = None,
    effects_due_at: datetime | None = None,
) -> FamilyResult:
    """Register a customer with their parent and children, and associate them all.

    Parents and children who are already registered are not changed, and members of the hierarchy
    are not moved. The number of queries does not depend on the number of children, unless a card
    is refused.

    Raises:
        Whatever ``sign_up_customer`` raises for the customer or the parent, and whatever
        ``associate_group`` raises.
    """
    members, dropped_notices = _read_family(origin, family)
    sign_ups = [sign_up, *members.values()]
    outcomes = sign_up_customers(origin=origin, sign_ups=sign_ups, effects_due_at=effects_due_at)
    main_result = _raise_refusal(outcomes[0])
    result = FamilyResult(
        customer_id=main_result.customer_id,
        is_new=main_result.is_new,
        notices=list(main_result.notices),
    )
    _collect_members(origin, result, family, members, outcomes[1:], dropped_notices)
    result.effects |= _map_effects([main_result])
    _associate_family(origin, result, family, replaces=False)
    return result


@within_unit_of_work
def update_with_family(
    *,
    origin: Origin,
    change: CustomerChange,
    joinings: Sequence[EnrollmentRequest] = (),
    family: Family | None = None,
    effects_due_at: datetime | None = None,
) -> FamilyResult:
    """Update the customer with the given identifiers, and associate the family again.

    Members may be moved. Parents and children who are not known are registered. The change has no
    customer id (``UNASSIGNED_CUSTOMER``): its identifiers determine the customer.

    Raises:
        IdentifierNotFound, IdentifiersOfSeveralCustomers, NoIdentifier and what
        ``normalise_keys`` refuses: no customer matches, or several do.
        Whatever ``update_customer`` and ``associate_group`` raise, and ``sign_up_customer`` for
        the parent.
    """
    [match] = find_customers_by_profiles(org=origin.org, profile_lists=[change.profiles])
    if isinstance(match, DomainError):
        raise match
    updated = update_with_effects(
        origin=origin,
        change=replace(change, customer_id=match),
        joinings=joinings,
        effects_due_at=effects_due_at,
    )
    result = FamilyResult(customer_id=match, notices=list(updated.updated.notices))
    if updated.effect_id is not None:
        result.effects[match] = updated.effect_id
    members, dropped_notices = _read_family(origin, family)
    outcomes = (
        sign_up_customers(
            origin=origin, sign_ups=list(members.values()), effects_due_at=effects_due_at
        )
        if members
        else []
    )
    _collect_members(origin, result, family, members, outcomes, dropped_notices)
    _associate_family(origin, result, family, replaces=True)
    return result


def _raise_refusal(outcome: SignUpResult | DomainError) -> SignUpResult:
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def _read_family(
    origin: Origin, family: Family | None
) -> tuple[dict[int | None, SignUp], dict[int | None, list[Notice]]]:
    """Return the members to register (parent: None, child: its index), and dropped values."""
    if family is None:
        return {}, {}
    identity_settings = get_identity_settings(origin.org)
    members: dict[int | None, SignUp] = {}
    dropped_notices: dict[int | None, list[Notice]] = {}
    all_members: dict[int | None, SignUp | DomainError] = {
        **({None: family.parent} if family.parent is not None else {}),
        **dict(enumerate(family.children)),
    }
    for index, sign_up in all_members.items():
        if not isinstance(sign_up, DomainError):
            registration, dropped_notices[index] = drop_unreadable(
                sign_up.registration, identity_settings
            )
            members[index] = replace(sign_up, registration=registration)
    return members, dropped_notices


def _collect_members(
    origin: Origin,
    result: FamilyResult,
    family: Family | None,
    members: Mapping[int | None, SignUp],
    outcomes: Sequence[SignUpResult | DomainError],
    dropped_notices: Mapping[int | None, list[Notice]],
) -> None:
    if family is None:
        return
    member_results: dict[int | None, FamilyMemberResult] = {}
    for index, outcome in zip(members, outcomes, strict=True):
        if isinstance(outcome, SignUpResult):
            member_results[index] = FamilyMemberResult(
                outcome.customer_id, outcome.is_new, [*dropped_notices[index], *outcome.notices]
            )
        else:
            member_results[index] = FamilyMemberResult(
                refusal=outcome, notices=list(dropped_notices[index])
            )
    _match_registered_members(origin, members, member_results)
    result.effects |= _map_effects([o for o in outcomes if isinstance(o, SignUpResult)])
    result.parent = member_results.get(None)
    if result.parent is not None and result.parent.refusal is not None:
        raise result.parent.refusal
    result.children = [
        FamilyMemberResult(refusal=child)
        if isinstance(child, DomainError)
        else member_results[index]
        for index, child in enumerate(family.children)
    ]


def _match_registered_members(
    origin: Origin,
    members: Mapping[int | None, SignUp],
    member_results: Mapping[int | None, FamilyMemberResult],
) -> None:
    """Match members who are already registered to their customers; change nothing of them."""
    indexes = [
        index
        for index, member in member_results.items()
        if isinstance(member.refusal, ALREADY_REGISTERED_ERRORS)
    ]
    if not indexes:
        return
    matches = find_customers_by_profiles(
        org=origin.org, profile_lists=[members[index].registration.profiles for index in indexes]
    )
    for index, match in zip(indexes, matches, strict=True):
        member_result = member_results[index]
        if isinstance(match, DomainError):
            member_result.refusal = match
        else:
            member_result.customer_id, member_result.refusal = match, None


def _map_effects(results: Sequence[SignUpResult]) -> dict[int, int]:
    return {
        result.customer_id: result.effect_id for result in results if result.effect_id is not None
    }


def _associate_family(
    origin: Origin, result: FamilyResult, family: Family | None, *, replaces: bool
) -> None:
    if family is None:
        return
    placed_ids: set[int] = set()
    for child in result.children:
        if child.refusal is None and child.customer_id in placed_ids:
            child.refusal = errors.IdentifierRegistered(customer_id=child.customer_id)
        placed_ids.add(child.customer_id)
    placement = family.placement
    result.association = associate_customer(
        origin=origin,
        request=AssociationRequest(
            customer_id=result.customer_id,
            hierarchy=placement.hierarchy,
            role=placement.role,
            parent_id=result.parent.customer_id if result.parent else None,
            child_ids=[child.customer_id for child in result.children if child.refusal is None],
            child_role=placement.child_role,
            company=placement.company,
            skip_level=placement.skip_level,
            replaces=replaces,
        ),
    )
    for child in result.children:
        child.refusal = child.refusal or result.association.refusals.get(child.customer_id)
