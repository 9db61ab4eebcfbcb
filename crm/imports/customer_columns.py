"""Columns that identify a customer, and the lookup of that customer."""

from collections.abc import Collection, Mapping, Sequence

from crm.imports.columns import IDENTIFIER, Column, ColumnOf, IdentifierColumn
from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.parsed_rows import ParsedRow
from crm.tenancy.models import Organization
from customers.queries.customers.identifier_owners import find_owners
from customers.rules.identifiers import normalise_identifier

_IDENTIFIER_TYPES: Mapping[str, tuple[str, str]] = {
    "mobile": (
        "Mobile",
        "mobileno mobilenumber cell cellphone phone phoneno phonenumber telephone msisdn",
    ),
    "email": ("Email", "emailid emailaddress mail mailid emailaddr"),
    "externalId": (
        "External id",
        "customerid custid customerno customernumber customercode memberid memberno "
        "membershipid membershipno loyaltyid userid id",
    ),
    "wechat": ("WeChat", "wechatid openid"),
    "unionId": ("WeChat union id", "wechatunionid"),
    "line": ("LINE", "lineid"),
}


def build_customer_columns() -> list[Column]:
    return [IdentifierColumn(kind, *texts) for kind, texts in _IDENTIFIER_TYPES.items()]


def read_lookup(
    org: Organization, identifiers: Sequence[Key], column_of: ColumnOf
) -> tuple[list[Key], list[Remark]]:
    """Normalise the identifiers of a row; return them, and a remark for each invalid one."""
    keys: list[Key] = []
    remarks: list[Remark] = []
    for kind, raw in identifiers:
        value = normalise_identifier(
            kind, raw, default_country=org.default_country, strict_mobile=org.strict_mobile
        )
        if value is None:
            column = column_of(f"{IDENTIFIER}.{kind}")
            remarks.append((column, f"Invalid {_label_in_sentence(kind)}."))
        else:
            keys.append((kind, value))
    return keys, remarks


class IdentifierOwners:
    """The owners of the identifiers in a chunk, found with one query."""

    def __init__(self, org_id: int, lookups: Collection[Sequence[Key]]) -> None:
        self._owners = find_owners(org_id=org_id, keys={key for keys in lookups for key in keys})

    def find_customer(self, lookup: Sequence[Key], column_of: ColumnOf) -> int | Remark | None:
        """Return the customer, a remark if there is none, or None if the row names no customer."""
        if not lookup:
            return None
        customer_ids = {self._owners[key] for key in lookup if key in self._owners}
        if len(customer_ids) == 1:
            return next(iter(customer_ids))
        if customer_ids:
            return "", "The identifiers of this row belong to two or more customers. Keep only one."
        kind = lookup[0][0]
        sentence = (
            f"No customer has this {_label_in_sentence(kind)}. Correct it, or import the customer "
            "first."
        )
        return column_of(f"{IDENTIFIER}.{kind}"), sentence


def find_customers(
    org_id: int, rows: Sequence[ParsedRow], column_of: ColumnOf
) -> list[int | Remark | None]:
    """Return the customer of each row, as ``IdentifierOwners`` does; one query."""
    owners = IdentifierOwners(org_id, [row.lookup for row in rows])
    return [owners.find_customer(row.lookup, column_of) for row in rows]


def _label_in_sentence(kind: str) -> str:
    label = _IDENTIFIER_TYPES[kind][0]
    return label.lower() if kind in ("mobile", "email", "externalId") else label
