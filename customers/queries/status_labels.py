"""Status labels of customers, and the log of their changes (operation 29)."""

from dataclasses import dataclass
from datetime import datetime

from customers.models import Customer, StatusChange, StatusLabel
from customers.rules.text import fold_name


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One line of a status log; ``is_current`` marks the label that the customer has now."""

    id: int
    customer_id: int
    label: str
    previous_label: str | None
    status: str
    reason: str
    created_by_id: int | None
    created_by: str | None
    created_at: datetime
    recorded_at: datetime
    is_current: bool


def get_current_label(*, org_id: int, customer_id: int) -> StatusLabel | None:
    """Return the customer's label, else the organization's default, else None.

    Two queries at most.
    """
    label = StatusLabel.objects.filter(
        pk__in=Customer.objects.filter(org_id=org_id, pk=customer_id).values("status_label_id")
    ).first()
    return label or get_default_label(org_id=org_id)


def get_default_label(*, org_id: int) -> StatusLabel | None:
    """Return the organization's default label, or None; one query."""
    return StatusLabel.objects.filter(org_id=org_id, is_default=True).first()


def list_labels(*, org_id: int) -> list[StatusLabel]:
    """List the organization's labels by name, including inactive ones; one query."""
    return list(StatusLabel.objects.filter(org_id=org_id).order_by("label", "pk"))


def find_labels(*, org_id: int, text: str = "") -> list[StatusLabel]:
    """List the active labels that contain the text, in any case, by name; one query."""
    return [
        row
        for row in list_labels(org_id=org_id)
        if row.is_active and fold_name(text) in fold_name(row.label)
    ]


def list_status_changes(
    *, org_id: int, customer_id: int, limit: int, offset: int = 0
) -> list[StatusLine]:
    """List a customer's status log, the last recorded line first.

    Callers may backdate a change, so the log is in the order of recording, and its first line is
    the current one. Two queries, or one if the log is empty.
    """
    changes = StatusChange.objects.filter(customer__org_id=org_id, customer_id=customer_id)
    rows = list(
        changes.order_by("-id").values_list(
            "id",
            "customer_id",
            "label__label",
            "previous_label__label",
            "label__status",
            "reason",
            "created_by_id",
            "created_by__name",
            "created_at",
            "recorded_at",
        )[offset : offset + limit]
    )
    if not rows:
        return []
    newest = rows[0][0] if offset == 0 else changes.order_by("-id").values_list("id")[0][0]
    return [StatusLine(*row, is_current=row[0] == newest) for row in rows]
