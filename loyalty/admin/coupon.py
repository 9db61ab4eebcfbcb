"""The desks of coupons and of their series."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.fields.related import RelatedField
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from crm.adminkit.filters import OfferedFilter
from crm.adminkit.key_paging import KeyPagedList
from crm.adminkit.person import link_to_customer, staff_of
from crm.adminkit.points import amount
from crm.adminkit.recording import origin_of
from crm.adminkit.scoping import ConfigurationDesk, OrgModelForm, ReadOnlyDesk
from loyalty.admin import filters
from loyalty.models import Coupon, CouponSeries
from loyalty.queries.desk_lists import list_coupon_series_names
from loyalty.queries.dossier import coupon_status
from loyalty.rules.coupons import clean_code

COLOURS = {"ACTIVE": "success", "REDEEMED": "info", "EXPIRED": "warning", "REVOKED": "danger"}


class SeriesFilter(OfferedFilter):
    title = "series"
    parameter_name = "series"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        rows = list_coupon_series_names(org_id=staff_of(request).org_id)
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset if given is None else queryset.filter(series_id=int(given))


@admin.register(Coupon)
class CouponDesk(ReadOnlyDesk):
    list_display = ["code", "state", "series", "holder", "issued_at", "expires_at"]
    list_display_links = ["code"]
    list_filter = [SeriesFilter, filters.CustomerFilter]
    list_select_related = ["series"]
    search_fields = ["code"]
    search_help_text = "The whole code"
    sortable_by = ()
    actions = None
    fields = [
        "code", "series", "standing", "holder", "issued_at", "issued_by", "issued_in",
        "active_from", "expires_at", "max_redemptions", "redemption_count",
        "transaction_number", "revoked_at", "revoked_by", "revoke_reason",
    ]  # fmt: skip
    readonly_fields = fields

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return KeyPagedList

    def prepare_page(self, request: HttpRequest, page: list[Coupon]) -> list[Coupon]:
        return page

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        code = clean_code(search_term)
        if not search_term.strip():
            return queryset, False
        return queryset.filter(code=code), False

    @display(description="Status", label=COLOURS)
    def state(self, coupon: Coupon) -> tuple[str, str]:
        status = coupon_status(coupon, timezone.now())
        return status, status.capitalize()

    @display(description="Status")
    def standing(self, coupon: Coupon) -> str:
        return self.state(coupon)[1]

    @display(description="Customer")
    def holder(self, coupon: Coupon) -> str | None:
        return link_to_customer(coupon.customer_id)


class CouponSeriesForm(OrgModelForm):
    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip()
        if not code:
            raise forms.ValidationError("A series has a code.")
        return code


@admin.register(CouponSeries)
class CouponSeriesDesk(ConfigurationDesk):
    form = CouponSeriesForm
    list_display = ["code", "description", "worth", "issued_count", "redeemed_count", "is_active"]
    list_filter = ["series_type", "discount_type", "is_active"]
    search_fields = ["code", "description"]
    ordering = ["code", "id"]
    fixed_once_made = ("code",)
    filter_horizontal = ["redeemable_at"]
    fieldsets = [
        (
            None,
            {"fields": ["code", "description", "info", "tag", "series_type", "is_active"]},
        ),
        (
            "What it is worth",
            {
                "fields": [
                    "discount_type", "discount_value", "discount_upto", "discount_on",
                    "discount_code",
                ]
            },
        ),
        (
            "When and where it is redeemed",
            {
                "fields": [
                    "valid_days", "valid_till_date", "redeemable_from", "redeemable_when",
                    "redeemable_at", "min_bill_amount", "max_bill_amount",
                    "valid_with_discounted_items", "validation_required",
                ]
            },
        ),
        (
            "How often",
            {
                "fields": [
                    "max_create", "max_redeem", "max_redemptions_per_coupon", "several_per_user",
                    "resend_held", "max_coupons_per_user", "min_days_between_coupons",
                    "max_redemptions_per_user", "min_days_between_redemptions",
                    "same_user_may_repeat", "transferable", "any_user",
                ]
            },
        ),
        (
            "Texts",
            {"fields": ["terms", "sms_template", "short_sms_template", "sms_disabled"]},
        ),
    ]  # fmt: skip

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField, request: HttpRequest
    ) -> Any:
        rows = super().get_field_queryset(db, db_field, request)
        # A coupon is redeemed at a place, and staff are none.
        return rows.exclude(type="ADMIN_USER") if db_field.name == "redeemable_at" else rows

    @display(description="Worth")
    def worth(self, series: CouponSeries) -> str:
        value = amount(series.discount_value)
        return f"{value} %" if series.discount_type == "PERC" else value

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            origin = origin_of(request)
            obj.created_by_id, obj.created_at = origin.actor_id, origin.at
        super().save_model(request, obj, form, change)
