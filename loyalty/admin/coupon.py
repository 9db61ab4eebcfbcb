"""The desks of coupons and of their series."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.fields.related import RelatedField
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display

from crm.adminkit.deciding import decide
from crm.adminkit.filters import CustomerFilter, OfferedFilter
from crm.adminkit.history import happenings
from crm.adminkit.key_paging import KeyPagedList
from crm.adminkit.once import SENT_TWICE
from crm.adminkit.person import known_customer, link_to_customer, staff_of
from crm.adminkit.points import amount
from crm.adminkit.recording import origin_of
from crm.adminkit.scoping import ConfigurationDesk, OrgModelForm, ReadOnlyDesk
from crm.audit.queries import list_events_of
from customers import errors as customer_errors
from loyalty import errors, notices
from loyalty.admin.coupon_forms import IssueForm, RevokeForm
from loyalty.models import Coupon, CouponSeries
from loyalty.operations.issuing_coupons import CouponIssue, issue_coupon
from loyalty.operations.redeeming_coupons import revoke_coupon
from loyalty.queries.desk_lists import list_coupon_series_names
from loyalty.queries.dossier import coupon_status
from loyalty.rules.coupons import clean_code

COLOURS = {"ACTIVE": "success", "REDEEMED": "info", "EXPIRED": "warning", "REVOKED": "danger"}
MOST_EVENTS = 20
SENTENCES: dict[Any, str] = {
    errors.CouponSeriesUnknown: "The series is no longer there.",
    errors.CouponSeriesInactive: "The series is switched off.",
    errors.CouponSeriesExpired: "The last day of the series is over.",
    errors.CouponSeriesUsedUp: "All {limit} coupons of the series were issued.",
    errors.CouponHeld: "The customer holds a coupon of this series, and may not hold two.",
    errors.CouponUserLimitReached: "The customer had {limit} coupons of this series; no more.",
    errors.CouponTooSoon: "The customer's last one was issued less than {days} days ago.",
    errors.ReferenceUsedOtherwise: "This form was sent already, and asked for something else.",
    errors.CouponUnknown: "The coupon is no longer there.",
    errors.CouponRevoked: "The coupon was taken back already.",
    customer_errors.CustomerUnknown: "There is no such customer.",
    customer_errors.CustomerMerged: (
        "That customer was merged into customer {survivor_id}; name that one."
    ),
    customer_errors.ReasonInvalid: "The reason cannot be kept: at most {longest} characters.",
}


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
    list_filter = [SeriesFilter, CustomerFilter]
    list_select_related = ["series"]
    search_fields = ["code"]
    search_help_text = "The whole code"
    sortable_by = ()
    actions = None
    actions_list = ["issue"]
    actions_detail = ["revoke"]
    fields = [
        "code", "series", "standing", "holder", "issued_at", "issued_by", "issued_in",
        "active_from", "expires_at", "max_redemptions", "redemption_count",
        "transaction_number", "revoked_at", "revoked_by", "revoke_reason", "log",
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

    def has_issue_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("loyalty.issue_coupons"))

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("loyalty.revoke_coupons"))

    # --- Columns ------------------------------------------------------------------------

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

    @display(description="History")
    def log(self, coupon: Coupon) -> str:
        events = list_events_of(
            org_id=coupon.org_id, subject_type="coupon", subject_id=coupon.pk
        ).select_related("actor")[:MOST_EVENTS]
        return render_to_string("_pieces/history.html", {"history": happenings(events)})

    # --- Decisions ----------------------------------------------------------------------

    @action(
        description="Issue a coupon",
        permissions=["issue"],
        icon="confirmation_number",
        url_path="issue",
    )
    def issue(self, request: HttpRequest) -> HttpResponseBase:
        """Issue a coupon of a series to a customer, for a reason."""
        if not self.has_issue_permission(request):
            raise PermissionDenied
        series = list_coupon_series_names(org_id=staff_of(request).org_id, given_only=True)
        customer = known_customer(request.GET.get("customer", ""))
        form = IssueForm(series, customer, request.POST or None)

        def act(asked: dict[str, Any]) -> str:
            issued = issue_coupon(
                origin=origin_of(request),
                wish=CouponIssue(
                    series_id=asked["series"],
                    customer_id=asked["customer"],
                    reason=asked["reason"],
                    reference=form.reference(),
                ),
            )
            if issued.is_repeat:
                return f"{SENT_TWICE} It is coupon {issued.code}."
            if any(notice.code == notices.COUPON_RESENT for notice in issued.notices):
                return f"The customer holds coupon {issued.code} already; it is the one to use."
            return f"Coupon {issued.code} was issued to customer {asked['customer']}."

        return decide(
            self,
            request,
            form=form,
            act=act,
            sentences=SENTENCES,
            back_url=(
                reverse("admin:customers_customer_change", args=[customer])
                if customer
                else reverse("admin:loyalty_coupon_changelist")
            ),
            words={
                "title": "Issue a coupon",
                "heading": "Issue a coupon",
                "explanation": "The limits of the series hold here as they do for tills.",
                "button": "Issue coupon",
            },
            row=None,
        )

    @action(description="Revoke", permissions=["revoke"], icon="block", url_path="revoke")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Take the coupon back, for a reason."""
        if not self.has_revoke_permission(request):
            raise PermissionDenied
        coupon: Coupon | None = self.get_object(request, object_id)
        if coupon is None:
            raise Http404

        def act(asked: dict[str, Any]) -> str:
            revoke_coupon(origin=origin_of(request), coupon_id=coupon.pk, reason=asked["reason"])
            return f"Coupon {coupon.code} was revoked."

        return decide(
            self,
            request,
            form=RevokeForm(request.POST or None),
            act=act,
            sentences=SENTENCES,
            back_url=reverse("admin:loyalty_coupon_change", args=[coupon.pk]),
            words={
                "title": "Revoke",
                "heading": f"Revoke coupon {coupon.code}",
                "explanation": "It cannot be given back. What was redeemed stays redeemed.",
                "button": "Revoke coupon",
                "facts": [
                    ("Customer", coupon.customer_id),
                    ("Series", coupon.series),
                    ("Status", self.standing(coupon)),
                ],
            },
            row=coupon,
        )


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
