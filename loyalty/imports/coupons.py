"""The import of coupons: codes of a series, given or generated, issued to customers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from crm.imports.cell_reader import CellReader, UnreadableRow
from crm.imports.cells import DateTimeWidget, TextWidget
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column
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
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.rules.text import folded
from loyalty import errors, notices
from loyalty.imports.sentences import CODE, LAST_DAY, REFERENCE, SERIES, build_refusal_remark
from loyalty.operations.coupons.issue import CouponIssueRequest, CouponIssueResult, issue_coupons
from loyalty.queries.coupons.coupons import find_coupons_by_code, list_series_ids_by_code
from loyalty.rules.coupons import clean_code

ISSUE_REASON = "Import"
# With its prefix, as long as the coupon's own column.
MAX_REFERENCE_LENGTH = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponMapping(ColumnMapping):
    series_id: int | None = None


@dataclass(frozen=True, slots=True)
class CouponRow:
    """One parsed row; without a code, one is generated."""

    code: str | None
    series_id: int | None
    series_code: str | None
    last_day: date | None
    reference: str
    lookup: CustomerLookup

    @property
    def keys(self) -> Sequence[Key]:
        return [
            *([("coupon", self.code)] if self.code else ()),
            *([("reference", self.reference)] if self.reference else ()),
        ]


@dataclass(slots=True)
class _CellValues:
    values: dict[str, Any] = field(default_factory=dict)
    identifiers: list[tuple[str, str]] = field(default_factory=list)


def build_coupon_columns(org: Organization, mapping: CouponMapping) -> Mapping[str, Column]:
    text, group = TextWidget(), "Coupon"
    date_widget = DateTimeWidget(org.zone, day_first=mapping.day_first)
    own_columns = [
        Column(CODE, "Code", text, group=group, synonyms="couponcode coupon voucher vouchercode"),
        Column(SERIES, "Series", text, group=group, synonyms="seriescode couponseries"),
        Column(
            LAST_DAY,
            "Good until",
            date_widget,
            group=group,
            synonyms="expiry expirydate expires expireson validuntil validtill lastday",
        ),
        Column(REFERENCE, "Reference", text, group=group, synonyms="ref yourreference"),
    ]
    customer_columns = build_customer_columns("Customer who gets it")
    return {column.target: column for column in [*own_columns, *customer_columns]}


class CouponReader:
    """Parses the rows of one file of coupons."""

    def __init__(self, *, org: Organization, names: Sequence[str], mapping: CouponMapping) -> None:
        self._org = org
        self._mapping = mapping
        self._cells: CellReader[_CellValues] = CellReader(
            names=names,
            mapping=mapping,
            columns=build_coupon_columns(org, mapping),
            get_setter=_get_setter,
        )
        self.column_of = self._cells.column_of

    def read(self, row: Row) -> CouponRow:
        """Parse a row.

        Raises:
            UnreadableRow: with a remark for each invalid cell.
        """
        cells = _CellValues()
        remarks = self._cells.read(row, cells)
        values = cells.values
        if len(values.get(REFERENCE, "")) > MAX_REFERENCE_LENGTH:
            sentence = f"A reference must not exceed {MAX_REFERENCE_LENGTH} characters."
            remarks.append((self.column_of(REFERENCE), sentence))
        if CODE in values and not clean_code(values[CODE]):
            remarks.append(build_refusal_remark(errors.CouponCodeInvalid(), self.column_of))
        if not cells.identifiers:
            remarks.append(("", "This row names no customer: no mobile, email or other id."))
        if remarks:
            raise UnreadableRow(remarks)
        series_code, reference = values.get(SERIES), values.get(REFERENCE)
        last_moment = values.get(LAST_DAY)
        return CouponRow(
            code=clean_code(values[CODE]) if CODE in values else None,
            # The default series is for rows without one.
            series_id=None if series_code else self._mapping.series_id,
            series_code=series_code,
            last_day=last_moment and last_moment.astimezone(self._org.zone).date(),
            reference=f"import:{reference}" if reference else "",
            lookup=read_customer_lookup(self._org, cells.identifiers, self.column_of),
        )

    def repeated(self, kind: str, number: int) -> Remark:
        is_code = kind == "coupon"
        column = self.column_of(CODE if is_code else REFERENCE)
        return column, f"Same {'code' if is_code else 'reference'} as row {number}."


def _get_setter(column: Column) -> Callable[[_CellValues, Any], None]:
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda cells, value: cells.identifiers.append((key, value))
    return lambda cells, value: cells.values.__setitem__(kind, value)


def issue_coupon_rows(
    origin: Origin, reader: CouponReader, rows: Sequence[CouponRow]
) -> list[RowEffect]:
    """Issue coupons; a coupon that was issued to the same customer before is skipped."""
    owners = IdentifierOwners(origin.org.pk, [row.lookup for row in rows])
    codes = list_series_ids_by_code(org_id=origin.org.pk)
    effects: dict[int, RowEffect] = {}
    issues: dict[int, CouponIssueRequest] = {}
    for index, row in enumerate(rows):
        customer = owners.find_customer(row.lookup, reader.column_of)
        series_id = row.series_id
        if row.series_code:
            series_id = codes.get(folded(row.series_code))
        if isinstance(customer, tuple):
            effects[index] = RowEffect(ERROR, remarks=[customer])
        else:
            # The operation refuses a missing customer or series.
            issues[index] = CouponIssueRequest(
                series_id=series_id or 0,
                customer_id=customer or 0,
                code=row.code,
                last_day=row.last_day,
                reason=ISSUE_REASON,
                reference=row.reference,
            )
    issued = issue_coupons(origin=origin, requests=[*issues.values()]) if issues else []
    taken = {
        issue.code
        for issue, outcome in zip(issues.values(), issued, strict=True)
        if isinstance(outcome.refusal, errors.CouponCodeTaken) and isinstance(issue.code, str)
    }
    known = find_coupons_by_code(org_id=origin.org.pk, codes=taken)
    for (index, issue), outcome in zip(issues.items(), issued, strict=True):
        effects[index] = _build_effect(issue, outcome, known, reader)
    return [effects[index] for index in range(len(rows))]


def _build_effect(
    issue: CouponIssueRequest,
    outcome: CouponIssueResult,
    issued_before: Mapping[str, tuple[int, int, int]],
    reader: CouponReader,
) -> RowEffect:
    if isinstance(outcome.refusal, errors.CouponCodeTaken):
        pk, *issued_to = issued_before.get(str(issue.code), (0, 0, 0))
        if issued_to == [issue.series_id, issue.customer_id]:
            return _build_skip(pk, "The customer was issued this coupon before.")
    if outcome.refusal is not None:
        return RowEffect(ERROR, remarks=[build_refusal_remark(outcome.refusal, reader.column_of)])
    if outcome.is_repeat:
        sentence = f"Coupon {outcome.code} was issued under this reference before."
        return _build_skip(outcome.coupon_id, sentence)
    if any(notice.code == notices.COUPON_RESENT for notice in outcome.notices):
        sentence = f"The customer already has coupon {outcome.code}; no other is issued."
        return _build_skip(outcome.coupon_id, sentence)
    after = {"series": issue.series_id, "customer": issue.customer_id}
    return RowEffect(CREATE, outcome.coupon_id, None, after)


def _build_skip(coupon_id: int | None, sentence: str) -> RowEffect:
    return RowEffect(SKIP, coupon_id, remarks=[("", sentence)])


plan_coupons = partial(dry_run_rows, operation=issue_coupon_rows)
apply_coupons = partial(apply_staged_rows, operation=issue_coupon_rows)
