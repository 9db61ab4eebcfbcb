"""The addresses of the dashboard's pages, what its forms always send, and what they record."""

from typing import Any

from django.urls import reverse

from crm.audit.models import Event

# The inline forms of a field definition, empty.
NO_OPTIONS = {
    f"{prefix}-{key}": value
    for prefix in ("options", "translations")
    for key, value in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))
}


def get_url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def list_events() -> list[Any]:
    return list(Event.objects.order_by("pk").values_list("kind", "before", "after"))
