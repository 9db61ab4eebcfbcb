"""The desks of audit events and seals."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import TextFilter
from unfold.decorators import display

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.event_descriptions import (
    DOOR_LABELS,
    SENTENCES,
    describe_event_kind,
    describe_name,
    list_differences,
)
from crm.adminkit.filters import OfferedFilter, OrgDaysFilter
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.localized import format_second
from crm.audit.models import Event, Seal
from crm.kernel.ids import read_id
from crm.tenancy.queries.entities import find_entity_ids

CONFIGURATION_SUBJECTS = (
    "credential",
    "field_definition",
    "org_entity",
    "organization",
    "rate_limit",
    "source_account",
    "staff_user",
    "status_label",
)
KINDS = [
    *SENTENCES,
    "customers.exported",
    *(f"{subject}.{verb}" for subject in CONFIGURATION_SUBJECTS for verb in ("added", "changed")),
    "rate_limit.deleted",
]
MAX_ACTORS = 200


class KindFilter(OfferedFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, describe_event_kind(kind)) for kind in KINDS]


class ActorFilter(TextFilter):
    title = _("who (code or name begins with)")
    parameter_name = "actor"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").strip()
        if not text:
            return queryset
        ids = find_entity_ids(org_id=get_staff_user(request).org_id, text=text, limit=MAX_ACTORS)
        return queryset.filter(actor_id__in=ids)


class SubjectFilter(TextFilter):
    title = _("subject (such as: customer 329)")
    parameter_name = "subject"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        *parts, number = (self.value() or "").split() or [""]
        if not number:
            return queryset
        subject_id = read_id(number)
        if subject_id is None:
            return queryset.none()
        subject = "_".join(parts).lower() or "customer"
        return queryset.filter(subject_type=subject, subject_id=subject_id)


@admin.register(Event)
class EventDesk(KeyPagedDesk):
    list_display = ["moment", "event_name", "who", "door_name", "subject", "changed"]
    list_filter = [
        KindFilter,
        ActorFilter,
        SubjectFilter,
        ("happened_at", OrgDaysFilter),
    ]
    list_filter_submit = True
    list_select_related = ["actor"]
    fields = ["event_name", "who", "door_name", "subject", "moment", "request_id", "diff"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("actor")

    @display(description=_("When"))
    def moment(self, event: Event) -> str:
        return format_second(event.happened_at)

    @display(description=_("What"))
    def event_name(self, event: Event) -> str:
        return describe_event_kind(event.kind)

    @display(description=_("Who"))
    def who(self, event: Event) -> str:
        return str(event.actor) if event.actor else gettext("The system")

    @display(description=_("From where"))
    def door_name(self, event: Event) -> str:
        return gettext(DOOR_LABELS[event.door])

    @display(description=_("Subject"))
    def subject(self, event: Event) -> str:
        return f"{describe_name(event.subject_type)} {event.subject_id}"

    @display(description=_("Changed"))
    def changed(self, event: Event) -> str:
        return ", ".join(
            d.name for d in list_differences(event.before, event.after, org_id=event.org_id)
        )

    @display(description=_("Before and after"))
    def diff(self, event: Event) -> SafeString:
        lines = list_differences(event.before, event.after, org_id=event.org_id)
        return render_to_string("_pieces/differences.html", {"differences": lines})


@admin.register(Seal)
class SealDesk(KeyPagedDesk):
    """A seal covers the events of all organizations, so their number is not shown."""

    list_display = ["id", "sealed", "digest"]
    fields = ["sealed", "digest", "previous"]
    readonly_fields = fields

    @display(description=_("Sealed"))
    def sealed(self, seal: Seal) -> str:
        return format_second(seal.sealed_at)
