"""Whom a row is about: the columns that name a customer, and who that is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from crm.importing.cells import TextWidget
from crm.importing.columns import Column, ColumnOf
from crm.importing.row_cells import Unreadable
from crm.runs.operations.staging import Key, Remark
from crm.tenancy.models import Organization
from customers.queries.resolving import find_owners
from customers.rules.identifiers import normalise_identifier

IDENTIFIER = "identifier"
# Several columns of one file may name the customer, each by another mobile for instance.
REPEATABLE = (IDENTIFIER,)
_TYPES: Mapping[str, tuple[str, str]] = {
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
class Whom:
    """The identifiers that a row names its customer by; none: it names nobody."""

    keys: Sequence[Key] = ()


def columns_of_customers(group: str) -> list[Column]:
    return [
        Column(f"{IDENTIFIER}.{kind}", label, TextWidget(), group=group, synonyms=synonyms)
        for kind, (label, synonyms) in _TYPES.items()
    ]


def read_whom(org: Organization, said: Sequence[tuple[str, str]], column_of: ColumnOf) -> Whom:
    """Read identifiers as they are stored.

    Raises:
        Unreadable: one of them is none of its type.
    """
    keys: list[Key] = []
    for kind, raw in said:
        value = normalise_identifier(
            kind, raw, default_country=org.default_country, strict_mobile=org.strict_mobile
        )
        if value is None:
            raise Unreadable([(column_of(f"{IDENTIFIER}.{kind}"), f"This is no {_word(kind)}.")])
        keys.append((kind, value))
    return Whom(keys)


class Owners:
    """Who owns the identifiers of a chunk; one query."""

    def __init__(self, org_id: int, whom: Collection[Whom]) -> None:
        self._owners = find_owners(org_id=org_id, keys={key for one in whom for key in one.keys})

    def of(self, whom: Whom, column_of: ColumnOf) -> int | Remark | None:
        """The customer, or why there is none; None when the row names nobody."""
        if not whom.keys:
            return None
        found = {self._owners[key] for key in whom.keys if key in self._owners}
        if len(found) == 1:
            return next(iter(found))
        if found:
            return "", "The identifiers of this row belong to two or more customers. Keep one."
        kind = whom.keys[0][0]
        sentence = f"Nobody has this {_word(kind)}. Mend it, or bring the customer in first."
        return column_of(f"{IDENTIFIER}.{kind}"), sentence


def _word(kind: str) -> str:
    label = _TYPES[kind][0]
    return label.lower() if kind in ("mobile", "email", "externalId") else label
