"""Who may stand above whom in a hierarchy (v2, "Associate Customer with Customer/Hierarchy").

A parent's role stands on a higher level than the child's: that alone makes rings impossible.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crm.kernel.errors import DomainError
from customers import errors
from customers.rules.text import folded, shown


@dataclass(frozen=True, slots=True)
class Role:
    """A role; level 1 is the highest."""

    id: int
    code: str
    level: int


class Order:
    """The roles of one hierarchy."""

    def __init__(
        self, *, id: int, code: str, skip_level_allowed: bool, roles: Iterable[Role]
    ) -> None:
        self.id, self.code, self.skip_level_allowed = id, code, skip_level_allowed
        self._roles = {role.id: role for role in roles}
        self._by_code = {folded(role.code): role for role in self._roles.values()}
        self._levels = sorted({role.level for role in self._roles.values()})

    def by_id(self, pk: int) -> Role:
        return self._roles[pk]

    def named(self, code: str) -> Role:
        """Return the role of this code, in any case.

        Raises:
            HierarchyRoleUnknown: the hierarchy has none.
        """
        role = self._by_code.get(folded(code))
        if role is None:
            raise errors.HierarchyRoleUnknown(code=shown(code))
        return role

    def above(self, role: Role) -> Role:
        """Return the role that a parent has for whom nobody names one.

        Raises:
            HierarchyOrderBroken: nobody stands above the role.
            HierarchyRoleUnknown: several roles stand right above, so one must be named.
        """
        return self._beside(role, -1)

    def below(self, role: Role) -> Role:
        """Return the role that a child has for whom nobody names one; raises as ``above``."""
        return self._beside(role, 1)

    def may_stand_above(self, parent: Role, child: Role, *, skip_level: bool) -> bool:
        """Whether one role may be the parent of the other."""
        if parent.level >= child.level:
            return False
        steps = self._levels.index(child.level) - self._levels.index(parent.level)
        return steps == 1 or skip_level or self.skip_level_allowed

    def _beside(self, role: Role, step: int) -> Role:
        place = self._levels.index(role.level) + step
        if not 0 <= place < len(self._levels):
            raise errors.HierarchyOrderBroken(role=role.code)
        found = [one for one in self._roles.values() if one.level == self._levels[place]]
        if len(found) > 1:
            raise errors.HierarchyRoleUnknown(code="")
        return found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A customer's place in a hierarchy; ``parent`` is a customer too."""

    role: Role
    parent: int | None = None
    company_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One customer with the parent and children that a request names; ids of customers.

    Without a role the customer keeps theirs. ``replaces`` lets the request move whoever stands
    elsewhere already.
    """

    customer: int
    role: str = ""
    parent: int | None = None
    children: Sequence[int] = ()
    child_role: str = ""
    company_id: int | None = None
    skip_level: bool = False
    replaces: bool = False


@dataclass(slots=True)
class Book:
    """Who stands where before the change.

    ``standings`` has everybody named and their parents; ``above`` who stands above the customer
    and above the parent named; ``below`` the roles of children that are not named, by parent.
    """

    standings: Mapping[int, Standing] = field(default_factory=dict)
    above: Mapping[int, frozenset[int]] = field(default_factory=dict)
    below: Mapping[int, frozenset[Role]] = field(default_factory=dict)


@dataclass(slots=True)
class Decision:
    """What is to be written, and which children cannot be taken in although the order holds."""

    standings: dict[int, Standing] = field(default_factory=dict)
    refusals: dict[int, DomainError] = field(default_factory=dict)


def decide_family(order: Order, book: Book, family: Family) -> Decision:
    """Work out the new place of everybody named; who stands there already is left out.

    Raises:
        HierarchyRoleUnknown: the hierarchy has no such role, or none is named where it must be.
        HierarchyCycle: somebody would stand above themselves.
        HierarchyOrderBroken: a parent's role would not stand above the child's, or too far.
        AssociationTaken: the customer stands elsewhere already, and may not be moved.
    """
    decision = Decision()
    new: dict[int, Standing] = {}
    was = book.standings.get(family.customer)
    role = was.role if was and not family.role else order.named(family.role)
    _refuse_rings(book, family)
    if family.parent is not None:
        parent = book.standings.get(family.parent)
        if parent is None:
            new[family.parent] = Standing(role=order.above(role), company_id=family.company_id)
    head = _place(
        was,
        Standing(
            role=role,
            parent=family.parent if family.parent is not None else was.parent if was else None,
            company_id=_first(
                family.company_id,
                was.company_id if was else None,
                _company(book, new, family.parent),
            ),
        ),
        replaces=family.replaces,
    )
    new[family.customer] = head
    if family.children:
        child_role = order.named(family.child_role) if family.child_role else order.below(role)
        for child in family.children:
            stands = book.standings.get(child)
            try:
                new[child] = _place(
                    stands,
                    Standing(
                        role=child_role,
                        parent=family.customer,
                        company_id=_first(
                            family.company_id if stands is None or family.replaces else None,
                            stands.company_id if stands else None,
                            head.company_id,
                        ),
                    ),
                    replaces=family.replaces,
                )
            except errors.AssociationTaken as refusal:
                decision.refusals[child] = refusal.detached()
    changed = {pk: place for pk, place in new.items() if book.standings.get(pk) != place}
    _check_order(order, book, changed, family.skip_level)
    decision.standings = changed
    return decision


def _refuse_rings(book: Book, family: Family) -> None:
    children = set(family.children)
    above = set(book.above.get(family.parent or family.customer, ()))
    if family.parent is not None:
        above.add(family.parent)
    if family.customer in children | above or children & above:
        raise errors.HierarchyCycle()


def _place(was: Standing | None, wanted: Standing, *, replaces: bool) -> Standing:
    """Return the place wanted, unless it would move somebody who may not be moved."""
    if was is None or replaces:
        return wanted
    same_company = was.company_id is None or was.company_id == wanted.company_id
    if was.role != wanted.role or was.parent not in (None, wanted.parent) or not same_company:
        raise errors.AssociationTaken()
    return wanted


def _check_order(
    order: Order, book: Book, changed: Mapping[int, Standing], skip_level: bool
) -> None:
    """Look at each pair of parent and child that this change makes, or whose roles it changes."""
    after = {**book.standings, **changed}
    pairs = {(pk, place.parent) for pk, place in after.items() if place.parent in after}
    for child, parent in sorted((c, p) for c, p in pairs if p is not None):
        roles = after[parent].role, after[child].role
        if _pair(book.standings, child, parent) == roles:
            continue
        if not order.may_stand_above(*roles, skip_level=skip_level):
            raise errors.HierarchyOrderBroken(role=roles[1].code)
    for pk, place in changed.items():
        was = book.standings.get(pk)
        if was is None or was.role == place.role:
            continue
        for below in book.below.get(pk, ()):
            if not order.may_stand_above(place.role, below, skip_level=skip_level):
                raise errors.HierarchyOrderBroken(role=below.code)


def _pair(standings: Mapping[int, Standing], child: int, parent: int) -> tuple[Role, Role] | None:
    """The roles of a parent and a child who stand so already."""
    if child not in standings or standings[child].parent != parent:
        return None
    return standings[parent].role, standings[child].role


def _company(book: Book, new: Mapping[int, Standing], customer: int | None) -> int | None:
    if customer is None:
        return None
    place = new.get(customer) or book.standings.get(customer)
    return place.company_id if place else None


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
