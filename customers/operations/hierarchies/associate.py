"""Placing customers in a hierarchy and with a company, together with parents and children.

Whoever writes a place holds the locks of its customer and of both its parents, the old and the
new. So no two units can change a role and what depends on it at once, and no ring can close.
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
from customers.operations.hierarchies.companies import settle_company
from customers.queries.hierarchies.hierarchies import find_parents, get_order, load_book
from customers.rules.hierarchies import Book, Family, Order, Standing, decide_family

# A round is lost only to a unit that has moved somebody named since.
MOST_ROUNDS = 10
PLACE_COLUMNS = ("role_id", "parent_id", "company_id", "modified_by_id", "modified_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupWish:
    """Where a customer is to stand, and with whom; ids are of customers.

    ``company`` is an external id. Without a hierarchy only a company can be joined. ``replaces``
    moves whoever stands elsewhere already; without it they are refused.
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
class Stand:
    """Where a customer stands now; ``is_new``: did not before, at all."""

    is_new: bool
    role: str = ""
    parent_role_id: int | None = None
    company: str = ""
    company_id: int | None = None


@dataclass(slots=True)
class Grouped:
    """The places of everybody named, and the children who could not be taken in, and why."""

    hierarchy: str = ""
    hierarchy_id: int | None = None
    skip_level: bool = False
    stands: dict[int, Stand] = field(default_factory=dict)
    refusals: dict[int, DomainError] = field(default_factory=dict)


@within_unit_of_work
def associate_group(*, origin: Origin, wish: GroupWish) -> Grouped:
    """Give a customer a role, a parent, children and a company: all of it or nothing.

    Children take the role named for them, else the one right below, and the customer's company. A
    parent who stands nowhere takes the role right above. The number of queries is the same,
    however many children are named or there already. Reference: "Associate Customer with
    Customer/Hierarchy".

    Raises:
        HierarchyUnknown, HierarchyRoleUnknown: no such hierarchy or role, or none is named.
        HierarchyOrderBroken: a parent's role would not stand above the child's.
        HierarchyCycle: somebody would stand above themselves.
        AssociationTaken: the customer stands elsewhere already; of a child it is only told.
        CompanyInvalid, CompanyInactive: the company cannot be joined.
        CustomerUnknown, CustomerMerged: somebody named is not there, or folded into a survivor.
    """
    if not wish.hierarchy:
        return _join_company(origin, wish)
    order = get_order(org_id=origin.org.pk, code=wish.hierarchy)
    company = None
    if wish.company is not None:
        company = settle_company(origin=origin, external_id=wish.company)
    named = {wish.customer_id, *wish.child_ids}
    if wish.parent_id is not None:
        named.add(wish.parent_id)
    _lock(origin, order, named)
    start = wish.parent_id if wish.parent_id is not None else wish.customer_id
    everybody = named | find_parents(hierarchy_id=order.id, customer_ids=named)
    book, keys = load_book(order=order, named=everybody, start=start)
    decision = decide_family(
        order,
        book,
        Family(
            customer=wish.customer_id,
            role=wish.role,
            parent=wish.parent_id,
            children=wish.child_ids,
            child_role=wish.child_role,
            company_id=company.pk if company else None,
            skip_level=wish.skip_level,
            replaces=wish.replaces,
        ),
    )
    _write(origin, order, decision.standings, keys)
    standings = {**book.standings, **decision.standings}
    companies = _companies(company, [*book.standings.values(), *decision.standings.values()])
    _tell(origin, order, book, decision.standings, companies)
    return Grouped(
        hierarchy=order.code,
        hierarchy_id=order.id,
        skip_level=wish.skip_level or order.skip_level_allowed,
        stands={
            pk: _stand(standings, companies, pk, is_new=pk not in keys)
            for pk in named - decision.refusals.keys()
        },
        refusals=decision.refusals,
    )


