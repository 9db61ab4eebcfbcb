"""Deciding places in a hierarchy ..."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import errors
from customers.rules.hierarchies import CurrentPlaces, Family, Place, Role, RoleOrder, decide_family

OWNER, ADMIN, DRIVER = Role(1, "OWNER", 1), Role(2, "ADMIN", 5), Role(3, "DRIVER", 9)
A, B, C, D = 11, 12, 13, 14


def make_order(*roles, skip_level_allowed=False):
    return RoleOrder(
        id=1,
        code="fleet",
        skip_level_allowed=skip_level_allowed,
        roles=roles or (OWNER, ADMIN, DRIVER),
    )


def decide_in_fleet(family, places=None, *, above=None, below=None, **settings):
    start = family.parent or family.customer
    book = CurrentPlaces(places or {}, {start: frozenset(above or ())}, below or {})
    return decide_family(make_order(**settings), book, family)


def test_places_a_customer_a_parent_and_children_by_neighbouring_levels():
    family = Family(customer=B, role="admin", parent=A, children=[C, D], company_id=7)

    assert decide_in_fleet(family).places == {
        A: Place(role=OWNER, company_id=7),
        B: Place(role=ADMIN, parent=A, company_id=7),
        C: Place(role=DRIVER, parent=B, company_id=7),
        D: Place(role=DRIVER, parent=B, company_id=7),
    }


def test_leaves_out_whoever_stands_there_already():
    there = {B: Place(role=ADMIN), C: Place(role=DRIVER, parent=B)}

    decision = decide_in_fleet(Family(customer=B, role="ADMIN", children=[C, D]), there)

    assert decision.places == {D: Place(role=DRIVER, parent=B)}


def test_gives_those_who_come_the_company_of_whom_they_come_to():
    there = {A: Place(role=OWNER, company_id=7)}

    decision = decide_in_fleet(Family(customer=B, role="ADMIN", parent=A, children=[C]), there)

    assert [decision.places[pk].company_id for pk in (B, C)] == [7, 7]


def test_keeps_the_role_where_none_is_named():
    there = {B: Place(role=ADMIN)}

    decision = decide_in_fleet(Family(customer=B, children=[C], replaces=True), there)

    assert decision.places == {C: Place(role=DRIVER, parent=B)}


@pytest.mark.parametrize(
    ("family", "places"),
    [
        (Family(customer=A, role="OWNER", parent=B), {}),
        (Family(customer=A, role="DRIVER", children=[B]), {}),
        (Family(customer=A, role="ADMIN", children=[B], child_role="OWNER"), {}),
        (Family(customer=A, role="ADMIN", children=[B], child_role="ADMIN"), {}),
        (Family(customer=A, role="OWNER", children=[B], child_role="DRIVER"), {}),
        (Family(customer=A, role="DRIVER", parent=B), {B: Place(role=OWNER)}),
        (Family(customer=A, role="ADMIN", parent=B), {B: Place(role=DRIVER)}),
    ],
    ids=[
        "nobody is above the owner",
        "nobody is below the driver",
        "the child is above",
        "the child is level",
        "the child is two below",
        "the parent is two above",
        "the parent is below",
    ],
)
def test_refuses_what_breaks_the_order(family, places):
    with pytest.raises(errors.HierarchyOrderBroken):
        decide_in_fleet(family, places)


@pytest.mark.parametrize("word", ["request", "hierarchy"])
def test_lets_a_level_be_skipped_where_that_is_allowed(word):
    family = Family(
        customer=A,
        role="OWNER",
        children=[B],
        child_role="DRIVER",
        skip_level=word == "request",
    )

    decision = decide_in_fleet(family, skip_level_allowed=word == "hierarchy")

    assert decision.places[B] == Place(role=DRIVER, parent=A)


@pytest.mark.parametrize(
    ("places", "below"),
    [
        ({A: Place(role=OWNER)}, {A: frozenset({ADMIN})}),
        ({A: Place(role=ADMIN, parent=B), B: Place(role=OWNER)}, {}),
    ],
    ids=["children stay", "the parent stays"],
)
def test_refuses_a_new_role_that_does_not_fit_those_who_stay(places, below):
    role = "ADMIN" if below else "OWNER"

    with pytest.raises(errors.HierarchyOrderBroken):
        decide_in_fleet(Family(customer=A, role=role, replaces=True), places, below=below)


def test_leaves_alone_what_was_broken_before():
    there = {A: Place(role=OWNER), B: Place(role=DRIVER, parent=A)}

    decision = decide_in_fleet(
        Family(customer=B, role="DRIVER", company_id=7, replaces=True), there
    )

    assert decision.places == {B: Place(role=DRIVER, parent=A, company_id=7)}


@pytest.mark.parametrize(
    ("family", "above"),
    [
        (Family(customer=A, role="ADMIN", parent=A), ()),
        (Family(customer=A, role="ADMIN", children=[A]), ()),
        (Family(customer=A, role="ADMIN", parent=B, children=[B]), ()),
        (Family(customer=A, role="DRIVER", parent=B), (A,)),
        (Family(customer=A, role="OWNER", children=[C]), (B, C)),
    ],
    ids=["own parent", "own child", "parent and child", "above the parent", "child from above"],
)
def test_refuses_rings(family, above):
    with pytest.raises(errors.HierarchyCycle):
        decide_in_fleet(family, above=above)


@pytest.mark.parametrize(
    "there",
    [
        Place(role=DRIVER),
        Place(role=ADMIN, parent=D),
        Place(role=ADMIN, company_id=8),
    ],
    ids=["role", "parent", "company"],
)
def test_moves_nobody_unless_it_is_said_to_replace(there):
    family = Family(customer=A, role="ADMIN", parent=B, company_id=7)
    places = {A: there, D: Place(role=OWNER)}

    with pytest.raises(errors.AssociationTaken):
        decide_in_fleet(family, places)


def test_tells_of_children_who_stand_elsewhere_and_takes_in_the_others():
    there = {C: Place(role=DRIVER, parent=B), B: Place(role=ADMIN)}

    decision = decide_in_fleet(Family(customer=A, role="ADMIN", children=[C, D]), there)

    assert decision.refusals == {C: errors.AssociationTaken()}
    assert decision.places == {
        A: Place(role=ADMIN),
        D: Place(role=DRIVER, parent=A),
    }


def test_names_the_role_that_is_unknown_or_cannot_be_guessed():
    with pytest.raises(errors.HierarchyRoleUnknown):
        decide_in_fleet(Family(customer=A, role="PILOT"))
    with pytest.raises(errors.HierarchyRoleUnknown):
        decide_in_fleet(Family(customer=A))
    two = make_order(OWNER, ADMIN, Role(4, "CLERK", 5))
    with pytest.raises(errors.HierarchyRoleUnknown):
        decide_family(two, CurrentPlaces(), Family(customer=A, role="OWNER", children=[B]))


CUSTOMER_IDS = st.integers(1, 6)
ROLES = [Role(n, f"R{n}", n) for n in (1, 2, 3, 4)]


@given(
    st.lists(
        st.builds(
            Family,
            customer=CUSTOMER_IDS,
            role=st.sampled_from(["", *(role.code for role in ROLES)]),
            parent=st.none() | CUSTOMER_IDS,
            children=st.lists(CUSTOMER_IDS, max_size=3, unique=True),
            child_role=st.sampled_from(["", *(role.code for role in ROLES)]),
            skip_level=st.booleans(),
            replaces=st.booleans(),
        ),
        max_size=12,
    )
)
def test_never_lets_anybody_stand_beside_or_below_their_child(families):
    world: dict[int, Place] = {}
    for family in families:
        named = {family.customer, *family.children} | (
            {family.parent} if family.parent is not None else set()
        )
        everybody = named | {world[pk].parent for pk in named if pk in world} - {None}
        book = CurrentPlaces(
            {pk: world[pk] for pk in everybody if pk in world},
            {start: _list_ancestors(world, start) for start in named},
            {
                pk: frozenset(
                    customer_id.role
                    for child, customer_id in world.items()
                    if customer_id.parent == pk and child not in everybody
                )
                for pk in everybody
            },
        )
        try:
            world |= decide_family(make_order(*ROLES), book, family).places
        except (
            errors.HierarchyCycle,
            errors.HierarchyOrderBroken,
            errors.HierarchyRoleUnknown,
            errors.AssociationTaken,
        ):
            continue

        for place in world.values():
            if place.parent is not None:
                assert world[place.parent].role.level < place.role.level


def _list_ancestors(world, start):
    above, place = set(), world.get(start)
    while place is not None and place.parent is not None:
        above.add(place.parent)
        place = world.get(place.parent)
    return frozenset(above)
