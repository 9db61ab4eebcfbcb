"""The import of coupons: codes of a series, given or generated, issued to customers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm.audit.touches import find_touches
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import IDENTIFIER, Column, DateTimeColumn, NameColumn
from crm.imports.customer_columns import build_customer_columns, find_customers
from crm.imports.file_import import CREATE, ERROR, SKIP, UNCHANGED, ImportOption, MappingFault
from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.readings import CellFormats
from crm.imports.refusals import build_remark
from crm.imports.row_import import RowImport
from crm.imports.undo_context import UndoContext
from crm.kernel.staff_texts import StaffText, TextTemplate, staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.rules.text import fold_name
from loyalty import errors, notices
from loyalty.imports.card_and_coupon_targets import CODE, LAST_DAY, REFERENCE, SERIES, TARGETS
from loyalty.operations.coupons.issue import CouponIssueRequest, CouponIssueResult, issue_coupons
from loyalty.operations.undo.holdings import find_coupon_obstacles, remove_coupons
from loyalty.queries.coupons.coupons import find_coupons_by_code, list_series_ids_by_code
from loyalty.queries.desk_lists import list_coupon_series_names
from loyalty.rules.coupons import clean_code

REFERENCE_TOO_LONG = TextTemplate("A reference must not exceed {most} characters.")
REFERENCE_USED = TextTemplate("Coupon {code} was issued under this reference before.")
COUPON_HELD = TextTemplate("The customer already has coupon {code}; no other is issued.")

ISSUE_REASON = "Import"
# Keeps the references of files apart from those of other callers.
_REFERENCE_PREFIX = "import:"
# With its prefix, as long as the coupon's own column.
MAX_REFERENCE_LENGTH = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponMapping(ColumnMapping):
    """The column mapping; the default series is for rows without one."""

    series_id: int | None = None


class CouponImport(RowImport):
    """Issues coupons; a coupon that was issued to the same customer before is skipped."""

    key = "coupons"
    singular = "coupon"
    plural = "coupons"
    permission = "loyalty.import_coupons"
    subject = "loyalty.coupon"
    example = ["Mobile", "Series", "Code", "Good until", "Reference"]
    hints = [
        staff_text(
            "Each row issues one coupon to the customer with its mobile, email or external id."
        ),
        staff_text(
            "A row without a code gets a new code each time the file is imported, unless it has a "
            "reference."
        ),
    ]
    mapping_class = CouponMapping
    required_columns = [
        (
            IDENTIFIER,
            staff_text("Map a column to a customer identifier: a mobile, an email or another id."),
        )
    ]
    required_cells = [
        (IDENTIFIER, staff_text("This row names no customer: no mobile, email or other id.")),
    ]
    repeats = {"coupon": (CODE, "code"), "reference": (REFERENCE, "reference")}
    mapping: CouponMapping

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            staff_text("Coupon"): [
                NameColumn(CODE, staff_text("Code"), "couponcode coupon voucher vouchercode"),
                Column(SERIES, staff_text("Series"), "seriescode couponseries"),
                DateTimeColumn(
                    LAST_DAY,
                    staff_text("Good until"),
                    formats,
                    "expiry expirydate expires expireson validuntil validtill lastday",
                ),
                NameColumn(REFERENCE, staff_text("Reference"), "ref yourreference"),
            ],
            staff_text("Customer who gets it"): build_customer_columns(),
        }

    @classmethod
    def options(cls, org: Organization) -> Sequence[ImportOption]:
        series = list_coupon_series_names(org_id=org.pk, active_only=True)
        # A choice needs at least one option.
        choices = series or [(0, staff_text("None yet"))]
        return [
            ImportOption(
                name="series_id",
                label=staff_text("Default series"),
                choices=choices,
                blank=staff_text("None"),
            )
        ]

    @classmethod
    def faults(cls, mapping: CouponMapping) -> Iterable[MappingFault]:
        yield from super().faults(mapping)
        if not mapping.series_id and SERIES not in mapping.targets:
            yield (
                "series_id",
                staff_text("Choose a default series, as no column is mapped to the series."),
            )

    def check(self, parsed: ParsedRow) -> list[Remark]:
        remarks: list[Remark] = []
        values = parsed.values
        if len(values.get(REFERENCE, "")) > MAX_REFERENCE_LENGTH:
            sentence = REFERENCE_TOO_LONG(most=MAX_REFERENCE_LENGTH)
            remarks.append((self.column_of(REFERENCE), sentence))
        if CODE in values:
            values[CODE] = clean_code(values[CODE])
            if not values[CODE]:
                remarks.append(build_remark(errors.CouponCodeInvalid(), TARGETS, self.column_of))
        if REFERENCE in values:
            values[REFERENCE] = f"{_REFERENCE_PREFIX}{values[REFERENCE]}"
        if LAST_DAY in values:
            values[LAST_DAY] = values[LAST_DAY].astimezone(self.org.zone).date()
        return remarks

    def list_keys(self, origin: Origin, parsed: ParsedRow) -> Sequence[Key]:
        keys = [("coupon", CODE), ("reference", REFERENCE)]
        return [(kind, parsed.values[target]) for kind, target in keys if target in parsed.values]

    def act(self, origin: Origin, rows: Sequence[ParsedRow]) -> list[RowEffect]:
        """Issue the coupons of a chunk."""
        customers = find_customers(origin.org.pk, rows, self.column_of)
        series_by_code = list_series_ids_by_code(org_id=origin.org.pk)
        effects: dict[int, RowEffect] = {}
        issues: dict[int, CouponIssueRequest] = {}
        for index, (row, customer) in enumerate(zip(rows, customers, strict=True)):
            if isinstance(customer, tuple):
                effects[index] = RowEffect(ERROR, remarks=[customer])
            else:
                issues[index] = self._build_request(row, customer, series_by_code)
        issued = issue_coupons(origin=origin, requests=[*issues.values()]) if issues else []
        taken = {
            issue.code
            for issue, outcome in zip(issues.values(), issued, strict=True)
            if isinstance(outcome.refusal, errors.CouponCodeTaken) and isinstance(issue.code, str)
        }
        issued_before = find_coupons_by_code(org_id=origin.org.pk, codes=taken)
        for (index, issue), outcome in zip(issues.items(), issued, strict=True):
            effects[index] = self._build_effect(issue, outcome, issued_before)
        return [effects[index] for index in range(len(rows))]

    def undo_rows(self, *, context: UndoContext, rows: Sequence[UndoRow]) -> dict[int, StaffText]:
        """Remove the coupons; one that was redeemed, revoked or changed since stays."""
        coupon_ids = {row.subject_id or 0 for row in rows}
        touches = find_touches(
            origin=context.origin,
            subject_type="coupon",
            subject_ids=coupon_ids,
            since=context.since,
            ignored_requests=context.ignored_requests,
        )
        obstacles = find_coupon_obstacles(coupon_ids) | touches
        remove_coupons(coupon_ids=coupon_ids - obstacles.keys())
        return {
            row.pk: obstacles[row.subject_id or 0] for row in rows if row.subject_id in obstacles
        }

    def _build_request(
        self, row: ParsedRow, customer: int | None, series_by_code: Mapping[str, int]
    ) -> CouponIssueRequest:
        series_id = self.mapping.series_id
        if SERIES in row.values:
            series_id = series_by_code.get(fold_name(row.values[SERIES]))
        # The operation refuses a missing customer or series.
        return CouponIssueRequest(
            series_id=series_id or 0,
            customer_id=customer or 0,
            code=row.values.get(CODE),
            last_day=row.values.get(LAST_DAY),
            reason=ISSUE_REASON,
            reference=row.values.get(REFERENCE, ""),
            # An import can be undone; a text cannot.
            is_silent=True,
        )

    def _build_effect(
        self,
        issue: CouponIssueRequest,
        outcome: CouponIssueResult,
        issued_before: Mapping[str, tuple[int, int, int]],
    ) -> RowEffect:
        if isinstance(outcome.refusal, errors.CouponCodeTaken):
            pk, *issued_to = issued_before.get(str(issue.code), (0, 0, 0))
            if issued_to == [issue.series_id, issue.customer_id]:
                sentence = staff_text("The customer was issued this coupon before.")
                return RowEffect(UNCHANGED, pk, remarks=[("", sentence)])
        if outcome.refusal is not None:
            remark = build_remark(outcome.refusal, TARGETS, self.column_of)
            return RowEffect(ERROR, remarks=[remark])
        if outcome.is_repeat:
            sentence = REFERENCE_USED(code=outcome.code)
            return RowEffect(UNCHANGED, outcome.coupon_id, remarks=[("", sentence)])
        if any(notice.code == notices.COUPON_RESENT for notice in outcome.notices):
            sentence = COUPON_HELD(code=outcome.code)
            return RowEffect(SKIP, outcome.coupon_id, remarks=[("", sentence)])
        after = {"series": issue.series_id, "customer": issue.customer_id}
        return RowEffect(CREATE, outcome.coupon_id, None, after)
