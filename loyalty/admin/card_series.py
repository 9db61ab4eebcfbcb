"""The desk of card series: their settings, and the making of their numbers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models.fields.related import RelatedField
from django.http import Http404, HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from crm.adminkit.deciding import in_a_sentence
from crm.adminkit.recording import origin_of
from crm.adminkit.scoping import ConfigurationDesk, OrgModelForm
from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.runs.models import Run
from customers.imports.tables import csv_pieces
from loyalty import errors
from loyalty.models import CardGeneration, CardSeries
from loyalty.operations.generating_cards import MOST_IN_A_RUN, start_generation
from loyalty.queries.card_series import list_generations
from loyalty.queries.desk_lists import find_generation, numbers_of
from loyalty.rules.card_series import CardSeriesSettings, settle_series

MOST_ORDERS = 50
SENTENCES: dict[Any, str] = {
    errors.CardSeriesUnknown: "The series is no longer there.",
    errors.CardSeriesInactive: "The series is switched off.",
    errors.CardGenerationDisabled: "Numbers of this series come from outside.",
    errors.CardCountInvalid: "Between 1 and {most} numbers can be made at a time.",
    errors.CardSpaceTooSmall: "That many would be easy to guess; {left} can still be made.",
    errors.CardSeriesInvalid: "The pattern of the series makes no numbers: see its {field}.",
    errors.CardLabelUnknown: "No label stands for cards that are not issued ({label}).",
}
CHECKED = (
    "code", "name", "description", "type", "trigger", "max_active_cards", "expiry_enabled",
    "expiry_days", "generation_enabled", "takes_external", "prefix", "suffix", "length", "method",
    "is_active",
)  # fmt: skip


class CardSeriesForm(OrgModelForm):
    """Refuses what the API refuses, by the same rules."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        given = {name: cleaned[name] for name in CHECKED if name in cleaned}
        concept = cleaned.get("concept")
        try:
            settle_series(
                {**given, "concept_code": concept.code if concept else ""}, CardSeriesSettings()
            )
        except errors.CardSeriesInvalid as refusal:
            name = refusal.facts["field"]
            name = "concept" if name == "concept_code" else name
            self.add_error(name if name in self.fields else None, "This does not fit the rest.")
        return cleaned


