"""What staff fill in to open a ticket, to answer one, and to give it to other hands."""

from collections.abc import Sequence
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from crm.adminkit.once import STALE, OnceForm
from customers.models import Ticket
from customers.operations.handling_tickets import NOBODY
from customers.queries.lookup import LARGEST_ID
from customers.rules.tickets import LONGEST_DEPARTMENT, LONGEST_MESSAGE, LONGEST_SUBJECT

AS_IT_IS = ("", "Leave as it is")


def message_field(label: str, placeholder: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_MESSAGE,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5, "placeholder": placeholder}),
    )


def department_field(known: Sequence[str]) -> forms.CharField:
    offered = ", ".join(known[:12])
    return forms.CharField(
        required=False,
        max_length=LONGEST_DEPARTMENT,
        widget=UnfoldAdminTextInputWidget,
        help_text=f"One of {offered}, or a new one." if offered else "Who takes care of it.",
    )


def assignee_field(staff: Sequence[tuple[int, str]]) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label="Assigned to",
        coerce=int,
        choices=[(NOBODY, "Nobody"), *staff],
        widget=UnfoldAdminSelectWidget,
    )


class OpenForm(OnceForm):
    customer = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="The number of the customer whose matter it is.",
    )
    subject = forms.CharField(max_length=LONGEST_SUBJECT, widget=UnfoldAdminTextInputWidget)
    message = message_field("Message", "What happened, in the customer's words")
    priority = forms.ChoiceField(choices=Ticket.Priority, widget=UnfoldAdminSelectWidget)
    type = forms.ChoiceField(
        label="About", choices=Ticket.Type, initial="CUSTOMER", widget=UnfoldAdminSelectWidget
    )
    reported_from = forms.ChoiceField(
        choices=Ticket.ReportedFrom, initial="CALLCENTER", widget=UnfoldAdminSelectWidget
    )

    def __init__(
        self,
        customer: int | None,
        departments: Sequence[str],
        staff: Sequence[tuple[int, str]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].initial = customer
        self.fields["priority"].initial = Ticket.Priority.MEDIUM
        self.fields["department"] = department_field(departments)
        self.fields["assigned_to_id"] = assignee_field(staff)


class AnswerForm(OnceForm):
    message = message_field("Answer", "What was said or done")
    status = forms.ChoiceField(
        required=False,
        choices=[AS_IT_IS, *Ticket.Status.choices],
        widget=UnfoldAdminSelectWidget,
    )


class HandForm(forms.Form):
    """What a ticket is to be; it knows which state of the ticket it was opened on."""

    seen_at = forms.DateTimeField(
        widget=forms.HiddenInput, error_messages={"invalid": STALE, "required": STALE}
    )
    status = forms.ChoiceField(choices=Ticket.Status, widget=UnfoldAdminSelectWidget)
    priority = forms.ChoiceField(choices=Ticket.Priority, widget=UnfoldAdminSelectWidget)

    def __init__(
        self,
        ticket: Ticket,
        departments: Sequence[str],
        staff: Sequence[tuple[int, str]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        present = ticket.assigned_to
        if present is not None and present.pk not in dict(staff):
            staff = [*staff, (present.pk, f"{present} (left)")]
        self.fields["department"] = department_field(departments)
        self.fields["assigned_to_id"] = assignee_field(staff)
        self.initial = {
            "seen_at": ticket.modified_at.isoformat(),
            "status": ticket.status,
            "priority": ticket.priority,
            "department": ticket.department,
            "assigned_to_id": ticket.assigned_to_id or NOBODY,
        }
