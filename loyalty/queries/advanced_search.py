"""Advanced search of v1.1: finds customers by profile fields and by loyalty data.

The search reads tables of both apps, so it lives in the app that may import both.

Each criterion that an index can answer becomes a condition on one table. The most selective
condition drives the query: its index is read in its own order, and the other conditions are checked
for each row. The results keep the order of that index, so the first page costs the same whether ten
customers match or a million.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from crm.kernel.errors import Notice
from crm.kernel.ids import read_number
from crm.kernel.text import LAST, fold
from crm.tenancy.models import Organization, OrgEntity
from customers import notices
from customers.models import Customer, FieldDefinition, Identifier, Profile, SearchKey
from customers.queries.fields import get_field_rules
from customers.rules.query_grammar import EQUALS, EXACT, IN, STARTS, parse_query
from customers.rules.search_text import list_identifier_words
from loyalty.models import Enrollment, Transaction
from loyalty.queries.advanced_search_results import PURCHASES, SearchResult, load_search_results
from loyalty.queries.programs import get_programs
from loyalty.rules.advanced_search import (
    AttributeKind,
    Comparison,
    SearchCriterion,
    SearchSettings,
    matches_criterion,
    parse_condition,
)
from loyalty.rules.programs import ProgramRules

# Larger counts cost more with every match and help no caller.
MAX_COUNT = 1_000
# How many candidates are read for criteria that no index can answer.
MAX_SCANNED = 10_000
# How many candidates are checked by one query.
SCAN_BATCH_SIZE = 2_000
# Few customers have more search words with the same prefix.
ROWS_PER_CUSTOMER = 4


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results. ``total`` counts all matches, up to the limits that the notices name."""

    total: int
    customers: list[SearchResult]
    notices: list[Notice] = field(default_factory=list)


def search_customers(*, org: Organization, query: str, start: int, rows: int) -> SearchPage:
    """Return customers of the organization who match all criteria; merged customers are left out.

    Points, purchases and tiers come from the default program. The last purchase is the latest
    transaction that is not a return. If a customer has several profiles, one matching profile is
    enough. Results are in the order of the most selective criterion. The total is exact up to
    1,000.

    No index covers the endings of names and identifiers, or custom fields. These criteria are
    checked on the first 10,000 customers who match the others; a notice says if there were more.

    Raises:
        QueryMalformed: the query cannot be parsed; its facts give the position and the reason.
    """
    settings = _load_settings(org)
    criteria = [
        parse_condition(query_condition, settings) for query_condition in parse_query(query)
    ]
    program = _get_program(org.pk)
    conditions = [
        _CONDITION_BUILDERS[criterion.attribute.kind](criterion, org, program)
        for criterion in criteria
        if not criterion.needs_scan
    ]
    candidates = _select_candidates(
        org, [condition for condition in conditions if condition is not None]
    )
    scanned_criteria = [criterion for criterion in criteria if criterion.needs_scan]
    limit = max(MAX_COUNT, start + rows) + 1
    search_notices: list[Notice] = []
    if scanned_criteria:
        matches, is_partial = _scan_candidates(candidates, scanned_criteria, limit)
        if is_partial:
            search_notices.append(Notice(notices.SEARCH_PARTIAL, most=MAX_SCANNED))
    else:
        matches = _take_candidates(candidates, limit)
    if len(matches) > MAX_COUNT:
        search_notices.append(Notice(notices.SEARCH_CAPPED))
    page_ids = matches[start : start + rows]
    return SearchPage(
        total=min(len(matches), MAX_COUNT),
        customers=load_search_results(org_id=org.pk, customer_ids=page_ids, program=program),
        notices=search_notices,
    )


def _load_settings(org: Organization) -> SearchSettings:
    return SearchSettings(
        default_country=org.default_country,
        strict_mobile=org.strict_mobile,
        zone=org.zone,
        fields=get_field_rules(
            org_id=org.pk, kind=FieldDefinition.Kind.CUSTOM, scope=FieldDefinition.Scope.PROFILE
        ),
    )


def _get_program(org_id: int) -> ProgramRules | None:
    """Return the default program, else the oldest one; None without programs."""
    programs = get_programs(org_id).values()
    return next((p for p in programs if p.is_default), None) or next(iter(programs), None)


@dataclass(frozen=True, slots=True)
class _TableCondition:
    """A condition on the rows of one table. A low ``rank`` means that few rows match."""

    model: type[Model]
    q: Q
    order: str
    rank: int

    @property
    def owner_column(self) -> str:
        """The column that holds the customer's id."""
        return "pk" if self.model is Customer else "customer_id"

    @property
    def is_single_row(self) -> bool:
        """Whether a customer has at most one row in the table."""
        return self.model not in (SearchKey, Identifier)


def _build_any_q(column: str, comparisons: Iterable[Comparison]) -> Q:
    """Build a Q that is true if any of the comparisons holds for the column."""
    return reduce(
        or_,
        (
            Q(**{f"{column}__{lookup_name}": value for lookup_name, value in comparison.items()})
            for comparison in comparisons
        ),
    )


