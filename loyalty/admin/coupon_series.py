"""Admin of coupon series."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models.fields.related import RelatedField
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crm.adminkit.change_log import get_origin
from crm.adminkit.org_scope import ConfigurationDesk, OrgModelForm
from crm.adminkit.point_formats import format_amount
from loyalty.admin.name_lists import make_names_field, read_names
from loyalty.models import CouponSeries

NAME_LISTS = ("products", "brands", "categories")


class CouponSeriesForm(OrgModelForm):
    """Products, brands and categories are lists of names, one a line."""

    products = make_names_field(_("Products"), _("Item codes, one a line. Empty: all items."))
    brands = make_names_field(
        _("Brands"), _("Values of the item attribute brand, one a line. Empty: all.")
    )
    categories = make_names_field(
        _("Categories"), _("Values of the item attribute category, one a line. Empty: all.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NAME_LISTS:
            self.initial[name] = "\n".join(map(str, getattr(self.instance, name)))

    def clean_products(self) -> list[str]:
        return read_names(self.cleaned_data["products"].splitlines())

    def clean_brands(self) -> list[str]:
        return read_names(self.cleaned_data["brands"].splitlines())

    def clean_categories(self) -> list[str]:
        return read_names(self.cleaned_data["categories"].splitlines())

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip()
        if not code:
            raise forms.ValidationError(gettext("Enter a code."))
        return code


@admin.register(CouponSeries)
class CouponSeriesDesk(ConfigurationDesk):
    form = CouponSeriesForm
    list_display = [
        "code",
        "description",
        "value_text",
        "issued_count",
        "redeemed_count",
        "is_active",
    ]
    list_filter = ["series_type", "discount_type", "is_active"]
    search_fields = ["code", "description"]
    ordering = ["code", "id"]
    readonly_after_creation = ("code",)
    filter_horizontal = ["redeemable_at"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "code", "description", "info", "tag", "series_type", "campaign_id",
                    "priority", "is_active",
                ]
            },
        ),
        (
            _("Discount"),
            {
                "fields": [
                    "discount_type", "discount_value", "discount_upto", "discount_on",
                    "discount_code",
                ]
            },
        ),
        (
            _("Redemption conditions"),
            {
                "fields": [
                    "valid_days", "valid_till_date", "redeemable_from", "redeemable_when",
                    "redeemable_at", "min_bill_amount", "max_bill_amount",
                    "products", "brands", "categories", "valid_with_discounted_items",
                    "validation_required", "exclusive_group",
                ]
            },
        ),
        (
            _("Limits"),
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
            _("Messages"),
            {"fields": ["terms", "sms_template", "short_sms_template", "sms_disabled"]},
        ),
    ]  # fmt: skip

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField, request: HttpRequest
    ) -> Any:
        rows = super().get_field_queryset(db, db_field, request)
        # Staff users are entities too, but they redeem no coupons.
        return rows.exclude(type="ADMIN_USER") if db_field.name == "redeemable_at" else rows

    @display(description=_("Value"))
    def value_text(self, series: CouponSeries) -> str:
        value = format_amount(series.discount_value)
        return f"{value} %" if series.discount_type == "PERC" else value

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            origin = get_origin(request)
            obj.created_by_id, obj.created_at = origin.actor_id, origin.at
        super().save_model(request, obj, form, change)
