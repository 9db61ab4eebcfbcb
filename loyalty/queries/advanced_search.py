"""Advanced search of v1.1: finds customers by profile fields and by loyalty data.

The search reads tables of both apps, so it lives in the app that may import both.

Each criterion that an index can answer becomes a condition on one table. The most selective
condition drives the query: its index is read in its own order, and the other conditions are checked
for each row. The results keep the order of that index, so the first page costs the same whether ten
customers match or a million.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from crm.kernel.errors import Notice
from crm.tenancy.models import Organization
from customers import notices
from customers.models import Customer, FieldDefinition, Identifier, Profile
from customers.queries.fields import get_field_rules
from customers.rules.query_grammar import parse_query
from customers.rules.search_text import list_identifier_words
from loyalty.models import Enrollment
from loyalty.queries.advanced_search_conditions import TableCondition, build_condition
from loyalty.queries.advanced_search_results import SearchResult, load_search_results
from loyalty.queries.programs import get_programs
from loyalty.rules.advanced_search import (
    AttributeKind,
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
        build_condition(criterion, org, program)
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


def _select_candidates(
    org: Organization, conditions: list[TableCondition]
) -> tuple[TableCondition, QuerySet[Any, Any]]:
    """Return the driving condition and its customer ids, in the order of the results."""
    all_customers = TableCondition(Customer, Q(), "id", 10)
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


def _combine_conditions(conditions: Iterable[TableCondition]) -> list[TableCondition]:
    """Combine the conditions on tables that have at most one row per customer."""
    single_row_conditions: dict[type[Model], TableCondition] = {}
    combined = []
    for condition in sorted(conditions, key=lambda condition: condition.rank):
        if not condition.is_single_row:
            combined.append(condition)
        elif (first := single_row_conditions.get(condition.model)) is None:
            single_row_conditions[condition.model] = condition
        else:
            single_row_conditions[condition.model] = TableCondition(
                first.model, first.q & condition.q, first.order, first.rank
            )
    return [*combined, *single_row_conditions.values()]


def _select_rows(org: Organization, condition: TableCondition) -> QuerySet[Any, Any]:
    rows = condition.model._default_manager.filter(condition.q, org_id=org.pk)
    if condition.model is Customer:
        return rows.filter(merged_into__isnull=True)
    if condition.model is Enrollment:
        # A victim of a merge keeps an emptied enrollment; all other rows moved to the survivor.
        return rows.filter(customer__merged_into__isnull=True)
    return rows


def _take_candidates(
    candidates: tuple[TableCondition, QuerySet[Any, Any]], limit: int
) -> list[int]:
    return [pk for _, pk in zip(range(limit), _iterate_candidates(candidates, limit), strict=False)]


def _iterate_candidates(
    candidates: tuple[TableCondition, QuerySet[Any, Any]], limit: int
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
    candidates: tuple[TableCondition, QuerySet[Any, Any]],
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
