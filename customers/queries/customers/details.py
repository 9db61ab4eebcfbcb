"""Everything an integrator is told about one customer (operations 12 and 13).

The hottest read there is: rows come by SQL of our own, since the ORM's objects would cost more than
the queries do.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection

from customers import errors
from customers.queries.customers.by_identifier import LARGEST_ID
from customers.queries.customers.details_statement import (
    CUSTOMER_COLUMNS,
    details_statement,
    many_details_statement,
)
from customers.queries.fields import translate_values
from customers.queries.source_accounts import Account
from customers.rules.identity_state import Key
from customers.rules.subscriptions import ALWAYS_EMBEDDED, Consent, summarise

AT_ONCE = 1_000


class Actor(NamedTuple):
    """The entity something is attributed to."""

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
    """A profile; ``conflicting`` are closed ones of people merged into this customer."""

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
    """A customer with the profiles asked for; ``identifiers`` are those of all profiles."""

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
    """Return a customer with every open profile, or the one in the source account named.

    One query; extended fields in a language are one more.

    Raises:
        CustomerUnknown: the organization has no such customer.
        CustomerMerged: they were folded into a survivor.
        NoProfileInSource: they have no profile in the source account named.
    """
    if not 0 < customer_id <= LARGEST_ID:
        raise errors.CustomerUnknown(customer_id=customer_id)
    with connection.cursor() as cursor:
        cursor.execute(
            details_statement(connection.vendor, with_subscriptions), [customer_id, org_id]
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
    """Return those of the customers who stand for themselves, by id; one query for a thousand.

    They have every open profile, or the one in the source account named, if any.
    """
    found: dict[int, CustomerDetails] = {}
    for some in _by_the_thousand(customer_ids):
        ids: Any = some if connection.vendor == "postgresql" else orjson.dumps(some).decode()
        with connection.cursor() as cursor:
            cursor.execute(many_details_statement(connection.vendor), [ids, org_id])
            for row in cursor.fetchall():
                texts = row[len(CUSTOMER_COLUMNS) : -1]
                found[row[-1]] = _read_details(row, texts, row[-1], source_account)
    return found


def _by_the_thousand(ids: Collection[int]) -> Iterator[list[int]]:
    every = sorted(set(ids))
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]


def _read_details(
    row: Sequence[Any], texts: Sequence[str], customer_id: int, source_account: Account | None
) -> CustomerDetails:
    rows = [orjson.loads(text) if text else [] for text in texts]
    profiles = _read_profiles(rows[0], customer_id, source_account)
    identifiers = _hand_out_identifiers(rows[1], profiles)
    _hand_out_channels(rows[2], profiles)
    return CustomerDetails(
        id=customer_id,
        loyalty_type=row[1],
        extended_fields=_read_json(row[2]),
        registered_at=_aware(row[3]),
        registered_by=_read_actor(row[9:14]),
        registered_source=row[4],
        modified_at=_aware(row[5]),
        modified_by=_read_actor(row[14:19]),
        associated_with=row[6],
        fraud_status=row[7],
        fraud_marked_at=_aware(row[8]) if row[8] else None,
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
            created_at=_moment(row[8]),
            modified_at=_moment(row[9]),
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


def _hand_out_identifiers(
    rows: Iterable[Sequence[Any]], profiles: Mapping[int, ProfileDetails]
) -> list[Key]:
    every: dict[Key, None] = {}
    for _, profile_id, kind, value in rows:
        key = kind, value
        every[key] = None
        if (profile := profiles.get(profile_id)) is not None:
            profile.identifiers.append(key)
    return list(every)


def _hand_out_channels(
    rows: Iterable[Sequence[Any]], profiles: Mapping[int, ProfileDetails]
) -> None:
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
    # Neither database's driver decodes a JSON column for a cursor of Django's.
    values: dict[str, Any] = {} if text == "{}" else orjson.loads(text)
    return values


def _moment(text: str) -> datetime:
    return _aware(datetime.fromisoformat(text))


def _aware(moment: datetime) -> datetime:
    # SQLite keeps UTC without saying so.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