def _join_company(origin: Origin, wish: GroupWish) -> Grouped:
    if wish.company is None or wish.parent_id is not None or wish.child_ids or wish.role:
        raise errors.HierarchyUnknown(code="")
    company = settle_company(origin=origin, external_id=wish.company)
    named = {wish.customer_id}
    _check_standing(origin, lock_customers(named), named)
    row = Association.objects.filter(customer_id=wish.customer_id, hierarchy__isnull=True).first()
    was = row.company_id if row else None
    if was is not None and was != company.pk and not wish.replaces:
        raise errors.AssociationTaken()
    if was != company.pk:
        before = Company.objects.get(pk=was).external_id if was else None
        _write_places(
            origin,
            new=[] if row else [(wish.customer_id, None, None, None, company.pk)],
            changed=[(row.pk, None, None, company.pk)] if row else [],
        )
        event = NewEvent(
            "customer.associated",
            "customer",
            wish.customer_id,
            {"company": before} if before else None,
            {"company": company.external_id},
        )
        record_events(origin=origin, events=[event])
    stand = Stand(is_new=row is None, company=company.external_id, company_id=company.pk)
    return Grouped(stands={wish.customer_id: stand})


def _lock(origin: Origin, order: Order, named: set[int]) -> None:
    """Lock everybody named and whoever stands right above them, until that holds still."""
    locked: dict[int, Customer] = {}
    for _ in range(MOST_ROUNDS):
        concerned = named | find_parents(hierarchy_id=order.id, customer_ids=named)
        if concerned <= locked.keys():
            return
        locked |= lock_customers(concerned)
        # Of those above only who stands there now counts: one may have been merged meanwhile.
        _check_standing(origin, locked, named)
    raise AssertionError("somebody was moved again and again")


def _check_standing(
    origin: Origin, customers: Mapping[int, Customer], named: Collection[int]
) -> None:
    for pk in sorted(named):
        customer = customers.get(pk)
        if customer is None or customer.org_id != origin.org.pk:
            raise errors.CustomerUnknown(customer_id=pk)
        if customer.merged_into_id is not None:
            raise errors.CustomerMerged(survivor_id=customer.merged_into_id)


def _write(
    origin: Origin,
    order: Order,
    changed: Mapping[int, Standing],
    keys: Mapping[int, int],
) -> None:
    missing = [pk for pk in changed if pk not in keys]
    all_keys = {**keys, **dict(zip(missing, take_ids(Association, len(missing)), strict=True))}

    def values(place: Standing) -> tuple[int, int | None, int | None]:
        parent = all_keys[place.parent] if place.parent is not None else None
        return place.role.id, parent, place.company_id

    _write_places(
        origin,
        new=[(pk, order.id, *values(changed[pk])) for pk in missing],
        changed=[(keys[pk], *values(place)) for pk, place in sorted(changed.items()) if pk in keys],
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


def _companies(company: Company | None, standings: Iterable[Standing]) -> dict[int, str]:
    known = {company.pk: company.external_id} if company else {}
    others = {place.company_id for place in standings if place.company_id} - known.keys()
    if others:
        known |= dict(Company.objects.filter(pk__in=others).values_list("pk", "external_id"))
    return known


def _stand(
    standings: Mapping[int, Standing],
    companies: Mapping[int, str],
    customer_id: int,
    *,
    is_new: bool,
) -> Stand:
    place = standings[customer_id]
    return Stand(
        is_new=is_new,
        role=place.role.code,
        parent_role_id=standings[place.parent].role.id if place.parent is not None else None,
        company=companies[place.company_id] if place.company_id else "",
        company_id=place.company_id,
    )


def _tell(
    origin: Origin,
    order: Order,
    book: Book,
    changed: Mapping[int, Standing],
    companies: Mapping[int, str],
) -> None:
    def told(place: Standing | None) -> dict[str, Any] | None:
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
                "customer.associated", "customer", pk, told(book.standings.get(pk)), told(place)
            )
            for pk, place in sorted(changed.items())
        ],
    )
