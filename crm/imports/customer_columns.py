"""Columns that identify a customer, and the lookup of that customer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from crm.imports.cell_reader import UnreadableRow
from crm.imports.cells import TextWidget
from crm.imports.columns import Column, ColumnOf
from crm.imports.operations.staged_rows import Key, Remark
from crm.tenancy.models import Organization
from customers.queries.customers.identifier_owners import find_owners
from customers.rules.identifiers import normalise_identifier

IDENTIFIER = "identifier"
# Several columns of one file may identify the customer, for instance by two mobiles.
REPEATABLE_KINDS = (IDENTIFIER,)
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


@dataclass(frozen=True, slots=True)
class CustomerLookup:
    """The identifiers of the customer in a row; empty when the row names no customer."""

    keys: Sequence[Key] = ()


def build_customer_columns(group: str) -> list[Column]:
    return [
        Column(f"{IDENTIFIER}.{kind}", label, TextWidget(), group=group, synonyms=synonyms)
        for kind, (label, synonyms) in _IDENTIFIER_TYPES.items()
    ]


def read_customer_lookup(
    org: Organization, identifiers: Sequence[tuple[str, str]], column_of: ColumnOf
) -> CustomerLookup:
    """Normalise the identifiers of a row.

    Raises:
        UnreadableRow: an identifier is invalid.
    """
    keys: list[Key] = []
    for kind, raw in identifiers:
        value = normalise_identifier(
            kind, raw, default_country=org.default_country, strict_mobile=org.strict_mobile
        )
        if value is None:
            raise UnreadableRow(
                [(column_of(f"{IDENTIFIER}.{kind}"), f"Invalid {_label_in_sentence(kind)}.")]
            )
        keys.append((kind, value))
    return CustomerLookup(keys)


class IdentifierOwners:
    """The owners of the identifiers in a chunk, found with one query."""

    def __init__(self, org_id: int, lookups: Collection[CustomerLookup]) -> None:
        self._owners = find_owners(
            org_id=org_id, keys={key for lookup in lookups for key in lookup.keys}
        )

    def find_customer(self, lookup: CustomerLookup, column_of: ColumnOf) -> int | Remark | None:
        """Return the customer, a remark if there is none, or None if the row names no customer."""
        if not lookup.keys:
            return None
        customer_ids = {self._owners[key] for key in lookup.keys if key in self._owners}
        if len(customer_ids) == 1:
            return next(iter(customer_ids))
        if customer_ids:
            return "", "The identifiers of this row belong to two or more customers. Keep only one."
        kind = lookup.keys[0][0]
        sentence = (
            f"No customer has this {_label_in_sentence(kind)}. "
            "Correct it, or import the customer first."
        )
        return column_of(f"{IDENTIFIER}.{kind}"), sentence


def _label_in_sentence(kind: str) -> str:
    label = _IDENTIFIER_TYPES[kind][0]
    return label.lower() if kind in ("mobile", "email", "externalId") else label
