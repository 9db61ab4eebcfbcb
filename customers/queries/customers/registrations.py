"""Registration data and status of many customers (v1.1's ``get``)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from crm.kernel.compiled_queries import CompiledQuery
from crm.tenancy.models import OrgEntity
from customers.models import Channel, Customer, Identifier, Interaction
from customers.rules.identifiers import Key

NDNC = "ndnc"
_ENTITY_COLUMNS = ("registered_by__code", "registered_by__name", "registered_by__type")
_PARENT_COLUMNS = tuple(f"registered_by__parent__{name}" for name in ("code", "name", "type"))


class RegistrationEntity(NamedTuple):
    """The fields of an org entity that a registration shows."""

    code: str
    name: str
    type: str


@dataclass(slots=True)
class RegistrationLine:
    """One customer; ``till`` and ``store`` are None if another entity registered the customer."""

    customer_id: int
    source: str
    registered_by: RegistrationEntity | None
    till: RegistrationEntity | None
    store: RegistrationEntity | None
    fraud_status: str
    fraud_marked_by: str
    fraud_marked_at: datetime | None
    identifiers: list[Key] = field(default_factory=list)
    nps_score: int | None = None
    is_on_ndnc: bool | None = None


def list_registrations(
    *, org_id: int, customer_ids: Collection[int], with_ndnc: bool = False
) -> dict[int, RegistrationLine]:
    """Return the lines by customer; three queries, and another one for the NDNC register."""
    lines = {row[0]: _build_line(row) for row in _CUSTOMERS.fetch(customer_ids, org_id=org_id)}
    for customer_id, kind, value in _IDENTIFIERS.fetch(lines):
        lines[customer_id].identifiers.append((kind, value))
    # Sorted by date, so the score of the survey answered last wins.
    for customer_id, score in _SCORES.fetch(lines):
        lines[customer_id].nps_score = score
    if with_ndnc:
        _add_ndnc(lines)
    return lines


def _select_customers(ids: Sequence[int], org_id: int) -> QuerySet[Customer, tuple[Any, ...]]:
    return Customer.objects.filter(org_id=org_id, pk__in=ids).values_list(
        "pk",
        "registered_in__source",
        "fraud_status",
        "fraud_marked_at",
        "fraud_marked_by__name",
        "fraud_marked_by__code",
        *_ENTITY_COLUMNS,
        *_PARENT_COLUMNS,
    )


def _select_identifiers(ids: Sequence[int]) -> QuerySet[Identifier, tuple[Any, ...]]:
    rows = Identifier.objects.filter(customer_id__in=ids).order_by("pk")
    return rows.values_list("customer_id", "type", "value")


def _select_scores(ids: Sequence[int]) -> QuerySet[Interaction, tuple[Any, ...]]:
    rows = Interaction.objects.filter(customer_id__in=ids, nps_score__isnull=False)
    return rows.order_by("completed_at", "pk").values_list("customer_id", "nps_score")


_CUSTOMERS = CompiledQuery(_select_customers)
_IDENTIFIERS = CompiledQuery(_select_identifiers)
_SCORES = CompiledQuery(_select_scores)


def _build_line(row: Sequence[Any]) -> RegistrationLine:
    pk, source, fraud_status, marked_at, marker_name, marker_code, *entities = row
    registered_by = _build_entity(entities[: len(_ENTITY_COLUMNS)])
    parent = _build_entity(entities[len(_ENTITY_COLUMNS) :])
    is_till = registered_by is not None and registered_by.type == OrgEntity.Type.TILL
    store = parent if is_till else registered_by
    return RegistrationLine(
        customer_id=pk,
        source=source,
        registered_by=registered_by,
        till=registered_by if is_till else None,
        store=store if store is not None and store.type == OrgEntity.Type.STORE else None,
        fraud_status=fraud_status,
        fraud_marked_by=marker_name or marker_code or "",
        fraud_marked_at=marked_at,
    )


def _build_entity(values: Sequence[str | None]) -> RegistrationEntity | None:
    code, name, kind = values
    return None if code is None else RegistrationEntity(code, name or "", kind or "")


def _add_ndnc(lines: dict[int, RegistrationLine]) -> None:
    """Read the NDNC entry, which callers store as an attribute of the mobile channel."""
    rows = Channel.objects.filter(
        profile__customer_id__in=lines, profile__closed_at__isnull=True, type="mobile"
    ).values_list("profile__customer_id", "attributes")
    for customer_id, attributes in rows:
        value = attributes.get(NDNC) if isinstance(attributes, dict) else None
        if value is not None:
            lines[customer_id].is_on_ndnc = str(value).lower() in ("true", "1", "yes", "ndnc")
