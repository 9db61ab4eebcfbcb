"""The choice of a source account for all rows of a file."""

from crm.tenancy.models import Organization
from customers.queries.source_accounts import Account, get_source_accounts

INSTORE = "INSTORE"


def list_account_choices(org: Organization) -> list[tuple[int, str]]:
    """Return the ids and names of the active source accounts."""
    return [
        (account.id, f"{account.source} {account.account_id}".strip())
        for account in _list_active_accounts(org)
    ]


def find_instore_account(org: Organization) -> int | None:
    """Return the first active source account of the stores."""
    instore = (account.id for account in _list_active_accounts(org) if account.source == INSTORE)
    return next(instore, None)


def _list_active_accounts(org: Organization) -> list[Account]:
    return [account for account in get_source_accounts(org_id=org.pk) if account.is_active]
