"""Admin of referral campaigns and invitations."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crm.adminkit.current_staff import get_staff_user, link_to_customer
from crm.adminkit.filters import CustomerFilter, RelatedFilter
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.localized import format_day
from crm.adminkit.org_scope import ConfigurationDesk, OrgModelForm
from loyalty.models import Invitation, ReferralCampaign
from loyalty.queries.desk_lists import list_campaign_names
from loyalty.queries.referrals.campaigns import clear_campaign_cache
from loyalty.queries.referrals.referrals import filter_invitations, list_events_by_invitation
from loyalty.rules.referrals import MAX_TOKEN_LENGTH

EVENT_LABELS = {
    "": gettext_noop("Not yet"),
    "REGISTRATION": gettext_noop("Registered"),
    "TRANSACTION": gettext_noop("Bought"),
}


class CampaignForm(OrgModelForm):
    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"].strip()
        if not token or len(token.split()) > 1 or not token.isprintable():
            raise forms.ValidationError(gettext("Enter a token without spaces."))
        return token[:MAX_TOKEN_LENGTH]


@admin.register(ReferralCampaign)
class ReferralCampaignDesk(ConfigurationDesk):
    form = CampaignForm
    list_display = ["name", "token", "running_days", "is_default", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "token"]
    ordering = ["name", "id"]
    # Tills and apps send the token.
    readonly_after_creation = ("token",)
    fieldsets = [
        (None, {"fields": ["name", "token", "is_default", "is_active"]}),
        (_("Schedule"), {"fields": ["first_day", "last_day"]}),
        (_("Invitees"), {"fields": ["takes_customers", "most_invitees"]}),
        (
            _("Incentives"),
            {"fields": ["registration_series", "transaction_series"]},
        ),
    ]

    @display(description=_("Runs"))
    def running_days(self, campaign: ReferralCampaign) -> str:
        first, last = (
            format_day(day) if day else "" for day in (campaign.first_day, campaign.last_day)
        )
        if first and last:
            return gettext("{first} to {last}").format(first=first, last=last)
        return (
            gettext("from {first}").format(first=first)
            if first
            else gettext("until {last}").format(last=last)
            if last
            else gettext("no end date")
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        clear_campaign_cache(obj.org_id)


class CampaignFilter(RelatedFilter):
    title = _("campaign")
    parameter_name = "campaign"
    list_names = staticmethod(list_campaign_names)


@admin.register(Invitation)
class InvitationDesk(KeyPagedDesk):
    list_display = ["identifier", "name", "event_label", "referrer", "campaign", "invited_at"]
    list_display_links = ["identifier"]
    list_filter = [CampaignFilter, CustomerFilter]
    list_select_related = ["campaign"]
    search_fields = ["identifier"]
    search_help_text = _("Exact mobile number or email address")
    fields = [
        "type", "identifier", "name", "campaign", "referrer", "invited_at", "invited_by",
        "recorded_at", "event_list",
    ]  # fmt: skip
    readonly_fields = fields

    def prepare_page(self, request: HttpRequest, page: list[Invitation]) -> list[Invitation]:
        """Add the referral events to each row of the page."""
        events = list_events_by_invitation(invitation_ids=[row.pk for row in page])
        for row in page:
            row.events = events.get(row.pk, [])  # type: ignore[attr-defined]
        return page

    def search_rows(self, request: HttpRequest, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return filter_invitations(rows, org=get_staff_user(request).org, text=text)

    @display(
        description=_("Status"), label={"": None, "REGISTRATION": "success", "TRANSACTION": "info"}
    )
    def event_label(self, invitation: Any) -> tuple[str, str]:
        event = invitation.events[-1] if invitation.events else ""
        return event, gettext(EVENT_LABELS[event])

    @display(description=_("Outcome"))
    def event_list(self, invitation: Invitation) -> str:
        events = list_events_by_invitation(invitation_ids=[invitation.pk]).get(invitation.pk, [])
        return ", ".join(gettext(EVENT_LABELS[event]) for event in events or [""])

    @display(description=_("Invited by customer"))
    def referrer(self, invitation: Invitation) -> str | None:
        return link_to_customer(invitation.customer_id)
