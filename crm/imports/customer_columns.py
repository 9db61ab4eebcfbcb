"""Columns that identify a customer, and the lookup of that customer."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from crm.imports.columns import IDENTIFIER, Column, ColumnOf, IdentifierColumn
from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.parsed_rows import ParsedRow
from crm.kernel.staff_texts import TextTemplate, staff_text
from crm.tenancy.models import Organization
from customers.queries.customers.by_identifiers import find_owners
from customers.rules.identifiers import normalise_identifier

INVALID_IDENTIFIER = TextTemplate("Invalid {name}.")
UNKNOWN_CUSTOMER = TextTemplate(
    "No customer has this {name}. Correct it, or import the customer first."
)

# The label and the synonyms of each type. "Id" is none of them: in files of ours it is the number
# that the system gave, and in others the number of a row.
IDENTIFIERS: Mapping[str, tuple[str, str]] = {
    "mobile": (
        staff_text("Mobile"),
        "mobileno mobilenumber mobilephone cell cellphone phone phoneno phonenumber telephone "
        "telephoneno telephonenumber msisdn contactno contactnumber tel gsm handy handynummer "
        "mobilnummer rufnummer telefon telefonnummer telephoneportable telefono telefonomovil "
        "movil celular",
    ),
    "email": (
        staff_text("Email"),
        "emailid emailaddress mail mailid mailaddress emailaddr emailadresse adresseemail "
        "adressemail courriel correo correoelectronico",
    ),
    "externalId": (
        staff_text("External id"),
        "customerid custid customerno customernumber customercode clientid memberid memberno "
        "membershipid membershipno loyaltyid userid kundennummer kundennr numeroclient "
        "codeclient numerodecliente",
    ),
    "wechat": (staff_text("WeChat"), "wechatid openid"),
    "unionId": (staff_text("WeChat union id"), "wechatunionid"),
    "fbId": (staff_text("Facebook id"), "facebookid"),
    "facebook": (staff_text("Facebook"), ""),
    "martjackId": (staff_text("MartJack id"), ""),
    "tmall_uname": (staff_text("Tmall user name"), ""),
    "ali_uname": (staff_text("Alibaba user name"), ""),
    "jd_uname": (staff_text("JD user name"), ""),
    "vip_uname": (staff_text("VIP user name"), ""),
    "cuid": (staff_text("Web visitor (cuid)"), ""),
    "line": ("LINE", "lineid"),
    "mobilePush": (staff_text("Mobile push"), "pushid"),
}
# Those by which the rows of other imports name a customer.
_LOOKUP_TYPES = ("mobile", "email", "externalId", "wechat", "unionId", "line")


def build_customer_columns(*, without: Collection[str] = ()) -> list[Column]:
    """Return the columns that name a customer; ``without`` are names that mean none of them."""
    return [build_identifier_column(kind, without) for kind in _LOOKUP_TYPES]


def build_identifier_column(kind: str, without: Collection[str] = ()) -> IdentifierColumn:
    label, synonyms = IDENTIFIERS[kind]
    names = [name for name in synonyms.split() if name not in without]
    return IdentifierColumn(kind, label, " ".join(names))


def read_lookup(
    org: Organization,
    identifiers: Sequence[Key],
    column_of: ColumnOf,
    columns: Mapping[Key, str] = MappingProxyType({}),
) -> tuple[list[Key], list[Remark]]:
    """Normalise the identifiers of a row; return them, and a remark for each invalid one.

    ``columns`` are those of the identifiers, where several may have the same type.
    """
    keys: list[Key] = []
    remarks: list[Remark] = []
    for kind, raw in identifiers:
        value = normalise_identifier(
            kind, raw, default_country=org.default_country, strict_mobile=org.strict_mobile
        )
        if value is None:
            column = columns.get((kind, raw)) or column_of(f"{IDENTIFIER}.{kind}")
            remarks.append((column, INVALID_IDENTIFIER(name=_label_in_sentence(kind))))
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
            return "", staff_text(
                "The identifiers of this row belong to two or more customers. Keep only one."
            )
        kind = lookup[0][0]
        sentence = UNKNOWN_CUSTOMER(name=_label_in_sentence(kind))
        return column_of(f"{IDENTIFIER}.{kind}"), sentence


def find_customers(
    org_id: int, rows: Sequence[ParsedRow], column_of: ColumnOf
) -> list[int | Remark | None]:
    """Return the customer of each row, as ``IdentifierOwners`` does; one query."""
    owners = IdentifierOwners(org_id, [row.lookup for row in rows])
    return [owners.find_customer(row.lookup, column_of) for row in rows]


def _label_in_sentence(kind: str) -> str:
    label = IDENTIFIERS[kind][0]
    return label.lower() if kind in ("mobile", "email", "externalId") else label
