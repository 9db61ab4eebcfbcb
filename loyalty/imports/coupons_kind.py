"""Coupons as a kind of import: what the pages ask and offer, and who does the work."""

from collections.abc import Iterable, Sequence

from crm.importing.kinds import Fault, ImportKind, Option
from crm.importing.mapping import guess_targets, is_day_first, texts_of
from crm.importing.rehearsing import facts_of
from crm.importing.whom import IDENTIFIER, REPEATABLE
from crm.tenancy.models import Organization
from loyalty.imports.coupons import (
    CouponReader,
    CouponsReading,
    apply_coupons,
    coupon_columns,
    plan_coupons,
)
from loyalty.imports.sentences import SERIES
from loyalty.queries.desk_lists import list_coupon_series_names


def _guess(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> CouponsReading:
    texts = texts_of(sample)
    columns = coupon_columns(org, CouponsReading(targets=())).values()
    return CouponsReading(
        targets=guess_targets(names, texts, columns),
        defaults=[""] * len(names),
        day_first=is_day_first(texts, org.default_country),
    )


def _options(org: Organization) -> Sequence[Option]:
    series = list_coupon_series_names(org_id=org.pk, given_only=True)
    return [
        Option(
            name="series_id",
            label="Series of rows that name none",
            # A choice needs something to choose from.
            choices=series or [(0, "None yet")],
            blank="None",
        )
    ]


def _faults(reading: CouponsReading) -> Iterable[Fault]:
    if not any(target.startswith(f"{IDENTIFIER}.") for target in reading.targets):
        yield "", "Choose the column that names the customers: a mobile, an email or another id."
    if not reading.series_id and SERIES not in reading.targets:
        yield "series_id", "Choose a series, as no column names one."


def _reader(org: Organization, names: Sequence[str], reading: CouponsReading) -> CouponReader:
    return CouponReader(org=org, names=names, reading=reading)


COUPONS = ImportKind(
    key="coupons",
    singular="coupon",
    plural="coupons",
    permission="loyalty.import_coupons",
    subject="loyalty.coupon",
    example=["Mobile", "Series", "Code", "Good until", "Reference"],
    hints=[
        "Each row issues one coupon to the customer whom its mobile, email or external id names.",
        "A row without a code gets a new one each time the file is brought in, unless it has a "
        "reference.",
    ],
    reading=CouponsReading,
    guess=_guess,
    columns=coupon_columns,
    options=_options,
    faults=_faults,
    reader=_reader,
    plan_rows=plan_coupons,
    apply_rows=apply_coupons,
    facts=facts_of,
    repeatable=REPEATABLE,
)
