"""Registering and updating a customer together with parent, children and company.

One group is one unit: what is refused of the customer, of the parent or of the hierarchy leaves
nothing behind. Children who cannot be registered or taken in are told, and the others stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.usecases.registering import Admitted, Person, register_people
from crm.usecases.updating import update_person
from customers import errors
from customers.operations.associating import Grouped, GroupWish, associate_group
from customers.queries.recognising import recognise
from customers.queries.standards import get_standards
from customers.rules.lenience import readable
from customers.rules.updating import CustomerChange
from loyalty.rules.enrolling import Joining

# Somebody who comes along is not registered again; who has this identifier is meant.
KNOWN = (errors.IdentifierRegistered, errors.SourceAccountShared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """What a group is to become; ``company`` is an external id."""

    hierarchy: str = ""
    role: str = ""
    child_role: str = ""
    company: object = None
    skip_level: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Who comes along with a customer; children that a door could not read are refusals."""

    ties: Ties
    parent: Person | None = None
    children: Sequence[Person | DomainError] = ()


@dataclass(slots=True)
class Relative:
    """A parent or child: who it is, or why they could not come along."""

    customer_id: int = 0
    is_new: bool = False
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class GroupDone:
    """Who was registered or updated, who came along, and where everybody stands."""

    customer_id: int
    is_new: bool = False
    notices: list[Notice] = field(default_factory=list)
    parent: Relative | None = None
    children: list[Relative] = field(default_factory=list)
    grouped: Grouped | None = None
    # What loyalty has to do, by the customer it is for.
    effects: dict[int, int] = field(default_factory=dict)


@within_unit_of_work
def register_group(
    *,
    origin: Origin,
    person: Person,
    kin: Kin | None = None,
    effects_due_at: datetime | None = None,
) -> GroupDone:
    """Register a person, and whoever comes along unless they are known; place them all.

    The number of queries does not depend on how many children come, unless a card is refused.
    Whoever stands in the hierarchy already is not moved.

    Raises:
        whatever ``register_person`` refuses of the person or the parent, and ``associate_group``.
    """
    along, dropped = _along(origin, kin)
    people = [person, *along.values()]
    outcomes = register_people(origin=origin, people=people, effects_due_at=effects_due_at)
    head = _standing(outcomes[0])
    done = GroupDone(customer_id=head.customer_id, is_new=head.is_new, notices=list(head.notices))
    _come_along(origin, done, kin, along, outcomes[1:], dropped)
    done.effects |= _effects([head])
    _place(origin, done, kin, replaces=False)
    return done


@within_unit_of_work
def update_group(
    *,
    origin: Origin,
    change: CustomerChange,
    joinings: Sequence[Joining] = (),
    kin: Kin | None = None,
    effects_due_at: datetime | None = None,
) -> GroupDone:
    """Update the customer whom the identifiers mean, and place them anew; kin may be moved.

    Parents and children who are not known are registered. The change names nobody
    (``NOBODY_YET``): its identifiers do.

    Raises:
        IdentifierNotFound, IdentifiersOfSeveralCustomers, NoIdentifier and what
        ``normalise_keys`` refuses: nobody is meant, or several.
        what ``update_customer``, ``associate_group``, and ``register_person`` of the parent refuse.
    """
    [found] = recognise(org=origin.org, people=[change.profiles])
    if isinstance(found, DomainError):
        raise found
    updated = update_person(
        origin=origin,
        change=replace(change, customer_id=found),
        joinings=joinings,
        effects_due_at=effects_due_at,
    )
    done = GroupDone(customer_id=found, notices=list(updated.updated.notices))
    if updated.effect_id is not None:
        done.effects[found] = updated.effect_id
    along, dropped = _along(origin, kin)
    outcomes = (
        register_people(origin=origin, people=list(along.values()), effects_due_at=effects_due_at)
        if along
        else []
    )
    _come_along(origin, done, kin, along, outcomes, dropped)
    _place(origin, done, kin, replaces=True)
    return done


def _standing(outcome: Admitted | DomainError) -> Admitted:
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def _along(
    origin: Origin, kin: Kin | None
) -> tuple[dict[int | None, Person], dict[int | None, list[Notice]]]:
    """Who comes along, the parent under None and children by their place, and what was dropped."""
    if kin is None:
        return {}, {}
    standards = get_standards(origin.org)
    along: dict[int | None, Person] = {}
    dropped: dict[int | None, list[Notice]] = {}
    everybody: dict[int | None, Person | DomainError] = {
        **({None: kin.parent} if kin.parent is not None else {}),
        **dict(enumerate(kin.children)),
    }
    for place, person in everybody.items():
        if not isinstance(person, DomainError):
            registration, dropped[place] = readable(person.registration, standards)
            along[place] = replace(person, registration=registration)
    return along, dropped


def _come_along(
    origin: Origin,
    done: GroupDone,
    kin: Kin | None,
    along: Mapping[int | None, Person],
    outcomes: Sequence[Admitted | DomainError],
    dropped: Mapping[int | None, list[Notice]],
) -> None:
    if kin is None:
        return
    relatives: dict[int | None, Relative] = {}
    for place, outcome in zip(along, outcomes, strict=True):
        if isinstance(outcome, Admitted):
            relatives[place] = Relative(
                outcome.customer_id, outcome.is_new, [*dropped[place], *outcome.notices]
            )
        else:
            relatives[place] = Relative(refusal=outcome, notices=list(dropped[place]))
    _recognise_known(origin, along, relatives)
    done.effects |= _effects([o for o in outcomes if isinstance(o, Admitted)])
    done.parent = relatives.get(None)
    if done.parent is not None and done.parent.refusal is not None:
        raise done.parent.refusal
    done.children = [
        Relative(refusal=child) if isinstance(child, DomainError) else relatives[place]
        for place, child in enumerate(kin.children)
    ]


def _recognise_known(
    origin: Origin, along: Mapping[int | None, Person], relatives: Mapping[int | None, Relative]
) -> None:
    """Let those who are registered already be who is meant; nothing of them is changed."""
    places = [place for place, one in relatives.items() if isinstance(one.refusal, KNOWN)]
    if not places:
        return
    found = recognise(
        org=origin.org, people=[along[place].registration.profiles for place in places]
    )
    for place, who in zip(places, found, strict=True):
        relative = relatives[place]
        if isinstance(who, DomainError):
            relative.refusal = who
        else:
            relative.customer_id, relative.refusal = who, None


def _effects(admitted: Sequence[Admitted]) -> dict[int, int]:
    return {one.customer_id: one.effect_id for one in admitted if one.effect_id is not None}


def _place(origin: Origin, done: GroupDone, kin: Kin | None, *, replaces: bool) -> None:
    if kin is None:
        return
    taken: set[int] = set()
    for child in done.children:
        if child.refusal is None and child.customer_id in taken:
            child.refusal = errors.IdentifierRegistered(customer_id=child.customer_id)
        taken.add(child.customer_id)
    ties = kin.ties
    done.grouped = associate_group(
        origin=origin,
        wish=GroupWish(
            customer_id=done.customer_id,
            hierarchy=ties.hierarchy,
            role=ties.role,
            parent_id=done.parent.customer_id if done.parent else None,
            child_ids=[child.customer_id for child in done.children if child.refusal is None],
            child_role=ties.child_role,
            company=ties.company,
            skip_level=ties.skip_level,
            replaces=replaces,
        ),
    )
    for child in done.children:
        child.refusal = child.refusal or done.grouped.refusals.get(child.customer_id)
