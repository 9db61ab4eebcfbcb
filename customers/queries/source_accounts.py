"""Source accounts, and finding the one that a request names (contract, rule 2.8)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from crm.kernel.org_cache import forget, get_or_load
from customers import errors
from customers.models import SourceAccount
from customers.models.source_account import MULTI_ACCOUNT_SOURCES
from customers.rules.text import sanitize

KIND = "source_accounts"
ALL = "ALL"
INSTORE = SourceAccount.Source.INSTORE


@dataclass(frozen=True, slots=True)
class Account:
    """A source account as a plain value, which can be cached."""

    id: int
    source: str
    account_id: str
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class SourceAccountLine:
    """An active account; ``is_default``: requests that pass no accountId mean it."""

    id: int
    account_id: str
    name: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class SourceWithAccounts:
    """A source, and its active accounts."""

    name: str
    label: str
    accounts: tuple[SourceAccountLine, ...]


class SourceAccounts:
    """All source accounts of an organization; they are few."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._by_id = {account.id: account for account in accounts}
        self._active = {
            (account.source, account.account_id): account
            for account in self._by_id.values()
            if account.is_active
        }
        self._sources = {source for source, _ in self._active}

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_id.values())

    def by_id(self, pk: int) -> Account:
        """Return the account, even if inactive: its profiles are still shown."""
        try:
            return self._by_id[pk]
        except KeyError:
            raise errors.SourceAccountUnknown(source_account_id=pk) from None

    def find(self, source: str, account_id: str | None) -> Account:
        """Return the active account; the source may be in any case.

        Without an accountId it is the source's account that has none.

        Raises:
            AccountIdMissing: the source has accounts with ids only.
            SourceAccountUnknown: there is no such active account.
        """
        name, number = source.strip().upper(), (account_id or "").strip()
        if name in MULTI_ACCOUNT_SOURCES and not number:
            raise errors.AccountIdMissing(source=name)
        account = self._active.get((name, number))
        if account is None and not number and name in self._sources:
            raise errors.AccountIdMissing(source=name)
        if account is None:
            raise errors.SourceAccountUnknown(source=sanitize(source), account_id=sanitize(number))
        return account

    def find_by_account_id(self, account_id: str) -> Account:
        """Return the only active account with this accountId, in any source.

        Raises:
            SourceAccountUnknown: there is no such account, or more than one.
        """
        number = account_id.strip()
        matches = [
            account for account in self._active.values() if number and account.account_id == number
        ]
        if len(matches) != 1:
            raise errors.SourceAccountUnknown(source="", account_id=sanitize(number))
        return matches[0]


def get_source_account(
    *, org_id: int, source: str | None, account_id: str | None, on: Literal["read", "write"]
) -> Account | None:
    """Return the source account that a request names, or None for all accounts.

    Only reads may name all, by ``ALL`` or by no source.

    Raises:
        SourceAccountMissing: a write names no source.
        AccountIdMissing: the source has several accounts and the request names none.
        SourceAccountUnknown: there is no such active account, or a write names ``ALL``.
    """
    name = (source or "").strip().upper()
    if on == "read" and name in ("", ALL):
        return None
    if not name:
        raise errors.SourceAccountMissing()
    return get_source_accounts(org_id=org_id).find(name, account_id)


def get_source_accounts(*, org_id: int) -> SourceAccounts:
    """Return the organization's source accounts; one query, cached.

    Code that writes source accounts calls ``forget_source_accounts``.
    """
    return get_or_load(KIND, org_id, lambda: _load_accounts(org_id))


def list_sources(*, org_id: int) -> list[SourceWithAccounts]:
    """List the sources that have active accounts, by name; no query if they are cached."""
    by_source: dict[str, list[SourceAccountLine]] = {}
    for row in get_source_accounts(org_id=org_id):
        if row.is_active:
            line = SourceAccountLine(row.id, row.account_id, row.name, not row.account_id)
            by_source.setdefault(row.source, []).append(line)
    return [
        SourceWithAccounts(name, str(SourceAccount.Source(name).label), tuple(lines))
        for name, lines in sorted(by_source.items())
    ]


def forget_source_accounts(org_id: int) -> None:
    """Clear the cached source accounts of an organization."""
    forget(KIND, org_id)


def _load_accounts(org_id: int) -> SourceAccounts:
    return SourceAccounts(
        Account(*row)
        for row in SourceAccount.objects.filter(org_id=org_id)
        .order_by("pk")
        .values_list("pk", "source", "account_id", "name", "is_active")
    )
