"""Finding customers by what is known of them and of their loyalty (v1.1's advanced search).

It reads the tables of both apps, so it lives in the app that knows both.

Each condition that an index answers becomes a part: rows of one table that say whose they are. The
part that narrows most drives: its index is walked in its own order, and the others are looked up.
Since the list is in the order of that index, the first page of a condition that a million
customers meet costs as little as that of one that ten meet.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from crm.kernel.errors import Notice
from crm.kernel.text import LAST, fold
from crm.tenancy.models import Organization, OrgEntity
from customers import notices
from customers.models import Customer, FieldDefinition, Identifier, Profile, SearchKey
from customers.queries.fields import get_field_rules
from customers.rules.query_grammar import EQUALS, EXACT, IN, STARTS, parse_query
from customers.rules.searching import words_of_key
from loyalty.models import Enrollment, Transaction
from loyalty.queries.programs import get_programs
from loyalty.queries.sought import PURCHASES, SoughtCustomer, describe_customers
from loyalty.rules.programs import ProgramRules
from loyalty.rules.seeking import Kind, Standards, Test, Wish, holds, read_condition

# Counting further costs more with every match and tells nobody more.
MOST_COUNTED = 1_000
# Of those that no index can find, so many are read and looked at.
MOST_LOOKED_AT = 10_000
# So many are looked at together.
GLANCE = 2_000
# A customer seldom has more words that begin alike.
ROWS_A_CUSTOMER = 4


@dataclass(frozen=True, slots=True)
class Sought:
    """One page. ``total`` counts all who match, as far as the notices do not say otherwise."""

    total: int
    customers: list[SoughtCustomer]
    notices: list[Notice] = field(default_factory=list)


def seek_customers(*, org: Organization, query: str, start: int, rows: int) -> Sought:
    """Customers of the organization who meet all conditions, without those merged into others.

    Points, purchases and tiers are those of the default program. The last purchase is the latest
    bill that is no return. Where a condition names something that several profiles have, one that
    meets it is enough. The list is in the order of the condition that narrows most; the total is
    exact up to 1,000.

    No index knows how a name or identifier ends, nor custom fields: conditions of this kind are
    asked of the first 10,000 customers who meet the others, and a notice says when there were more.

    Raises:
        QueryMalformed: the query cannot be understood; it says where and why.
    """
    standards = _standards(org)
    wishes = [read_condition(condition, standards) for condition in parse_query(query)]
    program = _program(org.pk)
    parts = [_PARTS[w.attribute.kind](w, org, program) for w in wishes if not w.is_looked_at]
    candidates = _candidates(org, [part for part in parts if part is not None])
    looked_at = [wish for wish in wishes if wish.is_looked_at]
    wanted = max(MOST_COUNTED, start + rows) + 1
    said: list[Notice] = []
    if looked_at:
        found, is_partial = _look_at(candidates, looked_at, wanted)
        if is_partial:
            said.append(Notice(notices.SEARCH_PARTIAL, most=MOST_LOOKED_AT))
    else:
        found = _first(candidates, wanted)
    if len(found) > MOST_COUNTED:
        said.append(Notice(notices.SEARCH_CAPPED))
    page = found[start : start + rows]
    return Sought(
        total=min(len(found), MOST_COUNTED),
        customers=describe_customers(org_id=org.pk, customer_ids=page, program=program),
        notices=said,
    )


def _standards(org: Organization) -> Standards:
    return Standards(
        default_country=org.default_country,
        strict_mobile=org.strict_mobile,
        zone=org.zone,
        fields=get_field_rules(
            org_id=org.pk, kind=FieldDefinition.Kind.CUSTOM, scope=FieldDefinition.Scope.PROFILE
        ),
    )


def _program(org_id: int) -> ProgramRules | None:
    """The default program; the oldest where there is none."""
    programs = get_programs(org_id).values()
    return next((p for p in programs if p.is_default), None) or next(iter(programs), None)


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one table that meet a condition; ``rank`` is small where they will be few."""

    model: type[Model]
    met: Q
    order: str
    rank: int

    @property
    def owner(self) -> str:
        """The column that says whose row it is."""
        return "pk" if self.model is Customer else "customer_id"

    @property
    def is_one_each(self) -> bool:
        """Whether a customer has one row at most."""
        return self.model not in (SearchKey, Identifier)


