"""The SQL statement that reads all details of a customer, for both databases."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

ACTOR_COLUMNS = ("id", "code", "description", "name", "type")


def _actor_columns(alias: str) -> list[str]:
    return [f"{alias}.{name}" for name in ACTOR_COLUMNS]


CUSTOMER_COLUMNS = [
    "c.merged_into_id",
    "c.loyalty_type",
    "c.extended_fields",
    "c.registered_at",
    "s.source",
    "c.modified_at",
    "till.code",
    "c.fraud_status",
    "c.fraud_marked_at",
    *_actor_columns("creator"),
    *_actor_columns("modifier"),
    *_actor_columns("marker"),
]
_FROM = """
      FROM customers_customer c
      JOIN customers_sourceaccount s ON s.id = c.registered_in_id
      LEFT JOIN tenancy_orgentity creator ON creator.id = c.registered_by_id
      LEFT JOIN tenancy_orgentity modifier ON modifier.id = c.modified_by_id
      LEFT JOIN tenancy_orgentity marker ON marker.id = c.fraud_marked_by_id
      LEFT JOIN tenancy_orgentity till ON till.id = c.associated_with_id"""
_WHERE_ONE = "WHERE c.id = %s AND c.org_id = %s"
_WHERE_MANY = {
    "postgresql": "WHERE c.id = ANY(%s) AND c.org_id = %s AND c.merged_into_id IS NULL",
    "sqlite": "WHERE c.id IN (SELECT value FROM json_each(%s)) AND c.org_id = %s"
    " AND c.merged_into_id IS NULL",
}


@dataclass(frozen=True, slots=True)
class _RowSource:
    """Related rows that are read with the customer, ordered by the first column."""

    columns: Sequence[str]
    source: str
    # Columns that hold JSON.
    json: frozenset[str] = frozenset()


# The open profiles of the customer, and the closed ones of customers merged into it. The condition
# is on the customer, which uses two indexes; on the profile it would scan the table.
_PROFILES = _RowSource(
    [
        "p.id",
        "p.source_account_id",
        "p.customer_id",
        "s.source",
        "s.account_id",
        "p.first_name",
        "p.last_name",
        "p.fields",
        "p.created_at",
        "p.modified_at",
        *_actor_columns("creator"),
        *_actor_columns("modifier"),
    ],
    """
      FROM customers_customer o
      JOIN customers_profile p ON p.customer_id = o.id
      JOIN customers_sourceaccount s ON s.id = p.source_account_id
      LEFT JOIN tenancy_orgentity creator ON creator.id = p.created_by_id
      LEFT JOIN tenancy_orgentity modifier ON modifier.id = p.modified_by_id
     WHERE (o.id = c.id OR o.merged_into_id = c.id)
       AND (p.closed_at IS NULL) = (o.merged_into_id IS NULL)""",
    json=frozenset({"p.fields"}),
)

_IDENTIFIERS = _RowSource(
    ["pi.id", "pi.profile_id", "i.type", "i.value"],
    """
      FROM customers_identifier i
      JOIN customers_profileidentifier pi ON pi.identifier_id = i.id
     WHERE i.customer_id = c.id""",
)

_CHANNELS = _RowSource(
    [
        "h.id",
        "h.profile_id",
        "h.type",
        "h.value",
        "h.is_primary",
        "h.is_verified",
        "h.meta",
        "h.attributes",
    ],
    """
      FROM customers_profile p
      JOIN customers_channel h ON h.profile_id = p.id
     WHERE p.customer_id = c.id AND p.closed_at IS NULL""",
    json=frozenset({"h.meta", "h.attributes"}),
)

_SUBSCRIPTIONS = _RowSource(
    ["u.id", "u.channel", "u.priority", "u.status", "s.source", "s.account_id", "u.org_unit_id"],
    """
      FROM customers_subscription u
      JOIN customers_sourceaccount s ON s.id = u.source_account_id
     WHERE u.customer_id = c.id""",
)


@cache
def build_details_statement(vendor: str, with_subscriptions: bool) -> str:
    """Return SQL for the customer's columns, then the rows of each table as one JSON text.

    Separate statements would need five round trips, which cost more than the rest of the request.
    """
    tables = [_PROFILES, _IDENTIFIERS, _CHANNELS]
    if with_subscriptions:
        tables.append(_SUBSCRIPTIONS)
    columns = ", ".join([*CUSTOMER_COLUMNS, *(_as_json(vendor, rows) for rows in tables)])
    return f"SELECT {columns} {_FROM} {_WHERE_ONE}"


@cache
def build_many_details_statement(vendor: str) -> str:
    """Return the same SQL for several customers that were not merged; the last column is the id."""
    tables = [_PROFILES, _IDENTIFIERS, _CHANNELS]
    columns = [*CUSTOMER_COLUMNS, *(_as_json(vendor, rows) for rows in tables), "c.id"]
    return f"SELECT {', '.join(columns)} {_FROM} {_WHERE_MANY[vendor]}"


def _as_json(vendor: str, rows: _RowSource) -> str:
    if vendor == "postgresql":
        columns = ", ".join(rows.columns)
        row, gathered = f"json_build_array({columns})", "json_agg(line)"
    else:
        # SQLite stores JSON as text and would quote it.
        columns = ", ".join(f"json({name})" if name in rows.json else name for name in rows.columns)
        row, gathered = f"json_array({columns})", "json_group_array(json(line))"
    return (
        f"(SELECT CAST({gathered} AS text) FROM "  # noqa: S608
        f"(SELECT {row} AS line {rows.source} ORDER BY {rows.columns[0]}) AS lines)"
    )