class OrderForm(forms.Form):
    count = forms.IntegerField(
        label="How many",
        min_value=1,
        max_value=MOST_IN_A_RUN,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    description = forms.CharField(
        label="What for",
        max_length=255,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )


@admin.register(CardSeries)
class CardSeriesDesk(ConfigurationDesk):
    form = CardSeriesForm
    list_display = ["code", "name", "type", "trigger", "pattern", "is_active"]
    list_filter = ["type", "trigger", "is_active"]
    search_fields = ["code", "name"]
    ordering = ["code", "id"]
    fieldsets = [
        (None, {"fields": ["code", "name", "description", "type", "is_active"]}),
        ("Who gets one", {"fields": ["trigger", "concept", "max_active_cards"]}),
        ("How long it is good", {"fields": ["expiry_enabled", "expiry_days"]}),
        (
            "Its numbers",
            {
                "fields": [
                    "generation_enabled", "takes_external", "prefix", "suffix", "length", "method",
                ]
            },
        ),
    ]  # fmt: skip
    actions_detail = ["numbers"]

    @display(description="Numbers")
    def pattern(self, series: CardSeries) -> str:
        if not series.generation_enabled:
            return "from outside"
        digits = max(series.length - len(series.prefix) - len(series.suffix), 0)
        return f"{series.prefix}{'•' * min(digits, 20)}{series.suffix}"

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField, request: HttpRequest
    ) -> Any:
        rows = super().get_field_queryset(db, db_field, request)
        return rows.filter(type="CONCEPT") if db_field.name == "concept" else rows

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        origin = origin_of(request)
        if not change:
            obj.created_by_id, obj.created_at = origin.actor_id, origin.at
        obj.modified_by_id, obj.modified_at = origin.actor_id, origin.at
        super().save_model(request, obj, form, change)

    def has_generate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("loyalty.generate_cards"))

    # --- Its numbers --------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path(
                "<int:series_id>/progress/",
                guarded(self.progress),
                name="loyalty_cardseries_progress",
            ),
            path(
                "<int:series_id>/download/<int:generation_id>/",
                guarded(self.download),
                name="loyalty_cardseries_download",
            ),
            *super().get_urls(),
        ]

    @action(description="Numbers", permissions=["view"], icon="pin", url_path="numbers")
    def numbers(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The orders of numbers with their progress, and the form for a new one."""
        series = self._series(request, object_id)
        may_order = self.has_generate_permission(request)
        form = OrderForm(request.POST or None)
        if request.method == "POST":
            if not may_order:
                raise PermissionDenied
            if form.is_valid():
                try:
                    unit_of_work(start_generation)(
                        origin=origin_of(request), series_id=series.pk, **form.cleaned_data
                    )
                except DomainError as refusal:
                    form.add_error(None, in_a_sentence(refusal, SENTENCES))
                else:
                    self.message_user(request, "Ordered. A worker makes the numbers.")
                    return redirect("admin:loyalty_cardseries_numbers", series.pk)
        orders = self._orders(series)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": series,
            "title": f"Numbers of {series}",
            "form": form if may_order and series.is_active and series.generation_enabled else None,
            "orders": orders,
            "may_download": may_order,
            "progress_url": (
                reverse("admin:loyalty_cardseries_progress", args=[series.pk])
                if any(not order["over"] for order in orders)
                else ""
            ),
            "cards_url": reverse("admin:loyalty_card_changelist") + f"?series={series.pk}",
            "back_url": reverse("admin:loyalty_cardseries_change", args=[series.pk]),
        }
        return TemplateResponse(request, "console/card_numbers.html", context)

    def progress(self, request: HttpRequest, series_id: int) -> JsonResponse:
        """How far the orders are, for the bars of the page."""
        series = self._series(request, str(series_id))
        orders = self._orders(series)
        return JsonResponse(
            {
                "orders": [
                    {name: order[name] for name in ("id", "made", "percent", "state", "over")}
                    for order in orders
                ]
            }
        )

    def download(
        self, request: HttpRequest, series_id: int, generation_id: int
    ) -> HttpResponseBase:
        """The numbers of one order as CSV; and a line in the audit."""
        if not self.has_generate_permission(request):
            raise PermissionDenied
        series = self._series(request, str(series_id))
        order = find_generation(
            org_id=series.org_id, series_id=series.pk, generation_id=generation_id
        )
        if order is None:
            raise Http404
        event = NewEvent(
            "card_series.numbers_downloaded",
            "card_series",
            series.pk,
            None,
            {"generation": order.pk, "count": order.made},
        )
        unit_of_work(record_events)(origin=origin_of(request), events=[event])
        answer = StreamingHttpResponse(
            csv_pieces(numbers_of(order)), content_type="text/csv; charset=utf-8"
        )
        name = f"cards-{series.pk}-{order.pk}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def _series(self, request: HttpRequest, object_id: str) -> CardSeries:
        if not self.has_view_permission(request):
            raise PermissionDenied
        series: CardSeries | None = self.get_object(request, object_id)
        if series is None:
            raise Http404
        return series

    def _orders(self, series: CardSeries) -> list[dict[str, Any]]:
        orders = list_generations(org_id=series.org_id, series_id=series.pk, limit=MOST_ORDERS)
        return [
            {
                "id": order.pk,
                "ordered_at": order.created_at,
                "description": order.description,
                "count": f"{order.count:,}",
                "made": f"{order.made:,}",
                "percent": int(100 * order.made / order.count) if order.count else 100,
                "state": _state(order),
                "over": order.run is None or order.run.finished_at is not None,
                "failure": order.run.failure if order.run else "",
                "url": reverse("admin:loyalty_cardseries_download", args=[series.pk, order.pk]),
            }
            for order in orders
        ]


def _state(order: CardGeneration) -> str:
    return str(Run.State(order.run.state).label) if order.run else "Made at once"
