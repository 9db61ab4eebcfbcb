"""Import of requests: each row files one, which is pending or auto-approved by a setting."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.kinds.formats import describe_blocker
from crm.approvals.domain.kinds.registry import KINDS
from crm.approvals.domain.new_requests import file_request
from crm.approvals.models import Request
from crm.approvals.rules.texts import LONGEST_REASON
from crm.imports.cell_reader import CellReader, UnreadableRow
from crm.imports.cells import TextWidget
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column, ColumnOf
from crm.imports.customer_columns import (
    IDENTIFIER,
    CustomerLookup,
    IdentifierOwners,
    build_customer_columns,
    read_customer_lookup,
)
from crm.imports.dry_run import CREATE, ERROR, SKIP, RowEffect, apply_staged_rows, dry_run_rows
from crm.imports.files.table import Row
from crm.imports.operations.staged_rows import Key, Remark
from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin

KIND, OLD, NEW = "kind", "old_value", "new_value"
POINTS, PROGRAM, SERIES = "points", "program_id", "series_id"
TRANSACTION, BILL, MERGE = "transaction_id", "reference_id", "merge_id"
TARGET, REASON, COMMENTS = "target", "reason", "comments"
# The survivor of a merge, or the holder of a mobile number.
TARGET_TYPES = {"mobile": "mobile", "email": "email", "externalId": "external id"}
# The column and the sentence for each refusal.
SENTENCES: Mapping[type[DomainError], tuple[str, str]] = {
    errors.NewValueMissing: (NEW, "The new value is missing."),
    errors.NewMobileInvalid: (NEW, "This number is invalid, or another customer has it."),
    errors.NewEmailInvalid: (NEW, "This address is invalid, or another customer has it."),
    errors.NewExternalIdInvalid: (NEW, "This external id is invalid, or another customer has it."),
    errors.OldValueNotHeld: (OLD, "The customer does not have this value."),
    errors.PointsAskedInvalid: (POINTS, "Enter a number of points above 0."),
    errors.RequestBaseTypeInvalid: (KIND, "This kind of request is not available."),
    errors.RequestCustomerUnknown: ("", "There is no such customer."),
    errors.SurvivorIsVictim: (TARGET, "A customer cannot be merged with themselves."),
    errors.SurvivorMerged: (TARGET, "This customer is already merged."),
    errors.SurvivorPending: (TARGET, "A merge of this customer is already pending."),
    errors.TargetUnknown: (
        TARGET,
        "Enter the customer to merge into, or the holder of the number.",
    ),
    errors.TransactionClaimed: (
        TRANSACTION,
        "Another customer's request for this transaction is pending.",
    ),
    errors.ValueTooLong: (
        "",
        "A text in this row is too long, or contains characters that cannot be stored.",
    ),
    errors.VictimMerged: ("", "The customer is already merged."),
    errors.VictimPending: ("", "A merge of this customer is already pending."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMapping(ColumnMapping):
    """Options for all rows. ``kind`` applies to rows without a kind of their own."""

    kind: str | None = None


@dataclass(slots=True)
class RequestRow:
    """The parsed values of a row. Equal rows are allowed: the second finds the first pending."""

    lookup: CustomerLookup = field(default_factory=CustomerLookup)
    target: CustomerLookup = field(default_factory=CustomerLookup)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    targets: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    kind: str = ""

    @property
    def keys(self) -> Sequence[Key]:
        return []


class RequestReader:
    """Parse the rows of one file."""

    def __init__(self, org: Organization, names: Sequence[str], mapping: RequestMapping) -> None:
        self._org = org
        self._mapping = mapping
        self._kinds = {
            _normalize_kind(name): str(kind)
            for kind in KINDS
            for name in (str(kind), Request.Kind(kind).label)
        }
        self._cells: CellReader[RequestRow] = CellReader(
            names=names,
            mapping=mapping,
            columns=request_columns(org, mapping),
            get_setter=_get_setter,
        )
        self.column_of = self._cells.column_of

    def read(self, row: Row) -> RequestRow:
        """Parse a row.

        Raises:
            Unreadable: with a remark for each invalid cell.
        """
        request_row = RequestRow()
        remarks = self._cells.read(row, request_row)
        for attribute, identifiers in (
            ("lookup", request_row.identifiers),
            ("target", request_row.targets),
        ):
            column_of = self.column_of if attribute == "lookup" else self._target_column
            try:
                setattr(
                    request_row, attribute, read_customer_lookup(self._org, identifiers, column_of)
                )
            except UnreadableRow as problem:
                remarks += problem.remarks
        if not request_row.identifiers:
            remarks.append(("", "The row names no customer."))
        named_kind = request_row.values.pop(KIND, None) or self._mapping.kind
        if named_kind is None:
            remarks.append((self.column_of(KIND), "The kind of request is missing."))
        else:
            request_row.kind = self._kinds.get(_normalize_kind(named_kind), "")
            if not request_row.kind:
                remarks.append((self.column_of(KIND), "There is no such kind of request."))
        if REASON not in request_row.values:
            remarks.append((self.column_of(REASON), "The reason is missing."))
        elif len(request_row.values[REASON]) > LONGEST_REASON:
            remarks.append((self.column_of(REASON), "This reason is too long."))
        if remarks:
            raise UnreadableRow(remarks)
        return request_row

    def repeated(self, kind: str, number: int) -> Remark:
        raise AssertionError("rows of requests have no keys")

    def _target_column(self, target: str) -> str:
        return self.column_of(f"{TARGET}.{target.removeprefix(f'{IDENTIFIER}.')}")


def request_columns(org: Organization, mapping: ColumnMapping) -> Mapping[str, Column]:
    """Return all columns by target, in display order."""
    text = TextWidget()
    group = "Request"
    columns = [
        *build_customer_columns("Customer"),
        Column(KIND, "Kind", text, group=group, synonyms="type basetype requesttype requestkind"),
        Column(OLD, "Old value", text, group=group, synonyms="old oldmobile oldemail from"),
        Column(NEW, "New value", text, group=group, synonyms="new newmobile newemail to"),
        Column(POINTS, "Points", text, group=group, synonyms="goodwillpoints"),
        Column(PROGRAM, "Program id", text, group=group, synonyms="program"),
        Column(SERIES, "Coupon series id", text, group=group, synonyms="series seriesid"),
        Column(TRANSACTION, "Transaction id", text, group=group, synonyms="transaction txnid"),
        Column(BILL, "Bill number", text, group=group, synonyms="bill number billno txnnumber"),
        Column(MERGE, "Merge to undo", text, group=group, synonyms="mergeid merge"),
        *(
            Column(
                f"{TARGET}.{kind}",
                f"Target customer's {word}",
                text,
                group="Target customer",
                synonyms=f"target{kind.lower()} survivor{kind.lower()}",
            )
            for kind, word in TARGET_TYPES.items()
        ),
        Column(REASON, "Reason", text, group=group, synonyms="why"),
        Column(COMMENTS, "Comments", text, group=group, synonyms="comment notes note remarks"),
    ]
    return {column.target: column for column in columns}


def file_rows(origin: Origin, reader: RequestReader, rows: Sequence[RequestRow]) -> list[RowEffect]:
    """File the requests of a chunk, and return one effect for each row, in order."""
    owners = IdentifierOwners(
        origin.org.pk, [lookup for row in rows for lookup in (row.lookup, row.target)]
    )
    return [_file_row(origin, reader, row, owners) for row in rows]


def _file_row(
    origin: Origin, reader: RequestReader, row: RequestRow, owners: IdentifierOwners
) -> RowEffect:
    customer = owners.find_customer(row.lookup, reader.column_of)
    if not isinstance(customer, int):
        return RowEffect(ERROR, remarks=[customer] if customer else [])
    target = owners.find_customer(row.target, reader._target_column)
    if isinstance(target, tuple):
        return RowEffect(ERROR, remarks=[target])
    values = dict(row.values)
    if MERGE in values:
        values[MERGE] = int(values[MERGE]) if str(values[MERGE]).isdecimal() else 0
    try:
        # Roll back a refused row only.
        with transaction.atomic():
            filed = file_request(
                origin=origin,
                new_request=NewRequest(
                    kind=row.kind, customer_id=customer, target_id=target, **values
                ),
            )
    except errors.SameRequestPending as refusal:
        remark = "", f"The same request is already pending: {refusal.facts.get('request_id')}."
        return RowEffect(SKIP, customer, remarks=[remark])
    except DomainError as refusal:
        return RowEffect(ERROR, remarks=[_build_remark(refusal, reader.column_of)])
    request = filed.request
    after = {"request": request.kind, "customer": customer, "status": request.status}
    label = Request.Kind(request.kind).label
    return RowEffect(
        CREATE, customer, None, after, [("", f"{label}: {Request.Status(request.status).label}.")]
    )


def _build_remark(refusal: DomainError, column_of: ColumnOf) -> Remark:
    target, sentence = SENTENCES.get(type(refusal), ("", ""))
    if not sentence:
        return "", describe_blocker(refusal)
    if target == TARGET:
        target = f"{TARGET}.mobile"
    return column_of(target) if target else "", sentence


def _normalize_kind(name: str) -> str:
    """Normalize a kind's name: case, blanks and underscores do not matter."""
    return name.strip().casefold().replace("_", " ").replace("-", " ")


def _get_setter(column: Column) -> Callable[[RequestRow, Any], None]:
    """Return the function that stores a cleaned cell of this column in the row."""
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda row, value: row.identifiers.append((key, value))
    if kind == TARGET:
        return lambda row, value: row.targets.append((key, value))
    return lambda row, value: row.values.__setitem__(kind, value)


plan_requests_of_file = partial(dry_run_rows, operation=file_rows)
apply_requests_of_file = partial(apply_staged_rows, operation=file_rows)