def _build_prefix_q(column: str, comparisons: Sequence[Comparison]) -> Q:
    # A range up to prefix + the last character can use the b-tree index; LIKE may not.
    prefix = comparisons[0]["startswith"]
    return Q(**{f"{column}__gte": prefix, f"{column}__lt": prefix + LAST})


def _build_name_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> _TableCondition:
    starts = criterion.operator == STARTS
    q = (
        _build_prefix_q("text", criterion.comparisons)
        if starts
        else _build_any_q("text", criterion.comparisons)
    )
    of_kind = Q(kind=criterion.attribute.column)
    return _TableCondition(SearchKey, of_kind & q, "text", 2 if _is_exact(criterion) else 5)


def _build_identifier_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> _TableCondition:
    if criterion.operator == STARTS:
        q = Q(kind=criterion.attribute.column) & _build_prefix_q("text", criterion.comparisons)
        return _TableCondition(SearchKey, q, "text", 3)
    q = Q(type=criterion.attribute.column) & _build_any_q("value", criterion.comparisons)
    return _TableCondition(Identifier, q, "value", 1 if _is_exact(criterion) else 8)


def _build_number_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> _TableCondition:
    column = criterion.attribute.column
    rank = 10 if column == "org_id" else 0 if _is_exact(criterion) else 9
    return _TableCondition(Customer, _build_any_q(column, criterion.comparisons), "id", rank)


def _build_moment_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> _TableCondition:
    return _TableCondition(
        Customer, _build_any_q("registered_at", criterion.comparisons), "registered_at", 6
    )


def _build_store_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> _TableCondition:
    """Match customers registered at the store or at one of its tills."""
    [(lookup_name, word)] = criterion.comparisons[0].items()
    words = [word] if lookup_name == "exact" else word
    numbers = [number for text in words if (number := read_number(text)) is not None]
    entity_q = Q()
    for column in ("code", "name", "external_id"):
        if lookup_name == "in":
            entity_q |= reduce(or_, (Q(**{f"{column}__iexact": text}) for text in word))
        else:
            entity_q |= Q(**{f"{column}__i{lookup_name}": word})
    if lookup_name in ("exact", "in"):
        entity_q |= Q(pk__in=numbers)
    stores = OrgEntity.objects.filter(
        entity_q, org_id=org.pk, type__in=(OrgEntity.Type.STORE, OrgEntity.Type.TILL)
    )
    entities = OrgEntity.objects.filter(Q(pk__in=stores) | Q(parent__in=stores), org_id=org.pk)
    entity_ids = list(entities.values_list("pk", flat=True))
    return _TableCondition(Customer, Q(registered_by_id__in=entity_ids), "registered_by_id", 7)


def _build_balance_condition(
    criterion: SearchCriterion, org: Organization, program: ProgramRules | None
) -> _TableCondition:
    rank = 4 if _is_exact(criterion) and criterion.comparisons[0] != {"exact": 0} else 8
    column = criterion.attribute.column
    return _TableCondition(
        Enrollment,
        _build_program_q(program) & _build_any_q(column, criterion.comparisons),
        column,
        rank,
    )


def _build_tier_condition(
    criterion: SearchCriterion, org: Organization, program: ProgramRules | None
) -> _TableCondition:
    tier_steps = program.ladder if program else ()
    tier_ids = [step.id for step in tier_steps if matches_criterion(criterion, fold(step.name))]
    return _TableCondition(
        Enrollment, _build_program_q(program) & Q(tier_id__in=tier_ids), "tier_id", 9
    )


def _build_transaction_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> _TableCondition:
    later_transactions = Transaction.objects.filter(
        Q(billed_at__gt=OuterRef("billed_at"))
        | Q(billed_at=OuterRef("billed_at"), pk__gt=OuterRef("pk")),
        customer_id=OuterRef("customer_id"),
        type__in=PURCHASES,
    )
    q = Q(~Exists(later_transactions), customer_id__isnull=False, type__in=PURCHASES)
    rank = 4 if _is_exact(criterion) else 8
    return _TableCondition(
        Transaction, q & _build_any_q("amount", criterion.comparisons), "amount", rank
    )


_CONDITION_BUILDERS: dict[
    AttributeKind, Callable[[SearchCriterion, Organization, ProgramRules | None], _TableCondition]
] = {
    AttributeKind.NAME: _build_name_condition,
    AttributeKind.KEY: _build_identifier_condition,
    AttributeKind.NUMBER: _build_number_condition,
    AttributeKind.MOMENT: _build_moment_condition,
    AttributeKind.STORE: _build_store_condition,
    AttributeKind.BALANCE: _build_balance_condition,
    AttributeKind.TIER: _build_tier_condition,
    AttributeKind.BILL: _build_transaction_condition,
}


