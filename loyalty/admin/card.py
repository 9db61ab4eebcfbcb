"""Admin of cards and card labels."""

from typing import Any

from django import forms
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
from unfold.widgets import UnfoldAdminSelectWidget

from crm.adminkit.action_pages import run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user, link_to_customer
from crm.adminkit.event_descriptions import format_value
from crm.adminkit.filters import CustomerFilter, RelatedFilter
from crm.adminkit.idempotent_forms import reason_field
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.org_scope import ConfigurationDesk
from crm.kernel.errors import DomainError
from loyalty.admin.card_issue_page import issue_customer_card
from loyalty.models import Card, CardLabel
from loyalty.operations.cards.update import CardUpdate, update_card
from loyalty.queries.cards.cards import find_cards, list_card_log
from loyalty.queries.desk_lists import list_card_label_names, list_card_series_names
from loyalty.rules.cards import get_status_at

COLOURS = {
    # A status missing here would be shown instead of its label.
    "NOT_ISSUED": None,
    "ISSUED": "info",
    "ACTIVE": "success",
    "SUSPENDED": "warning",
    "EXPIRED": "danger",
    "DELETED": None,
}
MAX_CHANGES = 20


class SeriesFilter(RelatedFilter):
    title = _("series")
    parameter_name = "series"
    list_names = staticmethod(list_card_series_names)


class LabelFilter(RelatedFilter):
    title = _("label")
    parameter_name = "label"
    list_names = staticmethod(list_card_label_names)


class LabelForm(forms.Form):
    label = forms.ChoiceField(label=_("New label"), widget=UnfoldAdminSelectWidget)
    reason = reason_field(_("Reason for the change"))

    def __init__(self, labels: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # No default: the first label could be one that ends the card.
        choices = [("", gettext("Select a label")), *((name, name) for name in labels)]
        self.fields["label"].choices = choices  # type: ignore[attr-defined]


@admin.register(Card)
class CardDesk(KeyPagedDesk):
    list_display = ["number", "status_label", "series", "holder", "issued_at", "expires_at"]
    list_display_links = ["number"]
    list_filter = [SeriesFilter, LabelFilter, CustomerFilter]
    list_select_related = ["series", "label"]
    search_fields = ["number"]
    search_help_text = _("Exact card number or external ID")
    actions_detail = ["change_label"]
    fields = [
        "number",
        "external_id",
        "series",
        "label_text",
        "holder",
        "issued_at",
        "issued_by",
        "expires_at",
        "custom_fields_text",
        "extended_fields_text",
        "created_at",
        "created_by",
        "label_log",
    ]
    readonly_fields = fields

    def search_rows(self, request: HttpRequest, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        org_id = get_staff_user(request).org_id
        matches = find_cards(org_id=org_id, keys=[(text, None), (None, text)])
        card_ids = [match for match in matches if not isinstance(match, DomainError)]
        return rows.filter(pk__in=card_ids)

    def has_label_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("loyalty.change_card"))

    # --- Columns ------------------------------------------------------------------------

    @display(description=_("Label"), label=COLOURS)
    def status_label(self, card: Card) -> tuple[str, str]:
        status = get_status_at(card.status, card.expires_at, timezone.now())
        is_expired = status != card.status
        return status, gettext("{label} (expired)").format(
            label=card.label
        ) if is_expired else card.label.label

    @display(description=_("Label"))
    def label_text(self, card: Card) -> str:
        return self.status_label(card)[1]

    @display(description=_("Customer"))
    def holder(self, card: Card) -> str | None:
        return link_to_customer(card.customer_id)

    @display(description=_("Custom fields"))
    def custom_fields_text(self, card: Card) -> str:
        return format_value(card.custom_fields)

    @display(description=_("Extended fields"))
    def extended_fields_text(self, card: Card) -> str:
        return format_value(card.extended_fields)

    @display(description=_("Label history"))
    def label_log(self, card: Card) -> str:
        lines = list_card_log(org_id=card.org_id, card_id=card.pk, limit=MAX_CHANGES)
        return render_to_string("_pieces/card_log.html", {"lines": lines})

    # --- Decisions ----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        issue = path(
            "issue/<int:customer_id>/",
            self.admin_site.admin_view(self.issue),
            name="loyalty_card_issue",
        )
        return [issue, *super().get_urls()]

    def issue(self, request: HttpRequest, customer_id: int) -> HttpResponseBase:
        """Issue a card to the customer, with a reason."""
        return issue_customer_card(self, request, customer_id)

    @action(description=_("Change label"), permissions=["label"], icon="label")
    def change_label(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Change the label of the card, with a reason."""
        if not self.has_label_permission(request):
            raise PermissionDenied
        card: Card | None = self.get_object(request, object_id)
        if card is None:
            raise Http404
        labels = [
            name
            for _, name in list_card_label_names(
                org_id=get_staff_user(request).org_id, active_only=True, exclude_id=card.label_id
            )
        ]

        def act(data: dict[str, Any]) -> str:
            change = CardUpdate(number=card.number, label=data["label"], reason=data["reason"])
            update_card(origin=get_origin(request), change=change)
            return gettext("The label is now {label}.").format(label=data["label"])

        return run_action_form(
            self,
            request,
            form=LabelForm(labels, request.POST or None),
            act=act,
            back_url=reverse("admin:loyalty_card_change", args=[card.pk]),
            words={
                "title": gettext("Label of {number}").format(number=card.number),
                "heading": gettext("Change the label"),
                "explanation": gettext("A label with status NOT_ISSUED takes the card back."),
                "facts": [(gettext("Card"), card.number), (gettext("Label"), card.label)],
                "button": gettext("Change label"),
            },
            row=card,
        )


@admin.register(CardLabel)
class CardLabelDesk(ConfigurationDesk):
    list_display = ["label", "status", "is_default", "is_active"]
    list_filter = ["status", "is_active"]
    search_fields = ["label"]
    ordering = ["label", "id"]
    fields = ["label", "status", "is_default", "is_active"]
    # Cards copy the status of their label.
    readonly_after_creation = ("status",)
