"""Everything an integrator is told about one customer (operations 12 and 13).

The hottest read there is: rows come by SQL of our own, since the ORM's objects would cost more than
the queries do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection

from customers import errors
from customers.queries.fields import translate_values
from customers.queries.lookup import LARGEST_ID
from customers.queries.source_accounts import Account
from customers.rules.picture import Key
from customers.rules.subscriptions import ALWAYS_EMBEDDED, Consent, summarise


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


def _actor_columns(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in Actor._fields)


_CUSTOMER = f"""
    SELECT c.merged_into_id, c.loyalty_type, c.extended_fields, c.registered_at, s.source,
           c.modified_at, till.code, c.fraud_status, c.fraud_marked_at,
           {_actor_columns("creator")}, {_actor_columns("modifier")}, {_actor_columns("marker")}
      FROM customers_customer c
      JOIN customers_sourceaccount s ON s.id = c.registered_in_id
      LEFT JOIN tenancy_orgentity creator ON creator.id = c.registered_by_id
      LEFT JOIN tenancy_orgentity modifier ON modifier.id = c.modified_by_id
      LEFT JOIN tenancy_orgentity marker ON marker.id = c.fraud_marked_by_id
      LEFT JOIN tenancy_orgentity till ON till.id = c.associated_with_id
     WHERE c.id = %s AND c.org_id = %s"""  # noqa: S608

# The customer's own open profiles, and the closed ones of everybody merged into them. Whose they
# are is asked of the customer, by two indexes; asked of the profile, it would read them all.
_PROFILES = f"""
    SELECT p.id, p.source_account_id, p.customer_id, s.source, s.account_id,
           p.first_name, p.last_name, p.fields, p.created_at, p.modified_at,
           {_actor_columns("creator")}, {_actor_columns("modifier")}
      FROM customers_customer c
      JOIN customers_profile p ON p.customer_id = c.id
      JOIN customers_sourceaccount s ON s.id = p.source_account_id
      LEFT JOIN tenancy_orgentity creator ON creator.id = p.created_by_id
      LEFT JOIN tenancy_orgentity modifier ON modifier.id = p.modified_by_id
     WHERE (c.id = %s OR c.merged_into_id = %s)
       AND (p.closed_at IS NULL) = (c.merged_into_id IS NULL)
     ORDER BY p.id"""  # noqa: S608

_IDENTIFIERS = """
    SELECT pi.profile_id, i.type, i.value
      FROM customers_identifier i
      JOIN customers_profileidentifier pi ON pi.identifier_id = i.id
     WHERE i.customer_id = %s
     ORDER BY pi.id"""

_CHANNELS = """
    SELECT c.profile_id, c.type, c.value, c.is_primary, c.is_verified, c.meta, c.attributes
      FROM customers_profile p
      JOIN customers_channel c ON c.profile_id = p.id
     WHERE p.customer_id = %s AND p.closed_at IS NULL
     ORDER BY c.id"""

_SUBSCRIPTIONS = """
    SELECT u.channel, u.priority, u.status, s.source, s.account_id, u.org_unit_id
      FROM customers_subscription u
      JOIN customers_sourceaccount s ON s.id = u.source_account_id
     WHERE u.customer_id = %s"""


def get_details(
    *,
    org_id: int,
    customer_id: int,
    source_account: Account | None = None,
    with_subscriptions: bool = False,
    language: str = "",
) -> CustomerDetails:
    """Return a customer with every open profile, or the one in the source account named.

    Four queries; subscriptions are one more, extended fields in a language another.

    Raises:
        CustomerUnknown: the organization has no such customer.
        CustomerMerged: they were folded into a survivor.
        NoProfileInSource: they have no profile in the source account named.
    """
    if not 0 < customer_id <= LARGEST_ID:
        raise errors.CustomerUnknown(customer_id=customer_id)
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOMER, [customer_id, org_id])
        row = cursor.fetchone()
        if row is None:
            raise errors.CustomerUnknown(customer_id=customer_id)
        if row[0] is not None:
            raise errors.CustomerMerged(survivor_id=row[0])
        cursor.execute(_PROFILES, [customer_id, customer_id])
        profiles = _read_profiles(cursor.fetchall(), customer_id, source_account)
        if source_account is not None and not profiles:
            raise errors.NoProfileInSource()
        cursor.execute(_IDENTIFIERS, [customer_id])
        identifiers = _hand_out_identifiers(cursor.fetchall(), profiles)
        cursor.execute(_CHANNELS, [customer_id])
        _hand_out_channels(cursor.fetchall(), profiles)
        subscriptions = None
        if with_subscriptions:
            cursor.execute(_SUBSCRIPTIONS, [customer_id])
            subscriptions = _read_subscriptions(cursor.fetchall())
    extended_fields = _read_json(row[2])
    if language and extended_fields:
        extended_fields = translate_values(extended_fields, org_id=org_id, language=language)
    return CustomerDetails(
        id=customer_id,
        loyalty_type=row[1],
        extended_fields=extended_fields,
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
        subscriptions=subscriptions,
    )


def _read_profiles(
    rows: Iterable[tuple[Any, ...]], customer_id: int, source_account: Account | None
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
            fields=_read_json(row[7]),
            created_at=_aware(row[8]),
            modified_at=_aware(row[9]),
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
    rows: Iterable[tuple[int, str, str]], profiles: Mapping[int, ProfileDetails]
) -> list[Key]:
    every: dict[Key, None] = {}
    for profile_id, kind, value in rows:
        key = kind, value
        every[key] = None
        if (profile := profiles.get(profile_id)) is not None:
            profile.identifiers.append(key)
    return list(every)


def _hand_out_channels(
    rows: Iterable[tuple[Any, ...]], profiles: Mapping[int, ProfileDetails]
) -> None:
    for profile_id, kind, value, is_primary, is_verified, meta, attributes in rows:
        if (profile := profiles.get(profile_id)) is not None:
            profile.channels.append(
                ChannelDetails(
                    kind,
                    value,
                    bool(is_primary),
                    bool(is_verified),
                    _read_json(meta),
                    _read_json(attributes),
                )
            )


def _read_subscriptions(rows: Iterable[tuple[Any, ...]]) -> list[Consent]:
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
            for channel, priority, status, source, account_id, org_unit_id in rows
        ],
        always=ALWAYS_EMBEDDED,
    )


def _read_actor(columns: Sequence[Any]) -> Actor | None:
    return None if columns[0] is None else Actor(*columns)


def _read_json(text: str) -> dict[str, Any]:
    # Neither database's driver decodes JSON for a cursor of Django's.
    values: dict[str, Any] = {} if text == "{}" else orjson.loads(text)
    return values


def _aware(moment: datetime) -> datetime:
    # SQLite keeps UTC without saying so.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
