"""Associating customers with a hierarchy, a company, parents and children.

A place is written under the locks of its customer and of both its parents, the old and the new.
So two units cannot change a role and what depends on it at the same time, and no cycle can form.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update, take_ids
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Association, Company, Customer
from customers.operations.customers.lock import lock_customers
from customers.operations.hierarchies.companies import get_or_create_company
from customers.queries.customers.active import get_active_customer
from customers.queries.hierarchies.hierarchies import find_parents, get_role_order, load_places
from customers.rules.hierarchies import CurrentPlaces, Family, Place, RoleOrder, decide_family

# An attempt fails only if another unit has moved one of the customers since.
MAX_ATTEMPTS = 10
PLACE_COLUMNS = ("role_id", "parent_id", "company_id", "modified_by_id", "modified_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationRequest:
    """The place to give a customer, with parent and children; ids are customer ids.

    ``company`` is an external id. Without a hierarchy, the customer can only join a company.
    ``replaces`` moves customers who have another place already; without it they are refused.
    """

    customer_id: int
    hierarchy: str = ""
    role: str = ""
    parent_id: int | None = None
    child_ids: Sequence[int] = ()
    child_role: str = ""
    company: object = None
    skip_level: bool = False
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """The place of a customer now; ``is_new`` is set if there was none before."""

    is_new: bool
    role: str = ""
    parent_role_id: int | None = None
    company: str = ""
    company_id: int | None = None


@dataclass(slots=True)
class AssociationResult:
    """The places of the named customers, and the errors of the children that were refused."""

    hierarchy: str = ""
    hierarchy_id: int | None = None
    skip_level: bool = False
    places: dict[int, PlaceResult] = field(default_factory=dict)
    refusals: dict[int, DomainError] = field(default_factory=dict)


@within_unit_of_work
def associate_customer(*, origin: Origin, request: AssociationRequest) -> AssociationResult:
    """Give a customer a role, a parent, children and a company: all of it or nothing.

    Children get the role named for them, else the one a level below, and the customer's company. A
    parent without a place gets the role a level above. The number of queries does not depend on
    the number of children. Reference: "Associate Customer with Customer/Hierarchy".

    Raises:
        HierarchyUnknown, HierarchyRoleUnknown: no such hierarchy or role, or none is named.
        HierarchyOrderBroken: a parent's role would not be on the level above the child's.
        HierarchyCycle: a customer would be their own ancestor.
        AssociationTaken: the customer has another place already. For a child, the error is only
            part of the result.
        CompanyInvalid, CompanyInactive: the company cannot be joined.
        CustomerUnknown, CustomerMerged: a named customer does not exist or was merged.
    """
    if not request.hierarchy:
        return _join_company(origin, request)
    order = get_role_order(org_id=origin.org.pk, code=request.hierarchy)
    company = None
    if request.company is not None:
        company = get_or_create_company(origin=origin, external_id=request.company)
    customer_ids = {request.customer_id, *request.child_ids}
    if request.parent_id is not None:
        customer_ids.add(request.parent_id)
    _lock_with_parents(origin, order, customer_ids)
    start_id = request.parent_id if request.parent_id is not None else request.customer_id
    with_parents = customer_ids | find_parents(hierarchy_id=order.id, customer_ids=customer_ids)
    current, keys = load_places(order=order, customer_ids=with_parents, start_id=start_id)
    decision = decide_family(
        order,
        current,
        Family(
            customer=request.customer_id,
            role=request.role,
            parent=request.parent_id,
            children=request.child_ids,
            child_role=request.child_role,
            company_id=company.pk if company else None,
            skip_level=request.skip_level,
            replaces=request.replaces,
        ),
    )
    _write_decision(origin, order, decision.places, keys)
    places = {**current.places, **decision.places}
    companies = _load_company_names(company, [*current.places.values(), *decision.places.values()])
    _record_events(origin, order, current, decision.places, companies)
    return AssociationResult(
        hierarchy=order.code,
        hierarchy_id=order.id,
        skip_level=request.skip_level or order.skip_level_allowed,
        places={
            pk: _build_place_result(places, companies, pk, is_new=pk not in keys)
            for pk in customer_ids - decision.refusals.keys()
        },
        refusals=decision.refusals,
    )


def _join_company(origin: Origin, request: AssociationRequest) -> AssociationResult:
    if (
        request.company is None
        or request.parent_id is not None
        or request.child_ids
        or request.role
    ):
        raise errors.HierarchyUnknown(code="")
    company = get_or_create_company(origin=origin, external_id=request.company)
    customer_ids = {request.customer_id}
    _check_active(origin, lock_customers(customer_ids), customer_ids)
    row = Association.objects.filter(
        customer_id=request.customer_id, hierarchy__isnull=True
    ).first()
    old_company_id = row.company_id if row else None
    if old_company_id is not None and old_company_id != company.pk and not request.replaces:
        raise errors.AssociationTaken()
    if old_company_id != company.pk:
        old_external_id = (
            Company.objects.get(pk=old_company_id).external_id if old_company_id else None
        )
        _write_places(
            origin,
            new=[] if row else [(request.customer_id, None, None, None, company.pk)],
            changed=[(row.pk, None, None, company.pk)] if row else [],
        )
        event = NewEvent(
            "customer.associated",
            "customer",
            request.customer_id,
            {"company": old_external_id} if old_external_id else None,
            {"company": company.external_id},
        )
        record_events(origin=origin, events=[event])
    place = PlaceResult(is_new=row is None, company=company.external_id, company_id=company.pk)
    return AssociationResult(places={request.customer_id: place})


def _lock_with_parents(origin: Origin, order: RoleOrder, customer_ids: set[int]) -> None:
    """Lock the customers and their parents; repeat until the parents no longer change."""
    locked: dict[int, Customer] = {}
    for _ in range(MAX_ATTEMPTS):
        affected_ids = customer_ids | find_parents(hierarchy_id=order.id, customer_ids=customer_ids)
        if affected_ids <= locked.keys():
            return
        locked |= lock_customers(affected_ids)
        # Only the named customers are checked: a former parent may have been merged meanwhile.
        _check_active(origin, locked, customer_ids)
    raise AssertionError("the parents changed in every attempt")


def _check_active(
    origin: Origin, customers: Mapping[int, Customer], customer_ids: Collection[int]
) -> None:
    for pk in sorted(customer_ids):
        get_active_customer(origin, customers, pk)


def _write_decision(
    origin: Origin,
    order: RoleOrder,
    changed: Mapping[int, Place],
    keys: Mapping[int, int],
) -> None:
    missing = [pk for pk in changed if pk not in keys]
    all_keys = {**keys, **dict(zip(missing, take_ids(Association, len(missing)), strict=True))}

    def get_values(place: Place) -> tuple[int, int | None, int | None]:
        parent = all_keys[place.parent] if place.parent is not None else None
        return place.role.id, parent, place.company_id

    _write_places(
        origin,
        new=[(pk, order.id, *get_values(changed[pk])) for pk in missing],
        changed=[
            (keys[pk], *get_values(place)) for pk, place in sorted(changed.items()) if pk in keys
        ],
        ids=[all_keys[pk] for pk in missing],
    )


def _write_places(
    origin: Origin,
    *,
    new: Sequence[tuple[int, int | None, int | None, int | None, int | None]],
    changed: Sequence[tuple[int, int | None, int | None, int | None]],
    ids: Sequence[int] | None = None,
) -> None:
    stamp = origin.actor_id, origin.at
    bulk_insert(
        Association,
        (
            "id",
            "customer_id",
            "hierarchy_id",
            "role_id",
            "parent_id",
            "company_id",
            "created_by_id",
            "created_at",
            "modified_by_id",
            "modified_at",
        ),
        [
            (pk, *row, *stamp, *stamp)
            for pk, row in zip(ids or take_ids(Association, len(new)), new, strict=True)
        ],
    )
    bulk_update(Association, PLACE_COLUMNS, [(*row, *stamp) for row in changed])


def _load_company_names(company: Company | None, places: Iterable[Place]) -> dict[int, str]:
    known = {company.pk: company.external_id} if company else {}
    others = {place.company_id for place in places if place.company_id} - known.keys()
    if others:
        known |= dict(Company.objects.filter(pk__in=others).values_list("pk", "external_id"))
    return known


def _build_place_result(
    places: Mapping[int, Place],
    companies: Mapping[int, str],
    customer_id: int,
    *,
    is_new: bool,
) -> PlaceResult:
    place = places[customer_id]
    return PlaceResult(
        is_new=is_new,
        role=place.role.code,
        parent_role_id=places[place.parent].role.id if place.parent is not None else None,
        company=companies[place.company_id] if place.company_id else "",
        company_id=place.company_id,
    )


def _record_events(
    origin: Origin,
    order: RoleOrder,
    current: CurrentPlaces,
    changed: Mapping[int, Place],
    companies: Mapping[int, str],
) -> None:
    def describe(place: Place | None) -> dict[str, Any] | None:
        if place is None:
            return None
        return {
            "hierarchy": order.code,
            "role": place.role.code,
            "parent": place.parent,
            "company": companies[place.company_id] if place.company_id else None,
        }

    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.associated",
                "customer",
                pk,
                describe(current.places.get(pk)),
                describe(place),
            )
            for pk, place in sorted(changed.items())
        ],
    )
