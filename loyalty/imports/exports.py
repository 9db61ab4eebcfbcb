"""Lists of loyalty, for exports."""

from typing import Any

from django.db.models import QuerySet

from crm.exports.customer_columns import CUSTOMER_COLUMNS, CUSTOMER_FILTERS, build_day_filters
from crm.exports.export_list import NUMBER, ExportColumn, ExportFilter, ExportList
from crm.tenancy.models import Organization
from loyalty.models import Card, CardLabel, Coupon, PointsEntry, Transaction


class TransactionList(ExportList):
    key = "transactions"
    columns = [
        ExportColumn(name="id", path="id"),
        ExportColumn(name="userId", path="customer_id"),
        *CUSTOMER_COLUMNS,
        ExportColumn(name="type", path="type"),
        ExportColumn(name="billNumber", path="number"),
        ExportColumn(name="date", path="billed_at"),
        ExportColumn(name="amount", path="amount"),
        ExportColumn(name="grossAmount", path="gross_amount"),
        ExportColumn(name="discount", path="discount"),
        ExportColumn(name="notes", path="notes"),
    ]
    filters = [
        *CUSTOMER_FILTERS,
        ExportFilter(name="type", lookup="type", choices=Transaction.Type.values),
        ExportFilter(name="billNumber", lookup="number"),
        *build_day_filters("billed_at"),
    ]

    def get_rows(self, org: Organization) -> QuerySet[Any]:
        return Transaction.objects.filter(org_id=org.pk)


class PointsList(ExportList):
    """The entries of the ledger."""

    key = "points"
    customer_path = "enrollment__customer_id"
    columns = [
        ExportColumn(name="id", path="id"),
        ExportColumn(name="userId", path="enrollment__customer_id"),
        *CUSTOMER_COLUMNS,
        ExportColumn(name="programId", path="enrollment__program_id"),
        ExportColumn(name="kind", path="kind"),
        ExportColumn(name="points", path="points"),
        ExportColumn(name="reason", path="notes"),
        ExportColumn(name="date", path="happened_at"),
    ]
    filters = [
        ExportFilter(name="customerId", lookup="enrollment__customer_id", kind=NUMBER),
        ExportFilter(name="programId", lookup="enrollment__program_id", kind=NUMBER),
        ExportFilter(name="kind", lookup="kind", choices=PointsEntry.Kind.values),
        *build_day_filters("happened_at"),
    ]

    def get_rows(self, org: Organization) -> QuerySet[Any]:
        return PointsEntry.objects.filter(org_id=org.pk)


class CardList(ExportList):
    key = "cards"
    columns = [
        ExportColumn(name="cardNumber", path="number"),
        ExportColumn(name="cardExternalId", path="external_id"),
        ExportColumn(name="series", path="series__code"),
        ExportColumn(name="label", path="label__label"),
        ExportColumn(name="status", path="status"),
        ExportColumn(name="userId", path="customer_id"),
        # "externalId" is the card's own in an import of cards.
        *CUSTOMER_COLUMNS[:2],
        ExportColumn(name="issuedOn", path="issued_at"),
        ExportColumn(name="expiresOn", path="expires_at"),
    ]
    filters = [
        *CUSTOMER_FILTERS,
        ExportFilter(name="status", lookup="status", choices=CardLabel.Status.values),
        ExportFilter(name="series", lookup="series__code__iexact"),
        *build_day_filters("created_at"),
    ]

    def get_rows(self, org: Organization) -> QuerySet[Any]:
        return Card.objects.filter(org_id=org.pk)


class CouponList(ExportList):
    key = "coupons"
    columns = [
        ExportColumn(name="code", path="code"),
        ExportColumn(name="seriesId", path="series_id"),
        ExportColumn(name="userId", path="customer_id"),
        *CUSTOMER_COLUMNS,
        ExportColumn(name="issuedOn", path="issued_at"),
        ExportColumn(name="expiresOn", path="expires_at"),
        ExportColumn(name="redemptions", path="redemption_count"),
        ExportColumn(name="revokedOn", path="revoked_at"),
        ExportColumn(name="reference", path="reference"),
    ]
    filters = [
        *CUSTOMER_FILTERS,
        ExportFilter(name="seriesId", lookup="series_id", kind=NUMBER),
        *build_day_filters("issued_at"),
    ]

    def get_rows(self, org: Organization) -> QuerySet[Any]:
        return Coupon.objects.filter(org_id=org.pk)


EXPORT_LISTS: list[type[ExportList]] = [
    TransactionList,
    PointsList,
    CardList,
    CouponList,
]
