"""The desk of members: who is in which program, and the points that staff give, take or move."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import display

from crm.adminkit.deciding import decide
from crm.adminkit.filters import CustomerFilter
from crm.adminkit.key_paging import COUNTED, KeyPagedList
from crm.adminkit.once import SENT_TWICE
from crm.adminkit.person import staff_of
from crm.adminkit.points import amount
from crm.adminkit.recording import origin_of
from crm.adminkit.scoping import ReadOnlyDesk
from customers import errors as customer_errors
from customers.queries.search import find_customer_ids
from loyalty import errors
from loyalty.admin.filters import ProgramFilter
from loyalty.admin.moving_forms import AdjustForm, TransferForm
from loyalty.models import Enrollment
from loyalty.operations.posting import post_movement
from loyalty.operations.transferring import Transfer, transfer_points
from loyalty.rules.amounts import ZERO
from loyalty.rules.movements import Movement

# The reasons for a no that these forms can meet, in words for staff.
SENTENCES: dict[Any, str] = {
    errors.InsufficientPoints: "Only {available} points can be spent; {asked} were asked for.",
    errors.NotEnrolled: "Customer {customer_id} is no member of this program.",
    errors.ProgramUnknown: "The program is no longer there.",
    errors.MarkedAsFraud: "Customer {customer_id} is marked as fraud; nothing is moved.",
    errors.TransferToSelf: "Both are the same customer.",
    errors.PointsInvalid: "Give a number of points other than 0, with 3 decimals at most.",
    errors.LedgerTextInvalid: "The reason cannot be kept: at most {longest} ordinary characters.",
    errors.ReferenceUsedOtherwise: "This form was sent already, and asked for something else.",
    customer_errors.CustomerUnknown: "There is no such customer.",
    customer_errors.CustomerMerged: "That customer was merged into another one; name that one.",
}


@admin.register(Enrollment)
class MemberDesk(ReadOnlyDesk):
    list_display = ["customer_link", "program", "tier", "points_now", "lifetime_points", "joined"]
    list_display_links = ["customer_link"]
    list_filter = [ProgramFilter, CustomerFilter]
    list_select_related = ["program", "tier"]
    search_fields = ["id"]  # shows the field; what is searched is the search table
    search_help_text = "Name, mobile, email, any identifier of the customer"
    sortable_by = ()
    actions = None

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return KeyPagedList

    def prepare_page(self, request: HttpRequest, page: list[Enrollment]) -> list[Enrollment]:
        return page

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        org_id = staff_of(request).org_id
        ids = find_customer_ids(org_id=org_id, text=search_term, limit=COUNTED + 1)
        return queryset.filter(customer_id__in=ids), False

    @display(description="Customer")
    def customer_link(self, member: Enrollment) -> str:
        return f"Customer {member.customer_id}"

    @display(description="Points")
    def points_now(self, member: Enrollment) -> str:
        return amount(member.points)

    @display(description="Lifetime")
    def lifetime_points(self, member: Enrollment) -> str:
        return amount(member.lifetime)

    @display(description="Member since")
    def joined(self, member: Enrollment) -> Any:
        return member.enrolled_at

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
                "<int:enrollment_id>/transfer/",
                guarded(self.transfer),
                name="loyalty_enrollment_transfer",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """A member is shown on the customer's page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        member = self.get_object(request, object_id)
        if member is None:
            raise Http404
        return redirect("admin:customers_customer_change", member.customer_id)

    def adjust(self, request: HttpRequest, enrollment_id: int) -> HttpResponseBase:
        """Give or take points by hand, for a reason."""
        member = self._member(request, enrollment_id, "loyalty.adjust_points")

        form = AdjustForm(request.POST or None)

        def act(asked: dict[str, Any]) -> str:
            posted = post_movement(
                origin=origin_of(request),
                movement=Movement(
                    customer_id=member.customer_id,
                    program_id=member.program_id,
                    kind="ADJUST",
                    points=asked["points"],
                    reference=form.reference(),
                    notes=asked["reason"],
                ),
            )
            left = f"{amount(posted.balance or ZERO)} points can be spent now."
            if posted.is_repeat:
                return f"{SENT_TWICE} {left}"
            return f"Adjusted. {left}"

        return self._ask(
            request,
            member,
            form,
            act,
            heading="Adjust points",
            explanation="The ledger keeps what was done, by whom and why; it cannot be edited.",
            button="Adjust points",
        )

    def transfer(self, request: HttpRequest, enrollment_id: int) -> HttpResponseBase:
        """Give points of this member to another customer."""
        member = self._member(request, enrollment_id, "loyalty.transfer_points")

        form = TransferForm(request.POST or None)

        def act(asked: dict[str, Any]) -> str:
            outcome = transfer_points(
                origin=origin_of(request),
                transfer=Transfer(
                    from_customer_id=member.customer_id,
                    to_customer_id=asked["customer"],
                    points=asked["points"],
                    program_id=member.program_id,
                    notes=asked["reason"],
                    reference=form.reference(),
                ),
            )
            left = f"{amount(outcome.from_balance or ZERO)} are left."
            if outcome.is_repeat:
                return f"{SENT_TWICE} {left}"
            return f"{amount(asked['points'])} points went to customer {asked['customer']}. {left}"

        return self._ask(
            request,
            member,
            form,
            act,
            heading="Transfer points",
            explanation="Points keep the day on which they expire.",
            button="Transfer points",
        )

    def _member(self, request: HttpRequest, enrollment_id: int, right: str) -> Enrollment:
        if not request.user.has_perm(right):
            raise PermissionDenied
        member: Enrollment | None = self.get_object(request, str(enrollment_id))
        if member is None:
            raise Http404
        return member

    def _ask(
        self, request: HttpRequest, member: Enrollment, form: forms.Form, act: Any, **words: Any
    ) -> HttpResponseBase:
        words["facts"] = [
            ("Customer", member.customer_id),
            ("Program", member.program),
            ("Points", amount(member.points)),
        ]
        return decide(
            self,
            request,
            form=form,
            act=act,
            sentences=SENTENCES,
            back_url=reverse("admin:customers_customer_change", args=[member.customer_id]),
            words={"title": words["heading"], **words},
            row=member,
        )
