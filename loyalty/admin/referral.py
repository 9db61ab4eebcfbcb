"""The desks of referral campaigns, and of who was invited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from crm.adminkit.filters import CustomerFilter, OfferedFilter
from crm.adminkit.key_paging import KeyPagedList
from crm.adminkit.person import link_to_customer, staff_of
from crm.adminkit.scoping import ConfigurationDesk, OrgModelForm, ReadOnlyDesk
from loyalty.models import Invitation, ReferralCampaign
from loyalty.queries.desk_lists import list_campaign_names
from loyalty.queries.referral_campaigns import forget_campaigns
from loyalty.queries.referrals import find_invitations, who_came
from loyalty.rules.referrals import LONGEST_TOKEN

CAME = {"REGISTRATION": "Registered", "TRANSACTION": "Bought"}


class CampaignForm(OrgModelForm):
    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"].strip()
        if not token or len(token.split()) > 1 or not token.isprintable():
            raise forms.ValidationError("A token is one word, which tills and apps send.")
        return token[:LONGEST_TOKEN]


@admin.register(ReferralCampaign)
class ReferralCampaignDesk(ConfigurationDesk):
    form = CampaignForm
    list_display = ["name", "token", "days", "is_default", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "token"]
    ordering = ["name", "id"]
    # Tills and apps send it.
    fixed_once_made = ("token",)
    fieldsets = [
        (None, {"fields": ["name", "token", "is_default", "is_active"]}),
        ("When it runs", {"fields": ["first_day", "last_day"]}),
        ("Whom customers may invite", {"fields": ["takes_customers", "most_invitees"]}),
        (
            "What they get when somebody comes",
            {"fields": ["registration_series", "transaction_series"]},
        ),
    ]

    @display(description="Runs")
    def days(self, campaign: ReferralCampaign) -> str:
        first, last = (
            f"{day:%d %b %Y}" if day else "" for day in (campaign.first_day, campaign.last_day)
        )
        if first and last:
            return f"{first} to {last}"
        return f"from {first}" if first else f"until {last}" if last else "without end"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        forget_campaigns(obj.org_id)


class CampaignFilter(OfferedFilter):
    title = "campaign"
    parameter_name = "campaign"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        rows = list_campaign_names(org_id=staff_of(request).org_id)
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset if given is None else queryset.filter(campaign_id=int(given))


@admin.register(Invitation)
class InvitationDesk(ReadOnlyDesk):
    list_display = ["identifier", "name", "came", "referrer", "campaign", "invited_at"]
    list_display_links = ["identifier"]
    list_filter = [CampaignFilter, CustomerFilter]
    list_select_related = ["campaign"]
    search_fields = ["identifier"]
    search_help_text = "The whole mobile number or email address"
    sortable_by = ()
    actions = None
    fields = [
        "type", "identifier", "name", "campaign", "referrer", "invited_at", "invited_by",
        "recorded_at", "outcome",
    ]  # fmt: skip
    readonly_fields = fields

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return KeyPagedList

    def prepare_page(self, request: HttpRequest, page: list[Invitation]) -> list[Invitation]:
        """Lay beside each row of the page what became of it."""
        events = who_came(invitation_ids=[row.pk for row in page])
        for row in page:
            row.events = events.get(row.pk, [])  # type: ignore[attr-defined]
        return page

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return find_invitations(queryset, org=staff_of(request).org, text=search_term), False

    @display(description="Came", label={"Not yet": None, "Registered": "success", "Bought": "info"})
    def came(self, invitation: Any) -> str:
        return CAME[invitation.events[-1]] if invitation.events else "Not yet"

    @display(description="What became of it")
    def outcome(self, invitation: Invitation) -> str:
        events = who_came(invitation_ids=[invitation.pk]).get(invitation.pk, [])
        return ", ".join(CAME[event] for event in events) or "Nobody came yet"

    @display(description="Invited by customer")
    def referrer(self, invitation: Invitation) -> str | None:
        return link_to_customer(invitation.customer_id)