def _any(column: str, tests: Iterable[Test]) -> Q:
    """Any of the tests holds for the column."""
    return reduce(or_, (Q(**{f"{column}__{h}": v for h, v in test.items()}) for test in tests))


def _begins(column: str, tests: Sequence[Test]) -> Q:
    # "less than prefix + the last character" is a range that the b-tree answers; LIKE may not be.
    prefix = tests[0]["startswith"]
    return Q(**{f"{column}__gte": prefix, f"{column}__lt": prefix + LAST})


def _name_part(wish: Wish, org: Organization, _: ProgramRules | None) -> _Part:
    starts = wish.operator == STARTS
    met = _begins("text", wish.tests) if starts else _any("text", wish.tests)
    of_kind = Q(kind=wish.attribute.column)
    return _Part(SearchKey, of_kind & met, "text", 2 if _is_exact(wish) else 5)


def _key_part(wish: Wish, org: Organization, _: ProgramRules | None) -> _Part:
    if wish.operator == STARTS:
        met = Q(kind=wish.attribute.column) & _begins("text", wish.tests)
        return _Part(SearchKey, met, "text", 3)
    met = Q(type=wish.attribute.column) & _any("value", wish.tests)
    return _Part(Identifier, met, "value", 1 if _is_exact(wish) else 8)


def _number_part(wish: Wish, org: Organization, _: ProgramRules | None) -> _Part:
    column = wish.attribute.column
    rank = 10 if column == "org_id" else 0 if _is_exact(wish) else 9
    return _Part(Customer, _any(column, wish.tests), "id", rank)


def _moment_part(wish: Wish, org: Organization, _: ProgramRules | None) -> _Part:
    return _Part(Customer, _any("registered_at", wish.tests), "registered_at", 6)


def _store_part(wish: Wish, org: Organization, _: ProgramRules | None) -> _Part:
    """Whoever was registered at the store itself or at one of its tills."""
    [(how, word)] = wish.tests[0].items()
    numbers = [int(w) for w in ([word] if how == "exact" else word) if _is_number(w)]
    named = Q()
    for column in ("code", "name", "external_id"):
        if how == "in":
            named |= reduce(or_, (Q(**{f"{column}__iexact": each}) for each in word))
        else:
            named |= Q(**{f"{column}__i{how}": word})
    if how in ("exact", "in"):
        named |= Q(pk__in=numbers)
    places = OrgEntity.objects.filter(
        named, org_id=org.pk, type__in=(OrgEntity.Type.STORE, OrgEntity.Type.TILL)
    )
    inside = OrgEntity.objects.filter(Q(pk__in=places) | Q(parent__in=places), org_id=org.pk)
    here = list(inside.values_list("pk", flat=True))
    return _Part(Customer, Q(registered_by_id__in=here), "registered_by_id", 7)


def _balance_part(wish: Wish, org: Organization, program: ProgramRules | None) -> _Part:
    rank = 4 if _is_exact(wish) and wish.tests[0] != {"exact": 0} else 8
    column = wish.attribute.column
    return _Part(Enrollment, _member_of(program) & _any(column, wish.tests), column, rank)


def _tier_part(wish: Wish, org: Organization, program: ProgramRules | None) -> _Part:
    ladder = program.ladder if program else ()
    tiers = [step.id for step in ladder if holds(wish, fold(step.name))]
    return _Part(Enrollment, _member_of(program) & Q(tier_id__in=tiers), "tier_id", 9)


def _bill_part(wish: Wish, org: Organization, _: ProgramRules | None) -> _Part:
    later = Transaction.objects.filter(
        Q(billed_at__gt=OuterRef("billed_at"))
        | Q(billed_at=OuterRef("billed_at"), pk__gt=OuterRef("pk")),
        customer_id=OuterRef("customer_id"),
        type__in=PURCHASES,
    )
    met = Q(~Exists(later), customer_id__isnull=False, type__in=PURCHASES)
    rank = 4 if _is_exact(wish) else 8
    return _Part(Transaction, met & _any("amount", wish.tests), "amount", rank)


_PARTS: dict[Kind, Callable[[Wish, Organization, ProgramRules | None], _Part]] = {
    Kind.NAME: _name_part,
    Kind.KEY: _key_part,
    Kind.NUMBER: _number_part,
    Kind.MOMENT: _moment_part,
    Kind.STORE: _store_part,
    Kind.BALANCE: _balance_part,
    Kind.TIER: _tier_part,
    Kind.BILL: _bill_part,
}


