"""Admin of enrollments: the list, and pages to adjust and transfer points."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crm.adminkit.action_pages import run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.filters import CustomerFilter
from crm.adminkit.idempotent_forms import SENT_TWICE
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.point_formats import format_amount
from loyalty.admin.filters import ProgramFilter
from loyalty.admin.partner_memberships import (
    LINK_PARTNERS,
    change_partner_tier,
    link_partner,
    unlink_partner,
)
from loyalty.admin.point_forms import AdjustForm, TransferForm
from loyalty.admin.points_redemption_page import redeem_enrollment_points
from loyalty.models import Enrollment
from loyalty.operations.points.post import post_movement
from loyalty.operations.points.transfer import Transfer, transfer_points
from loyalty.rules.amounts import ZERO
from loyalty.rules.movements import Movement


@admin.register(Enrollment)
class EnrollmentDesk(KeyPagedDesk):
    list_display = [
        "customer_link",
        "program",
        "tier",
        "current_points",
        "lifetime_points",
        "member_since",
    ]
    list_display_links = ["customer_link"]
    list_filter = [ProgramFilter, CustomerFilter]
    list_select_related = ["program", "tier"]
    search_fields = ["id"]  # shows the search field; the query uses the search table
    search_help_text = _("Name, mobile, email, any identifier of the customer")

    @display(description=_("Customer"))
    def customer_link(self, enrollment: Enrollment) -> str:
        return gettext("Customer {customer_id}").format(customer_id=enrollment.customer_id)

    @display(description=_("Points"))
    def current_points(self, enrollment: Enrollment) -> str:
        return format_amount(enrollment.points)

    @display(description=_("Lifetime"))
    def lifetime_points(self, enrollment: Enrollment) -> str:
        return format_amount(enrollment.lifetime)

    @display(description=_("Member since"))
    def member_since(self, enrollment: Enrollment) -> Any:
        return enrollment.enrolled_at

    # --- Pages --------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path(
                "<int:enrollment_id>/adjust/",
                guarded(self.adjust),
                name="loyalty_enrollment_adjust",
            ),
            path(
                "<int:enrollment_id>/redeem/",
                guarded(self.redeem),
                name="loyalty_enrollment_redeem",
            ),
            path(
                "<int:enrollment_id>/transfer/",
                guarded(self.transfer),
                name="loyalty_enrollment_transfer",
            ),
            path(
                "<int:enrollment_id>/partners/link/",
                guarded(self.link_partner),
                name="loyalty_enrollment_link_partner",
            ),
            path(
                "<int:enrollment_id>/partners/<int:link_id>/tier/",
                guarded(self.change_partner_tier),
                name="loyalty_enrollment_partner_tier",
            ),
            path(
                "<int:enrollment_id>/partners/<int:link_id>/unlink/",
                guarded(self.unlink_partner),
                name="loyalty_enrollment_unlink_partner",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """Redirect to the customer page, which shows the enrollment."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        enrollment = self.get_object(request, object_id)
        if enrollment is None:
            raise Http404
        return redirect("admin:customers_customer_change", enrollment.customer_id)

    def adjust(self, request: HttpRequest, enrollment_id: int) -> HttpResponseBase:
        """Adjust the points of an enrollment, with a reason."""
        enrollment = self._get_enrollment(request, enrollment_id, "loyalty.adjust_points")

        form = AdjustForm(request.POST or None)

        def act(data: dict[str, Any]) -> str:
            result = post_movement(
                origin=get_origin(request),
                movement=Movement(
                    customer_id=enrollment.customer_id,
                    program_id=enrollment.program_id,
                    kind="ADJUST",
                    points=data["points"],
                    reference=form.reference(),
                    notes=data["reason"],
                ),
            )
            balance_text = gettext("{balance} points are available now.").format(
                balance=format_amount(result.balance or ZERO)
            )
            if result.is_repeat:
                return f"{SENT_TWICE} {balance_text}"
            return gettext("Adjusted. {balance_text}").format(balance_text=balance_text)

        return self._run_action(
            request,
            enrollment,
            form,
            act,
            heading=gettext("Adjust points"),
            explanation=gettext(
                "The ledger records it with actor and reason. It cannot be edited."
            ),
            button=gettext("Adjust points"),
        )

    def redeem(self, request: HttpRequest, enrollment_id: int) -> HttpResponseBase:
        """Redeem points of an enrollment, by the rules of its program."""
        enrollment = self._get_enrollment(request, enrollment_id, "loyalty.redeem_points")
        return redeem_enrollment_points(self, request, enrollment)

    def transfer(self, request: HttpRequest, enrollment_id: int) -> HttpResponseBase:
        """Transfer points of an enrollment to another customer."""
        enrollment = self._get_enrollment(request, enrollment_id, "loyalty.transfer_points")

        form = TransferForm(request.POST or None)

        def act(data: dict[str, Any]) -> str:
            result = transfer_points(
                origin=get_origin(request),
                transfer=Transfer(
                    from_customer_id=enrollment.customer_id,
                    to_customer_id=data["customer"],
                    points=data["points"],
                    program_id=enrollment.program_id,
                    notes=data["reason"],
                    reference=form.reference(),
                ),
            )
            balance_text = gettext("{from_balance} points are left.").format(
                from_balance=format_amount(result.from_balance or ZERO)
            )
            if result.is_repeat:
                return f"{SENT_TWICE} {balance_text}"
            points = format_amount(data["points"])
            return gettext("{points} points went to customer {customer}. {balance_text}").format(
                points=points, customer=data["customer"], balance_text=balance_text
            )

        return self._run_action(
            request,
            enrollment,
            form,
            act,
            heading=gettext("Transfer points"),
            explanation=gettext("The points keep their expiry date."),
            button=gettext("Transfer points"),
        )

    def link_partner(self, request: HttpRequest, enrollment_id: int) -> HttpResponseBase:
        """Link the customer to a partner of the enrollment's program."""
        enrollment = self._get_enrollment(request, enrollment_id, LINK_PARTNERS)
        return link_partner(self, request, enrollment)

    def change_partner_tier(
        self, request: HttpRequest, enrollment_id: int, link_id: int
    ) -> HttpResponseBase:
        """Change the customer's tier in a partner's program."""
        enrollment = self._get_enrollment(request, enrollment_id, LINK_PARTNERS)
        return change_partner_tier(self, request, enrollment, link_id)

    def unlink_partner(
        self, request: HttpRequest, enrollment_id: int, link_id: int
    ) -> HttpResponseBase:
        """Unlink the customer from a partner's program."""
        enrollment = self._get_enrollment(request, enrollment_id, LINK_PARTNERS)
        return unlink_partner(self, request, enrollment, link_id)

    def _get_enrollment(
        self, request: HttpRequest, enrollment_id: int, permission: str
    ) -> Enrollment:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        enrollment: Enrollment | None = self.get_object(request, str(enrollment_id))
        if enrollment is None:
            raise Http404
        return enrollment

    def _run_action(
        self, request: HttpRequest, enrollment: Enrollment, form: forms.Form, act: Any, **texts: Any
    ) -> HttpResponseBase:
        texts["facts"] = [
            (gettext("Customer"), enrollment.customer_id),
            (gettext("Program"), enrollment.program),
            (gettext("Points"), format_amount(enrollment.points)),
        ]
        return run_action_form(
            self,
            request,
            form=form,
            act=act,
            back_url=reverse("admin:customers_customer_change", args=[enrollment.customer_id]),
            words={"title": texts["heading"], **texts},
            row=enrollment,
        )
