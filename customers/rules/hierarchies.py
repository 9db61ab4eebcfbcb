"""Places of customers in a hierarchy (v2, "Associate Customer with Customer/Hierarchy").

A parent's role is on a higher level than the child's. This alone makes cycles impossible.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crm.kernel.errors import DomainError
from customers import errors
from customers.rules.text import fold_name, is_writable, sanitize

MAX_EXTERNAL_ID_LENGTH = 100  # of a company


@dataclass(frozen=True, slots=True)
class Role:
    """A role; level 1 is the highest."""

    id: int
    code: str
    level: int


class RoleOrder:
    """The roles of one hierarchy."""

    def __init__(
        self, *, id: int, code: str, skip_level_allowed: bool, roles: Iterable[Role]
    ) -> None:
        self.id, self.code, self.skip_level_allowed = id, code, skip_level_allowed
        self._roles = {role.id: role for role in roles}
        self._by_code = {fold_name(role.code): role for role in self._roles.values()}
        self._levels = sorted({role.level for role in self._roles.values()})

    def by_id(self, pk: int) -> Role:
        return self._roles[pk]

    def get_by_code(self, code: str) -> Role:
        """Return the role of this code, in any case.

        Raises:
            HierarchyRoleUnknown: the hierarchy has none.
        """
        role = self._by_code.get(fold_name(code))
        if role is None:
            raise errors.HierarchyRoleUnknown(code=sanitize(code))
        return role

    def above(self, role: Role) -> Role:
        """Return the default role of a parent: the one a level above.

        Raises:
            HierarchyOrderBroken: there is no higher level.
            HierarchyRoleUnknown: the level above has several roles, so one must be named.
        """
        return self._get_adjacent_role(role, -1)

    def below(self, role: Role) -> Role:
        """Return the default role of a child, one level below. Raises the same as ``above``."""
        return self._get_adjacent_role(role, 1)

    def can_be_parent_of(self, parent: Role, child: Role, *, skip_level: bool) -> bool:
        """Whether one role may be the parent of the other."""
        if parent.level >= child.level:
            return False
        steps = self._levels.index(child.level) - self._levels.index(parent.level)
        return steps == 1 or skip_level or self.skip_level_allowed

    def _get_adjacent_role(self, role: Role, step: int) -> Role:
        index = self._levels.index(role.level) + step
        if not 0 <= index < len(self._levels):
            raise errors.HierarchyOrderBroken(role=role.code)
        candidates = [
            candidate
            for candidate in self._roles.values()
            if candidate.level == self._levels[index]
        ]
        if len(candidates) > 1:
            raise errors.HierarchyRoleUnknown(code="")
        return candidates[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A customer's place in a hierarchy; ``parent`` is the id of the parent customer."""

    role: Role
    parent: int | None = None
    company_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A customer with the parent and children that a request names, by customer id.

    Without a role the customer keeps the current one. ``replaces`` allows moving customers who
    have another place already.
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
class CurrentPlaces:
    """The places before the change.

    ``places`` holds those of the named customers and their parents. ``above`` holds the ancestors
    of the customer or of the named parent. ``below`` holds the roles of the other children, by
    parent.
    """

    places: Mapping[int, Place] = field(default_factory=dict)
    above: Mapping[int, frozenset[int]] = field(default_factory=dict)
    below: Mapping[int, frozenset[Role]] = field(default_factory=dict)


@dataclass(slots=True)
class FamilyDecision:
    """The places to write, and the errors of the children that cannot be moved."""

    places: dict[int, Place] = field(default_factory=dict)
    refusals: dict[int, DomainError] = field(default_factory=dict)


