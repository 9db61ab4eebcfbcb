"""Forms to open, answer and assign tickets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from crm.adminkit.idempotent_forms import STALE, IdempotentForm
from crm.kernel.ids import LARGEST_ID
from customers.models import Ticket
from customers.operations.tickets.update import UNASSIGNED
from customers.rules.tickets import MAX_DEPARTMENT_LENGTH, MAX_MESSAGE_LENGTH, MAX_SUBJECT_LENGTH

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

UNCHANGED_CHOICE = ("", _("Unchanged"))


def build_message_field(label: "StrOrPromise", placeholder: "StrOrPromise") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=MAX_MESSAGE_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5, "placeholder": placeholder}),
    )


def build_department_field(departments: Sequence[str]) -> forms.CharField:
    suggestions = ", ".join(departments[:12])
    return forms.CharField(
        label=gettext("Department"),
        required=False,
        max_length=MAX_DEPARTMENT_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext("One of {suggestions}, or a new one.").format(suggestions=suggestions)
        if suggestions
        else gettext("The responsible department."),
    )


def build_assignee_field(staff: Sequence[tuple[int, str]]) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=gettext("Assigned to"),
        coerce=int,
        choices=[(UNASSIGNED, gettext("Unassigned")), *staff],
        widget=UnfoldAdminSelectWidget,
    )


class OpenForm(IdempotentForm):
    customer = forms.IntegerField(
        label=_("Customer"),
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("The customer's id."),
    )
    subject = forms.CharField(
        label=_("Subject"), max_length=MAX_SUBJECT_LENGTH, widget=UnfoldAdminTextInputWidget
    )
    message = build_message_field(_("Message"), _("What the customer reports"))
    priority = forms.ChoiceField(
        label=_("Priority"), choices=Ticket.Priority, widget=UnfoldAdminSelectWidget
    )
    type = forms.ChoiceField(
        label=_("About"), choices=Ticket.Type, initial="CUSTOMER", widget=UnfoldAdminSelectWidget
    )
    reported_from = forms.ChoiceField(
        label=_("Reported from"),
        choices=Ticket.ReportedFrom,
        initial="CALLCENTER",
        widget=UnfoldAdminSelectWidget,
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
        self.fields["department"] = build_department_field(departments)
        self.fields["assigned_to_id"] = build_assignee_field(staff)


class AnswerForm(IdempotentForm):
    message = build_message_field(_("Answer"), _("What was answered or done"))
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[UNCHANGED_CHOICE, *Ticket.Status.choices],
        widget=UnfoldAdminSelectWidget,
    )


class AssignForm(forms.Form):
    """Changes a ticket; ``seen_at`` detects a change since the form was opened."""

    seen_at = forms.DateTimeField(
        widget=forms.HiddenInput, error_messages={"invalid": STALE, "required": STALE}
    )
    status = forms.ChoiceField(
        label=_("Status"), choices=Ticket.Status, widget=UnfoldAdminSelectWidget
    )
    priority = forms.ChoiceField(
        label=_("Priority"), choices=Ticket.Priority, widget=UnfoldAdminSelectWidget
    )

    def __init__(
        self,
        ticket: Ticket,
        departments: Sequence[str],
        staff: Sequence[tuple[int, str]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        assignee = ticket.assigned_to
        if assignee is not None and assignee.pk not in dict(staff):
            staff = [
                *staff,
                (assignee.pk, gettext("{assignee} (inactive)").format(assignee=assignee)),
            ]
        self.fields["department"] = build_department_field(departments)
        self.fields["assigned_to_id"] = build_assignee_field(staff)
        self.initial = {
            "seen_at": ticket.modified_at.isoformat(),
            "status": ticket.status,
            "priority": ticket.priority,
            "department": ticket.department,
            "assigned_to_id": ticket.assigned_to_id or UNASSIGNED,
        }