def _is_exact(wish: Wish) -> bool:
    return wish.operator in (EXACT, EQUALS, IN)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= 18


def _member_of(program: ProgramRules | None) -> Q:
    return Q(program_id=program.id if program else None)


def _candidates(org: Organization, parts: list[_Part]) -> tuple[_Part, QuerySet[Any, Any]]:
    """Whose rows drive the search, and the rows in the order of the list."""
    everybody = _Part(Customer, Q(), "id", 10)
    gathered = _gathered([*parts, everybody])
    driver = min(gathered, key=lambda part: part.rank)
    rows = _rows(org, driver)
    for other in gathered:
        if other is not driver and other is not everybody and other.met:
            theirs = _rows(org, other).filter(**{other.owner: OuterRef(driver.owner)})
            rows = rows.filter(Exists(theirs))
    return driver, rows.order_by(driver.order, driver.owner).values_list(driver.owner, flat=True)


def _gathered(parts: Iterable[_Part]) -> list[_Part]:
    """Conditions on what a customer has one of are conditions on one row."""
    single: dict[type[Model], _Part] = {}
    several = []
    for part in sorted(parts, key=lambda part: part.rank):
        if not part.is_one_each:
            several.append(part)
        elif (first := single.get(part.model)) is None:
            single[part.model] = part
        else:
            single[part.model] = _Part(first.model, first.met & part.met, first.order, first.rank)
    return [*several, *single.values()]


def _rows(org: Organization, part: _Part) -> QuerySet[Any, Any]:
    rows = part.model._default_manager.filter(part.met, org_id=org.pk)
    if part.model is Customer:
        return rows.filter(merged_into__isnull=True)
    if part.model is Enrollment:
        # The emptied membership of who was merged stays with them; all else moved on.
        return rows.filter(customer__merged_into__isnull=True)
    return rows


def _first(candidates: tuple[_Part, QuerySet[Any, Any]], wanted: int) -> list[int]:
    return [pk for _, pk in zip(range(wanted), _walked(candidates, wanted), strict=False)]


def _walked(candidates: tuple[_Part, QuerySet[Any, Any]], wanted: int) -> Iterator[int]:
    """The candidates, each once, read in steps that give so many at a time."""
    driver, rows = candidates
    step = wanted if driver.is_one_each else wanted * ROWS_A_CUSTOMER
    seen: set[int] = set()
    read = 0
    while True:
        owners = list(rows[read : read + step])
        for pk in owners:
            if pk not in seen:
                seen.add(pk)
                yield pk
        read += len(owners)
        if len(owners) < step:
            return


def _look_at(
    candidates: tuple[_Part, QuerySet[Any, Any]], wishes: Sequence[Wish], wanted: int
) -> tuple[list[int], bool]:
    """Those among the first candidates whom all the wishes fit, and whether some were left out."""
    people = _first(candidates, MOST_LOOKED_AT + 1)
    is_partial = len(people) > MOST_LOOKED_AT
    del people[MOST_LOOKED_AT:]
    found: list[int] = []
    for at in range(0, len(people), GLANCE):
        some = people[at : at + GLANCE]
        fitting = [_fitting(wish, some) for wish in wishes]
        found += [pk for pk in some if all(pk in those for those in fitting)]
        if len(found) >= wanted:
            return found[:wanted], False
    return found, is_partial


def _fitting(wish: Wish, people: Sequence[int]) -> set[int]:
    """Those of these people whom the wish fits; one query."""
    column = wish.attribute.column
    if wish.attribute.kind is Kind.KEY:
        rows = Identifier.objects.filter(customer_id__in=people, type=column)
        return {
            pk
            for pk, value in rows.values_list("customer_id", "value")
            if any(holds(wish, word) for word, _ in words_of_key((column, value)))
        }
    what = {"firstName": "first_name", "lastName": "last_name"}.get(column, "fields")
    profiles = Profile.objects.filter(customer_id__in=people, closed_at__isnull=True)
    rows_of_profiles = profiles.values_list("customer_id", what)
    if wish.attribute.kind is Kind.NAME:
        return {pk for pk, name in rows_of_profiles if holds(wish, name)}
    return {pk for pk, kept in rows_of_profiles if column in kept and holds(wish, kept[column])}
