"""Find the source accounts that a query and a body name (contract, rule 2.8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from crm.dialects.v2.serializer_fields import QueryIn
from customers import errors
from customers.queries.source_accounts import Account, get_source_account, get_source_accounts

SOURCE_HELP = (
    "INSTORE, FACEBOOK, WEB_ENGAGE, WECHAT, MARTJACK, TMALL, TAOBAO, JD, ECOMMERCE, WEBSITE, LINE, "
    "MOBILE_APP or OTHERS"
)


class SourceQuery(QueryIn):
    """A source account; subclasses define what leaving it out means."""

    source = serializers.CharField(  # type: ignore[assignment]
        required=False, max_length=50, help_text=SOURCE_HELP + "."
    )
    accountId = serializers.CharField(
        required=False, max_length=100, help_text="For sources that have several accounts."
    )


class ReadSourceQuery(SourceQuery):
    source = serializers.CharField(
        required=False, max_length=50, help_text=SOURCE_HELP + ", or ALL (the default)."
    )


def list_accounts_to_write(
    org_id: int, query: Mapping[str, Any], profiles: Sequence[Mapping[str, Any]]
) -> list[Account]:
    """Return the source account of each profile of a body.

    With one profile, the query takes precedence; with several, the query is their default and a
    different source is refused. An accountId that stands in only one of the two is used if both
    name the same source.

    Raises:
        SourceAccountMissing: neither names a source.
        SourceAccountTwice: one of several profiles contradicts the query.
        AccountIdMissing: the source has several accounts.
        SourceAccountUnknown: the source account does not exist.
    """
    query_key = _read_account_key(query)
    keys = [_read_account_key(profile) for profile in profiles]
    is_single = len(keys) == 1
    keys = [_fill_key(query_key, key) if is_single else _fill_key(key, query_key) for key in keys]
    known_accounts = get_source_accounts(org_id=org_id)
    accounts = []
    for source, account_id in keys:
        if not source:
            raise errors.SourceAccountMissing()
        account = known_accounts.find(source, account_id)
        if not is_single and (
            query_key[0] not in ("", account.source) or query_key[1] not in ("", account.account_id)
        ):
            raise errors.SourceAccountTwice()
        accounts.append(account)
    return accounts


def get_account_to_write(org_id: int, query: Mapping[str, Any]) -> Account:
    """Return the source account of a write that names it only in the query."""
    [account] = list_accounts_to_write(org_id, query, [{}])
    return account


def get_account_to_read(org_id: int, query: Mapping[str, Any]) -> Account | None:
    """Return the source account of a read, or None for all."""
    source, account_id = _read_account_key(query)
    return get_source_account(org_id=org_id, source=source, account_id=account_id, on="read")


def _read_account_key(data: Mapping[str, Any]) -> tuple[str, str]:
    source, account_id = data.get("source") or "", data.get("accountId") or ""
    return source.strip().upper(), account_id.strip()


def _fill_key(key: tuple[str, str], default: tuple[str, str]) -> tuple[str, str]:
    source, account_id = key[0] or default[0], key[1]
    if not account_id and default[0] in ("", source):
        account_id = default[1]
    return source, account_id
