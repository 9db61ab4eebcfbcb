"""Files of coupons: codes of a series, given or drawn, issued to customers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from crm.importing.cells import MomentWidget, TextWidget
from crm.importing.columns import Column
from crm.importing.mapping import FileReading
from crm.importing.rehearsing import CREATE, ERROR, SKIP, Effect, perform_rows, rehearse_rows
from crm.importing.row_cells import CellReader, Unreadable
from crm.importing.whom import IDENTIFIER, Owners, Whom, columns_of_customers, read_whom
from crm.runs.operations.staging import Key, Remark
from crm.runs.reading.table import Row
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.rules.text import folded
from loyalty import errors, notices
from loyalty.imports.sentences import CODE, LAST_DAY, REFERENCE, SERIES, refused
from loyalty.operations.issuing_coupons import CouponIssue, CouponIssued, issue_coupons
from loyalty.queries.coupons import find_issued, list_series_codes
from loyalty.rules.coupons import clean_code

REASON = "Import"
# With the word before it, as long as the coupon keeps one.
LONGEST_REFERENCE = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponsReading(FileReading):
    series_id: int | None = None


@dataclass(frozen=True, slots=True)
class CouponMeaning:
    """What a row says of one coupon; without a code one is drawn."""

    code: str | None
    series_id: int | None
    series_code: str | None
    last_day: date | None
    reference: str
    whom: Whom

    @property
    def keys(self) -> Sequence[Key]:
        return [
            *([("coupon", self.code)] if self.code else ()),
            *([("reference", self.reference)] if self.reference else ()),
        ]


@dataclass(slots=True)
class _Said:
    values: dict[str, Any] = field(default_factory=dict)
    identifiers: list[tuple[str, str]] = field(default_factory=list)


def coupon_columns(org: Organization, reading: CouponsReading) -> Mapping[str, Column]:
    text, group = TextWidget(), "Coupon"
    day = MomentWidget(org.zone, day_first=reading.day_first)
    coupon = [
        Column(CODE, "Code", text, group=group, synonyms="couponcode coupon voucher vouchercode"),
        Column(SERIES, "Series", text, group=group, synonyms="seriescode couponseries"),
        Column(
            LAST_DAY,
            "Good until",
            day,
            group=group,
            synonyms="expiry expirydate expires expireson validuntil validtill lastday",
        ),
        Column(REFERENCE, "Reference", text, group=group, synonyms="ref yourreference"),
    ]
    people = columns_of_customers("Customer who gets it")
    return {column.target: column for column in [*coupon, *people]}


class CouponReader:
    """Reads the rows of one file of coupons."""

    def __init__(self, *, org: Organization, names: Sequence[str], reading: CouponsReading) -> None:
        self._org = org
        self._reading = reading
        self._cells: CellReader[_Said] = CellReader(
            names=names, reading=reading, columns=coupon_columns(org, reading), keeper=_keeper
        )
        self.column_of = self._cells.column_of

    def read(self, row: Row) -> CouponMeaning:
        """Say what the row means.

        Raises:
            Unreadable: with a remark for what makes no sense.
        """
        said = _Said()
        remarks = self._cells.read(row, said)
        values = said.values
        if len(values.get(REFERENCE, "")) > LONGEST_REFERENCE:
            sentence = f"A reference has at most {LONGEST_REFERENCE} characters."
            remarks.append((self.column_of(REFERENCE), sentence))
        if CODE in values and not clean_code(values[CODE]):
            remarks.append(refused(errors.CouponCodeInvalid(), self.column_of))
        if not said.identifiers:
            remarks.append(("", "There is no customer in this row: no mobile, email or other id."))
        if remarks:
            raise Unreadable(remarks)
        code, reference = values.get(SERIES), values.get(REFERENCE)
        moment = values.get(LAST_DAY)
        return CouponMeaning(
            code=clean_code(values[CODE]) if CODE in values else None,
            # The file's series is that of rows that name none.
            series_id=None if code else self._reading.series_id,
            series_code=code,
            last_day=moment and moment.astimezone(self._org.zone).date(),
            reference=f"import:{reference}" if reference else "",
            whom=read_whom(self._org, said.identifiers, self.column_of),
        )

    def repeated(self, kind: str, number: int) -> Remark:
        is_code = kind == "coupon"
        column = self.column_of(CODE if is_code else REFERENCE)
        return column, f"Same {'code' if is_code else 'reference'} as row {number}."


def _keeper(column: Column) -> Callable[[_Said, Any], None]:
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda said, value: said.identifiers.append((key, value))
    return lambda said, value: said.values.__setitem__(kind, value)


def act_on_coupons(
    origin: Origin, reader: CouponReader, meanings: Sequence[CouponMeaning]
) -> list[Effect]:
    """Issue coupons as the rows say; what was issued to the same customer before is passed over."""
    owners = Owners(origin.org.pk, [meaning.whom for meaning in meanings])
    codes = list_series_codes(org_id=origin.org.pk)
    effects: dict[int, Effect] = {}
    wishes: dict[int, CouponIssue] = {}
    for place, meaning in enumerate(meanings):
        customer = owners.of(meaning.whom, reader.column_of)
        series = meaning.series_id
        if meaning.series_code:
            series = codes.get(folded(meaning.series_code))
        if isinstance(customer, tuple):
            effects[place] = Effect(ERROR, remarks=[customer])
        else:
            # Who or what is not there is refused by the operation.
            wishes[place] = CouponIssue(
                series_id=series or 0,
                customer_id=customer or 0,
                code=meaning.code,
                last_day=meaning.last_day,
                reason=REASON,
                reference=meaning.reference,
            )
    issued = issue_coupons(origin=origin, wishes=[*wishes.values()]) if wishes else []
    taken = {
        wish.code
        for wish, outcome in zip(wishes.values(), issued, strict=True)
        if isinstance(outcome.refusal, errors.CouponCodeTaken) and isinstance(wish.code, str)
    }
    known = find_issued(org_id=origin.org.pk, codes=taken)
    for (place, wish), outcome in zip(wishes.items(), issued, strict=True):
        effects[place] = _effect(wish, outcome, known, reader)
    return [effects[place] for place in range(len(meanings))]


def _effect(
    wish: CouponIssue,
    outcome: CouponIssued,
    known: Mapping[str, tuple[int, int, int]],
    reader: CouponReader,
) -> Effect:
    if isinstance(outcome.refusal, errors.CouponCodeTaken):
        pk, *place = known.get(str(wish.code), (0, 0, 0))
        if place == [wish.series_id, wish.customer_id]:
            return _passed_over(pk, "The customer was issued this coupon before.")
    if outcome.refusal is not None:
        return Effect(ERROR, remarks=[refused(outcome.refusal, reader.column_of)])
    if outcome.is_repeat:
        sentence = f"Coupon {outcome.code} was issued under this reference before."
        return _passed_over(outcome.coupon_id, sentence)
    if any(notice.code == notices.COUPON_RESENT for notice in outcome.notices):
        sentence = f"The customer holds coupon {outcome.code} already; no other is issued."
        return _passed_over(outcome.coupon_id, sentence)
    after = {"series": wish.series_id, "customer": wish.customer_id}
    return Effect(CREATE, outcome.coupon_id, None, after)


def _passed_over(coupon_id: int | None, sentence: str) -> Effect:
    return Effect(SKIP, coupon_id, remarks=[("", sentence)])


plan_coupons = partial(rehearse_rows, act=act_on_coupons)
apply_coupons = partial(perform_rows, act=act_on_coupons)
