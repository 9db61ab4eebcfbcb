"""Admin of card series: settings, and the generation of card numbers."""

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
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from crm.adminkit.change_log import get_origin
from crm.adminkit.localized import format_count
from crm.adminkit.org_scope import ConfigurationDesk, OrgModelForm
from crm.adminkit.translated_texts import translate_refusal
from crm.audit.operations.events import NewEvent, record_events
from crm.exports.tables import iterate_csv_chunks
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.runs.models import Run
from loyalty import errors
from loyalty.models import CardGeneration, CardSeries
from loyalty.operations.cards.generate import MAX_PER_RUN, start_generation
from loyalty.queries.cards.series import list_generations
from loyalty.queries.desk_lists import find_generation, stream_card_numbers
from loyalty.rules.card_series import CardSeriesSettings, apply_series_changes

MAX_ORDERS = 50
CHECKED_FIELDS = (
    "code", "name", "description", "type", "trigger", "max_active_cards", "expiry_enabled",
    "expiry_days", "generation_enabled", "takes_external", "prefix", "suffix", "length", "method",
    "is_active",
)  # fmt: skip


class CardSeriesForm(OrgModelForm):
    """Validates the settings by the rules of the API."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        data = {name: cleaned[name] for name in CHECKED_FIELDS if name in cleaned}
        concept = cleaned.get("concept")
        try:
            apply_series_changes(
                {**data, "concept_code": concept.code if concept else ""}, CardSeriesSettings()
            )
        except errors.CardSeriesInvalid as refusal:
            name = refusal.facts["field"]
            name = "concept" if name == "concept_code" else name
            self.add_error(
                name if name in self.fields else None,
                gettext("This conflicts with the other settings."),
            )
        return cleaned


class GenerationForm(forms.Form):
    count = forms.IntegerField(
        label=_("Count"),
        min_value=1,
        max_value=MAX_PER_RUN,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=255,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )


@admin.register(CardSeries)
class CardSeriesDesk(ConfigurationDesk):
    form = CardSeriesForm
    list_display = ["code", "name", "type", "trigger", "number_pattern", "is_active"]
    list_filter = ["type", "trigger", "is_active"]
    search_fields = ["code", "name"]
    ordering = ["code", "id"]
    fieldsets = [
        (None, {"fields": ["code", "name", "description", "type", "is_active"]}),
        (_("Issue rules"), {"fields": ["trigger", "concept", "max_active_cards"]}),
        (_("Validity"), {"fields": ["expiry_enabled", "expiry_days"]}),
        (
            _("Card numbers"),
            {
                "fields": [
                    "generation_enabled", "takes_external", "prefix", "suffix", "length", "method",
                ]
            },
        ),
    ]  # fmt: skip
    actions_detail = ["numbers"]

    @display(description=_("Numbers"))
    def number_pattern(self, series: CardSeries) -> str:
        if not series.generation_enabled:
            return gettext("external")
        digits = max(series.length - len(series.prefix) - len(series.suffix), 0)
        return f"{series.prefix}{'•' * min(digits, 20)}{series.suffix}"

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField, request: HttpRequest
    ) -> Any:
        rows = super().get_field_queryset(db, db_field, request)
        return rows.filter(type="CONCEPT") if db_field.name == "concept" else rows

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        origin = get_origin(request)
        if not change:
            obj.created_by_id, obj.created_at = origin.actor_id, origin.at
        obj.modified_by_id, obj.modified_at = origin.actor_id, origin.at
        super().save_model(request, obj, form, change)

    def has_generate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("loyalty.generate_cards"))

    # --- Card numbers -------------------------------------------------------------------

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

    @action(description=_("Numbers"), permissions=["view"], icon="pin", url_path="numbers")
    def numbers(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Show the generations with their progress, and the form to start a new one."""
        series = self._get_series(request, object_id)
        may_order = self.has_generate_permission(request)
        form = GenerationForm(request.POST or None)
        if request.method == "POST":
            if not may_order:
                raise PermissionDenied
            if form.is_valid():
                try:
                    unit_of_work(start_generation)(
                        origin=get_origin(request), series_id=series.pk, **form.cleaned_data
                    )
                except DomainError as refusal:
                    form.add_error(None, translate_refusal(refusal))
                else:
                    self.message_user(
                        request, gettext("Started. Numbers are made in the background.")
                    )
                    return redirect("admin:loyalty_cardseries_numbers", series.pk)
        orders = self._list_orders(series)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": series,
            "title": gettext("Numbers of {series}").format(series=series),
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
        """Return the progress of the generations, for the progress bars of the page."""
        series = self._get_series(request, str(series_id))
        orders = self._list_orders(series)
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
        """Return the numbers of one generation as CSV, and record an audit event."""
        if not self.has_generate_permission(request):
            raise PermissionDenied
        series = self._get_series(request, str(series_id))
        generation = find_generation(
            org_id=series.org_id, series_id=series.pk, generation_id=generation_id
        )
        if generation is None:
            raise Http404
        event = NewEvent(
            "card_series.numbers_downloaded",
            "card_series",
            series.pk,
            None,
            {"generation": generation.pk, "count": generation.made},
        )
        unit_of_work(record_events)(origin=get_origin(request), events=[event])
        response = StreamingHttpResponse(
            iterate_csv_chunks(stream_card_numbers(generation)),
            content_type="text/csv; charset=utf-8",
        )
        name = f"cards-{series.pk}-{generation.pk}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _get_series(self, request: HttpRequest, object_id: str) -> CardSeries:
        if not self.has_view_permission(request):
            raise PermissionDenied
        series: CardSeries | None = self.get_object(request, object_id)
        if series is None:
            raise Http404
        return series

    def _list_orders(self, series: CardSeries) -> list[dict[str, Any]]:
        orders = list_generations(org_id=series.org_id, series_id=series.pk, limit=MAX_ORDERS)
        return [
            {
                "id": order.pk,
                "ordered_at": order.created_at,
                "description": order.description,
                "count": format_count(order.count),
                "made": format_count(order.made),
                "percent": int(100 * order.made / order.count) if order.count else 100,
                "state": _get_state_label(order),
                "over": order.run is None or order.run.finished_at is not None,
                "failure": order.run.failure if order.run else "",
                "url": reverse("admin:loyalty_cardseries_download", args=[series.pk, order.pk]),
            }
            for order in orders
        ]


def _get_state_label(generation: CardGeneration) -> str:
    return (
        str(Run.State(generation.run.state).label)
        if generation.run
        else gettext("Generated immediately")
    )