def _is_exact(criterion: SearchCriterion) -> bool:
    return criterion.operator in (EXACT, EQUALS, IN)


def _build_program_q(program: ProgramRules | None) -> Q:
    return Q(program_id=program.id if program else None)


def _select_candidates(
    org: Organization, conditions: list[_TableCondition]
) -> tuple[_TableCondition, QuerySet[Any, Any]]:
    """Return the driving condition and its customer ids, in the order of the results."""
    all_customers = _TableCondition(Customer, Q(), "id", 10)
    combined = _combine_conditions([*conditions, all_customers])
    driver = min(combined, key=lambda condition: condition.rank)
    rows = _select_rows(org, driver)
    for other in combined:
        if other is not driver and other is not all_customers and other.q:
            other_rows = _select_rows(org, other).filter(
                **{other.owner_column: OuterRef(driver.owner_column)}
            )
            rows = rows.filter(Exists(other_rows))
    return driver, rows.order_by(driver.order, driver.owner_column).values_list(
        driver.owner_column, flat=True
    )


def _combine_conditions(conditions: Iterable[_TableCondition]) -> list[_TableCondition]:
    """Combine the conditions on tables that have at most one row per customer."""
    single_row_conditions: dict[type[Model], _TableCondition] = {}
    combined = []
    for condition in sorted(conditions, key=lambda condition: condition.rank):
        if not condition.is_single_row:
            combined.append(condition)
        elif (first := single_row_conditions.get(condition.model)) is None:
            single_row_conditions[condition.model] = condition
        else:
            single_row_conditions[condition.model] = _TableCondition(
                first.model, first.q & condition.q, first.order, first.rank
            )
    return [*combined, *single_row_conditions.values()]


def _select_rows(org: Organization, condition: _TableCondition) -> QuerySet[Any, Any]:
    rows = condition.model._default_manager.filter(condition.q, org_id=org.pk)
    if condition.model is Customer:
        return rows.filter(merged_into__isnull=True)
    if condition.model is Enrollment:
        # A victim of a merge keeps an emptied enrollment; all other rows moved to the survivor.
        return rows.filter(customer__merged_into__isnull=True)
    return rows


def _take_candidates(
    candidates: tuple[_TableCondition, QuerySet[Any, Any]], limit: int
) -> list[int]:
    return [pk for _, pk in zip(range(limit), _iterate_candidates(candidates, limit), strict=False)]


def _iterate_candidates(
    candidates: tuple[_TableCondition, QuerySet[Any, Any]], limit: int
) -> Iterator[int]:
    """Yield each candidate once; rows are read in chunks."""
    driver, rows = candidates
    step = limit if driver.is_single_row else limit * ROWS_PER_CUSTOMER
    seen_ids: set[int] = set()
    offset = 0
    while True:
        customer_ids = list(rows[offset : offset + step])
        for pk in customer_ids:
            if pk not in seen_ids:
                seen_ids.add(pk)
                yield pk
        offset += len(customer_ids)
        if len(customer_ids) < step:
            return


def _scan_candidates(
    candidates: tuple[_TableCondition, QuerySet[Any, Any]],
    criteria: Sequence[SearchCriterion],
    limit: int,
) -> tuple[list[int], bool]:
    """Return the first candidates that match all criteria, and whether some were not checked."""
    customer_ids = _take_candidates(candidates, MAX_SCANNED + 1)
    is_partial = len(customer_ids) > MAX_SCANNED
    del customer_ids[MAX_SCANNED:]
    matches: list[int] = []
    for start in range(0, len(customer_ids), SCAN_BATCH_SIZE):
        batch = customer_ids[start : start + SCAN_BATCH_SIZE]
        matching_sets = [_find_matching_customers(criterion, batch) for criterion in criteria]
        matches += [pk for pk in batch if all(pk in matching_ids for matching_ids in matching_sets)]
        if len(matches) >= limit:
            return matches[:limit], False
    return matches, is_partial


def _find_matching_customers(criterion: SearchCriterion, customer_ids: Sequence[int]) -> set[int]:
    """Return which of these customers match the criterion; one query."""
    column = criterion.attribute.column
    if criterion.attribute.kind is AttributeKind.KEY:
        rows = Identifier.objects.filter(customer_id__in=customer_ids, type=column)
        return {
            pk
            for pk, value in rows.values_list("customer_id", "value")
            if any(
                matches_criterion(criterion, word)
                for word, _ in list_identifier_words((column, value))
            )
        }
    column_name = {"firstName": "first_name", "lastName": "last_name"}.get(column, "fields")
    profiles = Profile.objects.filter(customer_id__in=customer_ids, closed_at__isnull=True)
    profile_rows = profiles.values_list("customer_id", column_name)
    if criterion.attribute.kind is AttributeKind.NAME:
        return {pk for pk, name in profile_rows if matches_criterion(criterion, name)}
    return {
        pk
        for pk, values in profile_rows
        if column in values and matches_criterion(criterion, values[column])
    }
