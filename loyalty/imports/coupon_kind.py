"""The import type for coupons."""

from collections.abc import Iterable, Sequence

from crm.imports.column_mapping import guess_day_first, guess_targets, strip_sample
from crm.imports.customer_columns import IDENTIFIER, REPEATABLE_KINDS
from crm.imports.dry_run import list_facts
from crm.imports.import_kinds import ImportKind, ImportOption, MappingFault
from crm.tenancy.models import Organization
from loyalty.imports.coupons import (
    CouponMapping,
    CouponReader,
    apply_coupons,
    build_coupon_columns,
    plan_coupons,
)
from loyalty.imports.sentences import SERIES
from loyalty.queries.desk_lists import list_coupon_series_names


def _guess_mapping(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> CouponMapping:
    texts = strip_sample(sample)
    columns = build_coupon_columns(org, CouponMapping(targets=())).values()
    return CouponMapping(
        targets=guess_targets(names, texts, columns),
        defaults=[""] * len(names),
        day_first=guess_day_first(texts, org.default_country),
    )


def _list_options(org: Organization) -> Sequence[ImportOption]:
    series = list_coupon_series_names(org_id=org.pk, active_only=True)
    return [
        ImportOption(
            name="series_id",
            label="Default series",
            # A choice needs at least one option.
            choices=series or [(0, "None yet")],
            blank="None",
        )
    ]


def _list_faults(mapping: CouponMapping) -> Iterable[MappingFault]:
    if not any(target.startswith(f"{IDENTIFIER}.") for target in mapping.targets):
        yield "", "Map a column to a customer identifier: a mobile, an email or another id."
    if not mapping.series_id and SERIES not in mapping.targets:
        yield "series_id", "Choose a default series, as no column is mapped to the series."


def _build_reader(org: Organization, names: Sequence[str], mapping: CouponMapping) -> CouponReader:
    return CouponReader(org=org, names=names, mapping=mapping)


COUPONS = ImportKind(
    key="coupons",
    singular="coupon",
    plural="coupons",
    permission="loyalty.import_coupons",
    subject="loyalty.coupon",
    example=["Mobile", "Series", "Code", "Good until", "Reference"],
    hints=[
        "Each row issues one coupon to the customer with its mobile, email or external id.",
        "A row without a code gets a new code each time the file is imported, unless it has a "
        "reference.",
    ],
    mapping=CouponMapping,
    guess=_guess_mapping,
    columns=build_coupon_columns,
    options=_list_options,
    faults=_list_faults,
    reader=_build_reader,
    plan_rows=plan_coupons,
    apply_rows=apply_coupons,
    facts=list_facts,
    repeatable=REPEATABLE_KINDS,
)
