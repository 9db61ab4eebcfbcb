"""The details of customers for the API (operations 12 and 13).

This is the most frequent read. It uses hand-written SQL, since the ORM's objects would cost more
than the queries.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection

from crm.kernel.ids import LARGEST_ID
from customers import errors
from customers.queries.customers.details_statement import (
    CUSTOMER_COLUMNS,
    build_details_statement,
    build_many_details_statement,
)
from customers.queries.fields import translate_values
from customers.queries.source_accounts import Account
from customers.rules.identifiers import Key
from customers.rules.subscriptions import ALWAYS_EMBEDDED, Consent, summarise

BATCH_SIZE = 1_000


class Actor(NamedTuple):
    """The entity that an action is attributed to."""

    id: int
    code: str
    description: str
    name: str
    type: str


class ChannelDetails(NamedTuple):
    type: str
    value: str
    is_primary: bool
    is_verified: bool
    meta: dict[str, Any]
    attributes: dict[str, Any]


@dataclass(slots=True)
class ProfileDetails:
    """A profile; ``conflicting`` are the closed ones of customers merged into this one."""

    customer_id: int
    source: str
    account_id: str
    first_name: str
    last_name: str
    fields: dict[str, Any]
    created_by: Actor | None
    created_at: datetime
    modified_by: Actor | None
    modified_at: datetime
    identifiers: list[Key] = field(default_factory=list)
    channels: list[ChannelDetails] = field(default_factory=list)
    conflicting: list["ProfileDetails"] = field(default_factory=list)


@dataclass(slots=True)
class CustomerDetails:
    """A customer with the requested profiles; ``identifiers`` are those of all profiles."""

    id: int
    loyalty_type: str
    extended_fields: dict[str, Any]
    registered_at: datetime
    registered_by: Actor | None
    registered_source: str
    modified_at: datetime
    modified_by: Actor | None
    associated_with: str | None
    fraud_status: str
    fraud_marked_at: datetime | None
    fraud_marked_by: Actor | None
    profiles: list[ProfileDetails]
    identifiers: list[Key]
    subscriptions: list[Consent] | None


def get_details(
    *,
    org_id: int,
    customer_id: int,
    source_account: Account | None = None,
    with_subscriptions: bool = False,
    language: str = "",
) -> CustomerDetails:
    """Return a customer with all open profiles, or the one in the named source account.

    One query, and another one to translate extended fields.

    Raises:
        CustomerUnknown: the organization has no such customer.
        CustomerMerged: the customer was merged into a survivor.
        NoProfileInSource: the customer has no profile in the named source account.
    """
    if not 0 < customer_id <= LARGEST_ID:
        raise errors.CustomerUnknown(customer_id=customer_id)
    with connection.cursor() as cursor:
        cursor.execute(
            build_details_statement(connection.vendor, with_subscriptions), [customer_id, org_id]
        )
        row = cursor.fetchone()
    if row is None:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if row[0] is not None:
        raise errors.CustomerMerged(survivor_id=row[0])
    texts = row[len(CUSTOMER_COLUMNS) :]
    details = _read_details(row, texts, customer_id, source_account)
    if source_account is not None and not details.profiles:
        raise errors.NoProfileInSource()
    if language and details.extended_fields:
        details.extended_fields = translate_values(
            details.extended_fields, org_id=org_id, language=language
        )
    return details


def list_details(
    *, org_id: int, customer_ids: Collection[int], source_account: Account | None = None
) -> dict[int, CustomerDetails]:
    """Return the customers that were not merged, by id; one query per thousand.

    They have all open profiles, or the one in the named source account, if any.
    """
    details_by_id: dict[int, CustomerDetails] = {}
    for batch in _iterate_batches(customer_ids):
        ids: Any = batch if connection.vendor == "postgresql" else orjson.dumps(batch).decode()
        with connection.cursor() as cursor:
            cursor.execute(build_many_details_statement(connection.vendor), [ids, org_id])
            for row in cursor.fetchall():
                texts = row[len(CUSTOMER_COLUMNS) : -1]
                details_by_id[row[-1]] = _read_details(row, texts, row[-1], source_account)
    return details_by_id


def _iterate_batches(ids: Collection[int]) -> Iterator[list[int]]:
    sorted_ids = sorted(set(ids))
    for start in range(0, len(sorted_ids), BATCH_SIZE):
        yield sorted_ids[start : start + BATCH_SIZE]


def _read_details(
    row: Sequence[Any], texts: Sequence[str], customer_id: int, source_account: Account | None
) -> CustomerDetails:
    rows = [orjson.loads(text) if text else [] for text in texts]
    profiles = _read_profiles(rows[0], customer_id, source_account)
    identifiers = _assign_identifiers(rows[1], profiles)
    _assign_channels(rows[2], profiles)
    return CustomerDetails(
        id=customer_id,
        loyalty_type=row[1],
        extended_fields=_read_json(row[2]),
        registered_at=_make_aware(row[3]),
        registered_by=_read_actor(row[9:14]),
        registered_source=row[4],
        modified_at=_make_aware(row[5]),
        modified_by=_read_actor(row[14:19]),
        associated_with=row[6],
        fraud_status=row[7],
        fraud_marked_at=_make_aware(row[8]) if row[8] else None,
        fraud_marked_by=_read_actor(row[19:24]),
        profiles=list(profiles.values()),
        identifiers=identifiers,
        subscriptions=_read_subscriptions(rows[3]) if len(rows) > 3 else None,
    )


def _read_profiles(
    rows: Iterable[Sequence[Any]], customer_id: int, source_account: Account | None
) -> dict[int, ProfileDetails]:
    profiles: dict[int, ProfileDetails] = {}
    by_account: dict[int, ProfileDetails] = {}
    closed: list[tuple[int, ProfileDetails]] = []
    for row in rows:
        account = row[1]
        if source_account is not None and account != source_account.id:
            continue
        profile = ProfileDetails(
            customer_id=row[2],
            source=row[3],
            account_id=row[4],
            first_name=row[5],
            last_name=row[6],
            fields=row[7],
            created_at=_parse_timestamp(row[8]),
            modified_at=_parse_timestamp(row[9]),
            created_by=_read_actor(row[10:15]),
            modified_by=_read_actor(row[15:20]),
        )
        if profile.customer_id == customer_id:
            profiles[row[0]] = by_account[account] = profile
        else:
            closed.append((account, profile))
    for account, profile in closed:
        if (own := by_account.get(account)) is not None:
            own.conflicting.append(profile)
    return profiles


def _assign_identifiers(
    rows: Iterable[Sequence[Any]], profiles: Mapping[int, ProfileDetails]
) -> list[Key]:
    all_keys: dict[Key, None] = {}
    for _, profile_id, kind, value in rows:
        key = kind, value
        all_keys[key] = None
        if (profile := profiles.get(profile_id)) is not None:
            profile.identifiers.append(key)
    return list(all_keys)


def _assign_channels(rows: Iterable[Sequence[Any]], profiles: Mapping[int, ProfileDetails]) -> None:
    for _, profile_id, kind, value, is_primary, is_verified, meta, attributes in rows:
        if (profile := profiles.get(profile_id)) is not None:
            profile.channels.append(
                ChannelDetails(
                    kind,
                    value,
                    bool(is_primary),
                    bool(is_verified),
                    meta,
                    attributes,
                )
            )


def _read_subscriptions(rows: Iterable[Sequence[Any]]) -> list[Consent]:
    return summarise(
        [
            Consent(
                channel=channel,
                priority=priority,
                status=status,
                source=source,
                account_id=account_id,
                org_unit_id=org_unit_id,
            )
            for _, channel, priority, status, source, account_id, org_unit_id in rows
        ],
        always=ALWAYS_EMBEDDED,
    )


def _read_actor(columns: Sequence[Any]) -> Actor | None:
    return None if columns[0] is None else Actor(*columns)


def _read_json(text: str) -> dict[str, Any]:
    # Neither database driver decodes JSON columns for a plain cursor.
    values: dict[str, Any] = {} if text == "{}" else orjson.loads(text)
    return values


def _parse_timestamp(text: str) -> datetime:
    return _make_aware(datetime.fromisoformat(text))


def _make_aware(moment: datetime) -> datetime:
    # SQLite stores UTC without an offset.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