def decide_family(order: RoleOrder, current: CurrentPlaces, family: Family) -> FamilyDecision:
    """Decide the new places of the named customers; places that stay the same are left out.

    Raises:
        HierarchyRoleUnknown: the hierarchy has no such role, or a required role is not named.
        HierarchyCycle: a customer would be their own ancestor.
        HierarchyOrderBroken: a parent's role would not be on the level above the child's.
        AssociationTaken: the customer has another place already and may not be moved.
    """
    decision = FamilyDecision()
    new_places: dict[int, Place] = {}
    current_place = current.places.get(family.customer)
    role = (
        current_place.role if current_place and not family.role else order.get_by_code(family.role)
    )
    _refuse_cycles(current, family)
    if family.parent is not None:
        parent = current.places.get(family.parent)
        if parent is None:
            new_places[family.parent] = Place(role=order.above(role), company_id=family.company_id)
    customer_place = _choose_place(
        current_place,
        Place(
            role=role,
            parent=family.parent
            if family.parent is not None
            else current_place.parent
            if current_place
            else None,
            company_id=_choose_first_value(
                family.company_id,
                current_place.company_id if current_place else None,
                _find_company_id(current, new_places, family.parent),
            ),
        ),
        replaces=family.replaces,
    )
    new_places[family.customer] = customer_place
    if family.children:
        child_role = (
            order.get_by_code(family.child_role) if family.child_role else order.below(role)
        )
        for child in family.children:
            child_place = current.places.get(child)
            try:
                new_places[child] = _choose_place(
                    child_place,
                    Place(
                        role=child_role,
                        parent=family.customer,
                        company_id=_choose_first_value(
                            family.company_id if child_place is None or family.replaces else None,
                            child_place.company_id if child_place else None,
                            customer_place.company_id,
                        ),
                    ),
                    replaces=family.replaces,
                )
            except errors.AssociationTaken as refusal:
                decision.refusals[child] = refusal.detached()
    changed = {pk: place for pk, place in new_places.items() if current.places.get(pk) != place}
    _check_order(order, current, changed, family.skip_level)
    decision.places = changed
    return decision


def _refuse_cycles(current: CurrentPlaces, family: Family) -> None:
    children = set(family.children)
    above = set(current.above.get(family.parent or family.customer, ()))
    if family.parent is not None:
        above.add(family.parent)
    if family.customer in children | above or children & above:
        raise errors.HierarchyCycle()


def _choose_place(current_place: Place | None, new_place: Place, *, replaces: bool) -> Place:
    """Return the new place, unless it would move a customer who may not be moved."""
    if current_place is None or replaces:
        return new_place
    same_company = (
        current_place.company_id is None or current_place.company_id == new_place.company_id
    )
    if (
        current_place.role != new_place.role
        or current_place.parent not in (None, new_place.parent)
        or not same_company
    ):
        raise errors.AssociationTaken()
    return new_place


def _check_order(
    order: RoleOrder, current: CurrentPlaces, changed: Mapping[int, Place], skip_level: bool
) -> None:
    """Check each pair of parent and child that this change creates or changes."""
    after = {**current.places, **changed}
    pairs = {(pk, place.parent) for pk, place in after.items() if place.parent in after}
    for child, parent in sorted((c, p) for c, p in pairs if p is not None):
        roles = after[parent].role, after[child].role
        if _find_current_roles(current.places, child, parent) == roles:
            continue
        if not order.can_be_parent_of(*roles, skip_level=skip_level):
            raise errors.HierarchyOrderBroken(role=roles[1].code)
    for pk, place in changed.items():
        current_place = current.places.get(pk)
        if current_place is None or current_place.role == place.role:
            continue
        for below in current.below.get(pk, ()):
            if not order.can_be_parent_of(place.role, below, skip_level=skip_level):
                raise errors.HierarchyOrderBroken(role=below.code)


def _find_current_roles(
    places: Mapping[int, Place], child: int, parent: int
) -> tuple[Role, Role] | None:
    """Return the roles of a parent and child that are associated already."""
    if child not in places or places[child].parent != parent:
        return None
    return places[parent].role, places[child].role


def _find_company_id(
    current: CurrentPlaces, new_places: Mapping[int, Place], customer_id: int | None
) -> int | None:
    if customer_id is None:
        return None
    place = new_places.get(customer_id) or current.places.get(customer_id)
    return place.company_id if place else None


def _choose_first_value(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def clean_external_id(raw: object) -> str:
    """Return the company id as trimmed text; a whole number becomes its digits.

    Raises:
        CompanyInvalid: the id is empty, too long, or contains characters that cannot be stored.
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise errors.CompanyInvalid()
    text = str(raw).strip()
    if not 0 < len(text) <= MAX_EXTERNAL_ID_LENGTH or not is_writable(text):
        raise errors.CompanyInvalid()
    return text
