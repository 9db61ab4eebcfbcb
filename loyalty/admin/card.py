"""The desks of cards and of their labels."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from crm.adminkit.deciding import decide
from crm.adminkit.filters import CustomerFilter, OfferedFilter
from crm.adminkit.history import in_words
from crm.adminkit.key_paging import KeyPagedList
from crm.adminkit.once import reason_field
from crm.adminkit.person import link_to_customer, staff_of
from crm.adminkit.recording import origin_of
from crm.adminkit.scoping import ConfigurationDesk, ReadOnlyDesk
from crm.kernel.errors import DomainError
from customers import errors as customer_errors
from loyalty import errors
from loyalty.models import Card, CardLabel
from loyalty.operations.updating_cards import CardChange, update_card
from loyalty.queries.cards import find_cards, list_card_log
from loyalty.queries.desk_lists import list_card_label_names, list_card_series_names
from loyalty.rules.cards import status_at

COLOURS = {
    # A status that is not named here would be shown instead of its label.
    "NOT_ISSUED": None,
    "ISSUED": "info",
    "ACTIVE": "success",
    "SUSPENDED": "warning",
    "EXPIRED": "danger",
    "DELETED": None,
}
MOST_CHANGES = 20
SENTENCES: dict[Any, str] = {
    errors.CardTransitionRefused: "A card that is {present} cannot become {wanted}.",
    errors.CardLabelUnknown: "This label is no longer given. Choose another one.",
    errors.CardLimitReached: "The customer holds as many cards of this series as are allowed.",
    errors.CardUnknown: "The card is no longer there.",
    customer_errors.ReasonInvalid: "The reason cannot be kept: at most {longest} characters.",
}


class SeriesFilter(OfferedFilter):
    title = "series"
    parameter_name = "series"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        rows = list_card_series_names(org_id=staff_of(request).org_id)
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset if given is None else queryset.filter(series_id=int(given))


class LabelFilter(OfferedFilter):
    title = "label"
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        rows = list_card_label_names(org_id=staff_of(request).org_id)
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset if given is None else queryset.filter(label_id=int(given))


class LabelForm(forms.Form):
    label = forms.ChoiceField(label="New label", widget=UnfoldAdminSelectWidget)
    reason = reason_field("Why it changes")

    def __init__(self, labels: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # None is chosen already: the first of the alphabet may be the one that ends the card.
        choices = [("", "Choose one"), *((name, name) for name in labels)]
        self.fields["label"].choices = choices  # type: ignore[attr-defined]


@admin.register(Card)
class CardDesk(ReadOnlyDesk):
    list_display = ["number", "state", "series", "holder", "issued_at", "expires_at"]
    list_display_links = ["number"]
    list_filter = [SeriesFilter, LabelFilter, CustomerFilter]
    list_select_related = ["series", "label"]
    search_fields = ["number"]
    search_help_text = "The whole number, or the external id"
    sortable_by = ()
    actions = None
    actions_detail = ["change_label"]
    fields = [
        "number", "external_id", "series", "standing", "holder", "issued_at", "issued_by",
        "expires_at", "custom", "extended", "created_at", "created_by", "log",
    ]  # fmt: skip
    readonly_fields = fields

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return KeyPagedList

    def prepare_page(self, request: HttpRequest, page: list[Card]) -> list[Card]:
        return page

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        org_id = staff_of(request).org_id
        found = find_cards(org_id=org_id, named=[(text, None), (None, text)])
        keys = [one for one in found if not isinstance(one, DomainError)]
        return queryset.filter(pk__in=keys), False

    def has_label_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("loyalty.change_card"))

    # --- Columns ------------------------------------------------------------------------

    @display(description="Label", label=COLOURS)
    def state(self, card: Card) -> tuple[str, str]:
        status = status_at(card.status, card.expires_at, timezone.now())
        over = status != card.status
        return status, f"{card.label} (over)" if over else card.label.label

    @display(description="Label")
    def standing(self, card: Card) -> str:
        return self.state(card)[1]

    @display(description="Customer")
    def holder(self, card: Card) -> str | None:
        return link_to_customer(card.customer_id)

    @display(description="Custom fields")
    def custom(self, card: Card) -> str:
        return in_words(card.custom_fields)

    @display(description="Extended fields")
    def extended(self, card: Card) -> str:
        return in_words(card.extended_fields)

    @display(description="Log of labels")
    def log(self, card: Card) -> str:
        lines = list_card_log(org_id=card.org_id, card_id=card.pk, limit=MOST_CHANGES)
        return render_to_string("_pieces/card_log.html", {"lines": lines})

    # --- Decisions ----------------------------------------------------------------------

    @action(description="Change label", permissions=["label"], icon="label")
    def change_label(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Give the card another label, for a reason."""
        if not self.has_label_permission(request):
            raise PermissionDenied
        card: Card | None = self.get_object(request, object_id)
        if card is None:
            raise Http404
        labels = [
            name
            for _, name in list_card_label_names(
                org_id=staff_of(request).org_id, given_only=True, but=card.label_id
            )
        ]

        def act(asked: dict[str, Any]) -> str:
            change = CardChange(number=card.number, label=asked["label"], reason=asked["reason"])
            update_card(origin=origin_of(request), change=change)
            return f"The label is now {asked['label']}."

        return decide(
            self,
            request,
            form=LabelForm(labels, request.POST or None),
            act=act,
            sentences=SENTENCES,
            back_url=reverse("admin:loyalty_card_change", args=[card.pk]),
            words={
                "title": f"Label of {card.number}",
                "heading": "Change the label",
                "explanation": "A label that stands for a card nobody holds takes it back.",
                "facts": [("Card", card.number), ("Label", card.label)],
                "button": "Change label",
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
    # Cards repeat what their label stands for.
    fixed_once_made = ("status",)
