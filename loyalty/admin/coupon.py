"""Admin of coupons."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from crm.adminkit.action_pages import run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user, link_to_customer
from crm.adminkit.event_descriptions import describe_events
from crm.adminkit.filters import CustomerFilter, RelatedFilter
from crm.adminkit.idempotent_forms import SENT_TWICE
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.audit.queries import list_subject_events
from crm.kernel.ids import read_id
from loyalty import notices
from loyalty.admin.coupon_forms import IssueForm, ReactivateForm, RevokeForm
from loyalty.admin.coupon_redemption_page import redeem_customer_coupons
from loyalty.models import Coupon
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupon
from loyalty.operations.coupons.reactivate import reactivate_redemptions
from loyalty.operations.coupons.redeem import revoke_coupon
from loyalty.queries.coupons.coupons import list_redemptions_in_force
from loyalty.queries.customer_page import get_coupon_status
from loyalty.queries.desk_lists import list_coupon_series_names
from loyalty.rules.coupons import clean_code

COLOURS = {"ACTIVE": "success", "REDEEMED": "info", "EXPIRED": "warning", "REVOKED": "danger"}
ISSUE_ERROR_FIELDS = {
    "customers.customer_unknown": "customer",
    "customers.customer_merged": "customer",
    **dict.fromkeys(
        (
            "loyalty.coupon_held",
            "loyalty.coupon_series_expired",
            "loyalty.coupon_series_inactive",
            "loyalty.coupon_series_used_up",
            "loyalty.coupon_too_soon",
            "loyalty.coupon_user_limit_reached",
        ),
        "series",
    ),
}
MAX_EVENTS = 20
MAX_REDEMPTIONS = 100  # that the page offers to take back, newest first


class SeriesFilter(RelatedFilter):
    title = _("series")
    parameter_name = "series"
    list_names = staticmethod(list_coupon_series_names)


@admin.register(Coupon)
class CouponDesk(KeyPagedDesk):
    list_display = ["code", "status_label", "series", "holder", "issued_at", "expires_at"]
    list_display_links = ["code"]
    list_filter = [SeriesFilter, CustomerFilter]
    list_select_related = ["series"]
    search_fields = ["code"]
    search_help_text = _("Exact coupon code")
    actions_list = ["issue"]
    actions_detail = ["reactivate", "revoke"]
    fields = [
        "code", "series", "status_text", "holder", "issued_at", "issued_by", "issued_in",
        "active_from", "expires_at", "max_redemptions", "redemption_count",
        "transaction_number", "revoked_at", "revoked_by", "revoke_reason", "history",
    ]  # fmt: skip
    readonly_fields = fields

    def search_rows(self, request: HttpRequest, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(code=clean_code(text))

    def has_issue_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("loyalty.issue_coupons"))

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("loyalty.revoke_coupons"))

    def has_reactivate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("loyalty.reactivate_coupons"))

    # --- Columns ------------------------------------------------------------------------

    @display(description=_("Status"), label=COLOURS)
    def status_label(self, coupon: Coupon) -> tuple[str, str]:
        status = get_coupon_status(coupon, timezone.now())
        return status, gettext(status.capitalize())

    @display(description=_("Status"))
    def status_text(self, coupon: Coupon) -> str:
        return self.status_label(coupon)[1]

    @display(description=_("Customer"))
    def holder(self, coupon: Coupon) -> str | None:
        return link_to_customer(coupon.customer_id)

    @display(description=_("History"))
    def history(self, coupon: Coupon) -> str:
        events = list_subject_events(
            org_id=coupon.org_id, subject_type="coupon", subject_id=coupon.pk
        ).select_related("actor")[:MAX_EVENTS]
        return render_to_string("_pieces/history.html", {"history": describe_events(events)})

    # --- Decisions ----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        redeem = path(
            "redeem/<int:customer_id>/",
            self.admin_site.admin_view(self.redeem),
            name="loyalty_coupon_redeem",
        )
        return [redeem, *super().get_urls()]

    def redeem(self, request: HttpRequest, customer_id: int) -> HttpResponseBase:
        """Redeem coupons that the customer presents."""
        return redeem_customer_coupons(self, request, customer_id)

    @action(
        description=_("Issue a coupon"),
        permissions=["issue"],
        icon="confirmation_number",
        url_path="issue",
    )
    def issue(self, request: HttpRequest) -> HttpResponseBase:
        """Issue a coupon to a customer, with a reason."""
        if not self.has_issue_permission(request):
            raise PermissionDenied
        series = list_coupon_series_names(org_id=get_staff_user(request).org_id, active_only=True)
        customer = read_id(request.GET.get("customer", ""))
        form = IssueForm(series, customer, request.POST or None)

        def act(data: dict[str, Any]) -> str:
            result = issue_coupon(
                origin=get_origin(request),
                request=CouponIssueRequest(
                    series_id=data["series"],
                    customer_id=data["customer"],
                    reason=data["reason"],
                    reference=form.reference(),
                ),
            )
            if result.is_repeat:
                return gettext("{sent_twice} It is coupon {code}.").format(
                    sent_twice=SENT_TWICE, code=result.code
                )
            if any(notice.code == notices.COUPON_RESENT for notice in result.notices):
                return gettext(
                    "The customer already holds coupon {code}. No new one was issued."
                ).format(code=result.code)
            return gettext("Coupon {code} was issued to customer {customer}.").format(
                code=result.code, customer=data["customer"]
            )

        return run_action_form(
            self,
            request,
            form=form,
            act=act,
            back_url=(
                reverse("admin:customers_customer_change", args=[customer])
                if customer
                else reverse("admin:loyalty_coupon_changelist")
            ),
            words={
                "title": gettext("Issue a coupon"),
                "heading": gettext("Issue a coupon"),
                "explanation": gettext("The limits of the series apply."),
                "button": gettext("Issue coupon"),
            },
            row=None,
            error_fields=ISSUE_ERROR_FIELDS,
        )

    @action(description=_("Revoke"), permissions=["revoke"], icon="block", url_path="revoke")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Revoke the coupon, with a reason."""
        if not self.has_revoke_permission(request):
            raise PermissionDenied
        coupon: Coupon | None = self.get_object(request, object_id)
        if coupon is None:
            raise Http404

        def act(data: dict[str, Any]) -> str:
            revoke_coupon(origin=get_origin(request), coupon_id=coupon.pk, reason=data["reason"])
            return gettext("Coupon {code} was revoked.").format(code=coupon.code)

        return run_action_form(
            self,
            request,
            form=RevokeForm(request.POST or None),
            act=act,
            back_url=reverse("admin:loyalty_coupon_change", args=[coupon.pk]),
            words={
                "title": gettext("Revoke"),
                "heading": gettext("Revoke coupon {code}").format(code=coupon.code),
                "explanation": gettext("This cannot be undone. Past redemptions stay valid."),
                "button": gettext("Revoke coupon"),
                "facts": [
                    (gettext("Customer"), coupon.customer_id),
                    (gettext("Series"), coupon.series),
                    (gettext("Status"), self.status_text(coupon)),
                ],
            },
            row=coupon,
        )

    @action(
        description=_("Take a redemption back"),
        permissions=["reactivate"],
        icon="undo",
        url_path="reactivate",
    )
    def reactivate(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Take a redemption of the coupon back, with a reason: the coupon can be used again."""
        if not self.has_reactivate_permission(request):
            raise PermissionDenied
        coupon: Coupon | None = self.get_object(request, object_id)
        if coupon is None:
            raise Http404
        redemptions = list_redemptions_in_force(coupon_id=coupon.pk, limit=MAX_REDEMPTIONS)

        def act(data: dict[str, Any]) -> str:
            reactivate_redemptions(
                origin=get_origin(request),
                redemption_ids=[data["redemption"]],
                reason=data["reason"],
            )
            return gettext(
                "The redemption was taken back. Coupon {code} can be used again."
            ).format(code=coupon.code)

        return run_action_form(
            self,
            request,
            form=ReactivateForm(redemptions, request.POST or None),
            act=act,
            back_url=reverse("admin:loyalty_coupon_change", args=[coupon.pk]),
            words={
                "title": gettext("Take a redemption back"),
                "heading": gettext("Take a redemption of coupon {code} back").format(
                    code=coupon.code
                ),
                "explanation": (
                    gettext("This cannot be undone. The redemption counts for no limit any more.")
                    if redemptions
                    else gettext("The coupon has no redemption that counts.")
                ),
                "button": gettext("Take the redemption back"),
                "facts": [
                    (gettext("Customer"), coupon.customer_id),
                    (gettext("Series"), coupon.series),
                    (gettext("Status"), self.status_text(coupon)),
                ],
            },
            row=coupon,
        )
