"""Conditions of an advanced search, each on the rows of one table that an index can answer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, Model, OuterRef, Q

from crm.kernel.ids import read_number
from crm.kernel.text import LAST, fold
from crm.tenancy.models import Organization, OrgEntity
from customers.models import Customer, Identifier, SearchKey
from customers.rules.query_grammar import EQUALS, EXACT, IN, STARTS
from loyalty.models import Enrollment, Transaction
from loyalty.queries.advanced_search_results import PURCHASES
from loyalty.rules.advanced_search import (
    AttributeKind,
    Comparison,
    SearchCriterion,
    matches_criterion,
)
from loyalty.rules.programs import ProgramRules


@dataclass(frozen=True, slots=True)
class TableCondition:
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


def build_condition(
    criterion: SearchCriterion, org: Organization, program: ProgramRules | None
) -> TableCondition:
    """Return the condition for a criterion that an index can answer."""
    return _BUILDERS[criterion.attribute.kind](criterion, org, program)


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
    prefixes = [comparison["startswith"] for comparison in comparisons]
    ranges = [Q(**{f"{column}__gte": text, f"{column}__lt": text + LAST}) for text in prefixes]
    return reduce(or_, ranges)


def _build_name_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> TableCondition:
    starts = criterion.operator == STARTS
    q = (
        _build_prefix_q("text", criterion.comparisons)
        if starts
        else _build_any_q("text", criterion.comparisons)
    )
    of_kind = Q(kind=criterion.attribute.column)
    return TableCondition(SearchKey, of_kind & q, "text", 2 if _is_exact(criterion) else 5)


def _build_identifier_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> TableCondition:
    if criterion.operator == STARTS:
        q = Q(kind=criterion.attribute.column) & _build_prefix_q("text", criterion.comparisons)
        return TableCondition(SearchKey, q, "text", 3)
    q = Q(type=criterion.attribute.column) & _build_any_q("value", criterion.comparisons)
    return TableCondition(Identifier, q, "value", 1 if _is_exact(criterion) else 8)


def _build_number_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> TableCondition:
    column = criterion.attribute.column
    rank = 10 if column == "org_id" else 0 if _is_exact(criterion) else 9
    return TableCondition(Customer, _build_any_q(column, criterion.comparisons), "id", rank)


def _build_moment_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> TableCondition:
    return TableCondition(
        Customer, _build_any_q("registered_at", criterion.comparisons), "registered_at", 6
    )


def _build_store_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> TableCondition:
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
    return TableCondition(Customer, Q(registered_by_id__in=entity_ids), "registered_by_id", 7)


def _build_balance_condition(
    criterion: SearchCriterion, org: Organization, program: ProgramRules | None
) -> TableCondition:
    rank = 4 if _is_exact(criterion) and criterion.comparisons[0] != {"exact": 0} else 8
    column = criterion.attribute.column
    return TableCondition(
        Enrollment,
        _build_program_q(program) & _build_any_q(column, criterion.comparisons),
        column,
        rank,
    )


def _build_tier_condition(
    criterion: SearchCriterion, org: Organization, program: ProgramRules | None
) -> TableCondition:
    tier_steps = program.ladder if program else ()
    tier_ids = [step.id for step in tier_steps if matches_criterion(criterion, fold(step.name))]
    return TableCondition(
        Enrollment, _build_program_q(program) & Q(tier_id__in=tier_ids), "tier_id", 9
    )


def _build_transaction_condition(
    criterion: SearchCriterion, org: Organization, _: ProgramRules | None
) -> TableCondition:
    later_transactions = Transaction.objects.filter(
        Q(billed_at__gt=OuterRef("billed_at"))
        | Q(billed_at=OuterRef("billed_at"), pk__gt=OuterRef("pk")),
        customer_id=OuterRef("customer_id"),
        type__in=PURCHASES,
    )
    q = Q(~Exists(later_transactions), customer_id__isnull=False, type__in=PURCHASES)
    rank = 4 if _is_exact(criterion) else 8
    return TableCondition(
        Transaction, q & _build_any_q("amount", criterion.comparisons), "amount", rank
    )


_BUILDERS: dict[
    AttributeKind, Callable[[SearchCriterion, Organization, ProgramRules | None], TableCondition]
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
